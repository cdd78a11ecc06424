import { createHash } from 'node:crypto';
import type { WorkloadDescription } from '../../connector.ts';
import type { DrillCheck } from '../../model/drill.ts';
import type { Entry } from '../../model/item.ts';
import type { StoredStream } from '../../model/stream.ts';
import type { PointReader } from '../../repository/repository.ts';
import { damageOf } from '../damageOf.ts';
import { compared, right } from './checks.ts';
import type { VerifyServices } from '../verifyServices.ts';

/** What is larger than this is compared by its hash and not taken apart. */
const LARGEST_INSPECTED = 32 * 1024 * 1024;

/** Gives one item back to memory and compares what came with what its page, its folders and the catalog promise. */
export async function drillItem(
  services: Pick<VerifyServices, 'repository'>,
  reader: PointReader,
  entry: Entry,
  description: Pick<WorkloadDescription, 'inspect'> | undefined,
): Promise<{ readonly checks: readonly DrillCheck[]; readonly bytes: number }> {
  const checks: DrillCheck[] = [];
  let bytes = 0;
  for (const stream of entry.streams) {
    const inspect = stream.name === 'original' && stream.size <= LARGEST_INSPECTED ? description?.inspect : undefined;
    const read = await readWhole(services, stream, inspect !== undefined || stream.name === 'meta');
    if ('fault' in read) {
      checks.push({ property: `${stream.name}.readable`, isRight: false, found: read.fault });
      continue;
    }
    bytes += read.size;
    checks.push(compared(`${stream.name}.size`, stream.size, read.size));
    checks.push(compared(`${stream.name}.sha256`, stream.sha256, read.sha256));
    if (stream.name === 'original') checks.push(compared('sha256', entry.sha256, read.sha256));
    if (inspect !== undefined) checks.push(...(await inspect(read.bytes)));
    if (stream.name === 'meta') checks.push(parsesAsJson(read.bytes));
  }
  checks.push(await hasItsPlace(reader, entry), await isFoundById(reader, entry));
  checks.push(...(await sameInCatalog(services, reader, entry)));
  return { checks, bytes };
}

async function readWhole(
  { repository }: Pick<VerifyServices, 'repository'>,
  stream: StoredStream,
  keep: boolean,
): Promise<{ readonly size: number; readonly sha256: string; readonly bytes: Buffer } | { readonly fault: string }> {
  const hash = createHash('sha256');
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of repository.readStream(stream)) {
      hash.update(piece);
      size += piece.byteLength;
      if (keep) pieces.push(piece);
    }
  } catch (error) {
    return { fault: damageOf(error).fault.message };
  }
  return { size, sha256: hash.digest('hex'), bytes: Buffer.concat(pieces) };
}

function parsesAsJson(bytes: Buffer): DrillCheck {
  try {
    JSON.parse(bytes.toString());
    return right('meta.json');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { property: 'meta.json', isRight: false, found: 'does not parse' };
  }
}

/** Every folder above it is there, up to the outermost. */
async function hasItsPlace(reader: PointReader, entry: Entry): Promise<DrillCheck> {
  const path = await reader.path(entry.id);
  const [outermost] = path;
  const isWhole = path.at(-1)?.id === entry.id && outermost?.parentId === undefined;
  return { property: 'path', isRight: isWhole, found: `${path.length} steps` };
}

async function isFoundById(reader: PointReader, entry: Entry): Promise<DrillCheck> {
  const found = await reader.item(entry.id);
  return compared('versionTag', entry.versionTag, found?.versionTag);
}

/** What lists and search show of it is what comes back. A catalog that is behind says nothing yet. */
async function sameInCatalog(
  { repository }: Pick<VerifyServices, 'repository'>,
  reader: PointReader,
  entry: Entry,
): Promise<readonly DrillCheck[]> {
  const { catalogPoint } = await repository.points.head(reader.point.resourceId);
  if (catalogPoint !== reader.point.id) return [];
  const versions = await repository.catalog.versions(reader.point.resourceId, entry.id);
  const shown = versions.find(({ validTo }) => validTo === undefined)?.entry;
  if (shown === undefined) return [{ property: 'catalog', isRight: false, found: 'not listed' }];
  return [
    compared('catalog.size', entry.size, shown.size),
    compared('catalog.sha256', entry.sha256, shown.sha256),
    compared('catalog.parent', entry.parentId, shown.parentId),
    compared('catalog.modifiedAt', entry.modifiedAt, shown.modifiedAt),
    compared('catalog.receivedAt', entry.receivedAt, shown.receivedAt),
    // Names stay where they are sealed: only whether they agree is told.
    entry.name === shown.name ? right('catalog.name') : { property: 'catalog.name', isRight: false },
  ];
}
