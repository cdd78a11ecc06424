import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { backupSettings } from '../../engine/backup/defaults.ts';
import { noise } from '../../engine/backup/testing/noise.ts';
import { openForRecovery } from '../../engine/repository/openRepository.ts';
import type { OpenRepository } from '../../engine/repository/openRepository.ts';
import type { PointReader } from '../../engine/repository/repository.ts';
import { rotateKeys } from '../../engine/repository/rotateKeys.ts';
import { sweepWorld } from '../../engine/sweep/testing/sweepWorld.ts';
import type { SweepWorld } from '../../engine/sweep/testing/sweepWorld.ts';
import { memoryKeyWrapper } from '../../engine/testing/memoryKeyWrapper.ts';
import { sha256 } from '../../engine/testing/scriptedConnector.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import type { Measured } from './table.ts';

const CORPUS = path.resolve(import.meta.dirname, '../../../shared/corpus');
const MiB = 1024 * 1024;
const SIZES = [0, 1, 3 * MiB, 4 * MiB, 5 * MiB, 64 * MiB - 1, 64 * MiB, 64 * MiB + 1, 250_000_000];
/** So many bytes that go again lie between those that stay, so that the packs of both are worth writing anew. */
const BLOCK = 2 * MiB;
const FILLING = 4 * MiB;
const CYCLES = 5;
const FOLDER = 'documents';
const key = memoryKeyWrapper('vault');

/**
 * The bytes of every file of the corpus and of files of awkward sizes through the whole engine: backed up, most of the
 * rest of their packs given up and the packs written anew by the sweep, keys rotated and backed up on. After each of it,
 * and in the end from storage and key alone, each is what it was. Storage lies in memory.
 */
export async function bytes(): Promise<Measured[]> {
  const world = await sweepWorld({
    style: 'drive',
    pageItems: 500,
    fetchBatch: 20,
    pageMs: 1,
    itemMs: 1,
    settings: backupSettings,
  });
  const { source } = world.backup;
  source.folder(FOLDER, 'Documents');
  const files = fill(world);
  const rows: Measured[] = [];
  const measured = async (what: string, work: () => Promise<string>): Promise<void> => {
    const startedAt = performance.now();
    const note = await work();
    const total = [...source.items.values()].reduce((sum, { content }) => sum + content.byteLength, 0);
    rows.push({ what, seconds: (performance.now() - startedAt) / 1000, items: files, bytes: total, note });
  };
  const compare = async (): Promise<string> => {
    const { repository } = await world.start();
    const { id } = await repository.points.find(world.backup.resource, 'latest');
    return compared(world, repository, await repository.points.open(world.backup.resource, id));
  };

  await measured('bytes, backed up', async () => {
    await world.run();
    return compare();
  });
  for (const { id } of source.items.values()) if (id.startsWith('filling')) source.remove(id);
  await measured('bytes, packs written anew by the sweep', async () => {
    await world.run();
    await world.expireAllBut(1);
    const { deleted, repacked } = await swept(world);
    assert.ok(deleted > 0 && repacked > 0, `${deleted} objects went, ${repacked} packs were written anew`);
    return `${repacked} packs; ${await compare()}`;
  });
  await measured('bytes, keys rotated and backed up on', async () => {
    const { blobs, clock } = world.backup;
    const rotated = await rotateKeys({ blobs, clock, random: seededRandom('rotation') }, { vault: key }, 'contoso', 1);
    assert.deepEqual(rotated, { epoch: 2, isNew: true });
    source.put('later', FOLDER, noise(5 * MiB, 77));
    await world.run();
    await swept(world);
    return compare();
  });
  await measured('bytes, from storage and key alone', async () => fromStorage(world));
  return rows;
}

/** Puts the files at the source, with others between them; answers how many. */
function fill({ backup: { source } }: SweepWorld): number {
  let files = 0;
  let since = 0;
  const put = (id: string, content: Uint8Array): void => {
    source.put(id, FOLDER, content);
    files++;
    since += content.byteLength;
    if (since < BLOCK) return;
    since = 0;
    source.put(`filling-${files}`, FOLDER, noise(FILLING, 1_000 + files));
  };
  const manifest = path.join(CORPUS, 'manifest.json');
  if (existsSync(manifest)) {
    const corpus = JSON.parse(readFileSync(manifest, 'utf8')) as { files: { path: string; sha256: string }[] };
    for (const file of corpus.files) {
      const content = readFileSync(path.join(CORPUS, file.path));
      assert.equal(sha256(content), file.sha256, file.path);
      put(file.path, content);
    }
  } else console.log('  without the corpus: it is not beside this repository');
  for (const [seed, size] of SIZES.entries()) put(`size-${size}`, noise(size, seed + 1));
  return files;
}

async function swept(world: SweepWorld): Promise<{ deleted: number; repacked: number }> {
  const sum = { deleted: 0, repacked: 0 };
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    world.nextDay();
    const result = await world.cycle({ leastShare: 0.6 });
    assert.ok(result.kind === 'done', result.kind);
    sum.deleted += result.report.deleted;
    sum.repacked += result.report.repacked;
  }
  return sum;
}

/** Each file of the source once, byte for byte; nothing else. */
async function compared(
  { backup: { source } }: SweepWorld,
  repository: Pick<OpenRepository, 'readStream'>,
  point: PointReader,
): Promise<string> {
  assert.equal(point.point.status, 'complete');
  const wanted = new Map([...source.items.values()].map(({ id, container, content }) => [id, { container, content }]));
  let equal = 0;
  for await (const { sourceId, container, streams } of point.entries()) {
    const file = wanted.get(sourceId);
    assert.ok(file !== undefined && wanted.delete(sourceId), `${sourceId} is there, and once`);
    if (container) continue;
    const [original, ...others] = streams.filter(({ name }) => name === 'original');
    assert.ok(original !== undefined && others.length === 0, sourceId);
    const hash = createHash('sha256');
    for await (const piece of repository.readStream(original)) hash.update(piece);
    assert.equal(hash.digest('hex'), sha256(file.content), sourceId);
    equal++;
  }
  assert.deepEqual([...wanted.keys()], [], 'none is missing');
  return `${equal} files equal`;
}

async function fromStorage(world: SweepWorld): Promise<string> {
  const recovered = await openForRecovery(world.backup.blobs, { vault: key });
  let newest: PointReader | undefined;
  for await (const found of recovered.pointsFromBlobs(world.backup.resource)) {
    assert.ok(found.kind === 'whole', 'every restore point in storage opens');
    if (newest === undefined || found.reader.point.takenAt > newest.point.takenAt) newest = found.reader;
  }
  assert.ok(newest);
  return compared(world, recovered, newest);
}
