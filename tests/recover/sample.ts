import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ResourceId } from '../../engine/model/ids.ts';
import type { Entry } from '../../engine/model/item.ts';
import type { DiscoveredResource } from '../../engine/model/resource.ts';
import { createRepository } from '../../engine/repository/openRepository.ts';
import type { OpenRepository } from '../../engine/repository/openRepository.ts';
import { formatRecoveryKey, makeRecoveryKey, recoveryKeyWrapper } from '../../engine/repository/recoveryKey.ts';
import type { Head, PackRef, PackWriter, PointDraft } from '../../engine/repository/repository.ts';
import {
  aliveNobody,
  commitSlice,
  draftOf,
  idFor,
  inPieces,
  minute,
  run,
} from '../../engine/repository/testing/world.ts';
import { memoryBlobStore } from '../../engine/testing/memoryBlobStore.ts';
import { memoryTableStore } from '../../engine/testing/memoryTableStore.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import { virtualClock } from '../../engine/testing/virtualClock.ts';

/** An item as a test writes it down: what it is called, where it lies, what bytes it has. */
export interface SampleItem {
  readonly name: string;
  readonly kind?: string;
  /** Key of its folder. */
  readonly in?: string;
  /** Tells it from others of its name. */
  readonly key?: string;
  readonly original?: Uint8Array;
  readonly exact?: Uint8Array;
  readonly meta?: unknown;
  readonly from?: string;
  readonly at?: string;
}

export interface SampleFolder {
  readonly key: string;
  readonly name: string;
  readonly in?: string;
}

export interface Round {
  readonly folders?: readonly SampleFolder[];
  readonly items: readonly SampleItem[];
  readonly more?: Partial<PointDraft>;
}

export type Blobs = ReturnType<typeof memoryBlobStore>;

/** A repository that the engine made, in memory until it is copied out as a storage account would be. */
export interface Sample {
  readonly blobs: Blobs;
  readonly key: string;
  readonly repository: OpenRepository;
  /** One restore point for each round, the second on top of the first. */
  backUp(facts: DiscoveredResource | string, rounds: readonly Round[]): Promise<ResourceId>;
}

export async function makeSample(seed = 'sample'): Promise<Sample> {
  const random = seededRandom(seed);
  const blobs = memoryBlobStore();
  const key = makeRecoveryKey(random);
  const ports = { blobs, tables: memoryTableStore(), random, clock: virtualClock() };
  const wrappers = { recovery: recoveryKeyWrapper(key, random) };
  const repository = await createRepository(ports, wrappers, 'contoso.onmicrosoft.com');
  let minutes = 0;

  return {
    blobs,
    key: formatRecoveryKey(key),
    repository,
    async backUp(facts, rounds) {
      const resource = idFor(JSON.stringify(facts)) as string as ResourceId;
      const taken = await repository.points.takeFence(resource, { holder: 'job', run, now: minute(0), ...aliveNobody });
      if (taken === undefined) throw new Error('The fence was not given');
      let head: Head = taken;
      for (const { folders = [], items, more } of rounds) {
        const writer = repository.packWriter();
        const entries: Entry[] = folders.map((folder) => folderEntryOf(resource, folder));
        for (const item of items) entries.push(await itemEntryOf(resource, item, writer));
        const packs: readonly PackRef[] = await writer.flush();
        const committed = await commitSlice(repository, random, head, entries, packs);
        minutes += 1;
        const told = typeof facts === 'string' ? {} : { resource: facts };
        const draft = draftOf(random, [committed.slice], minutes, { ...told, ...more });
        ({ head } = await repository.points.publish(committed.head, draft));
      }
      return resource;
    },
  };
}

const folderEntryOf = (resource: ResourceId, folder: SampleFolder): Entry => ({
  id: idFor(`${resource}/${folder.key}`),
  sourceId: folder.key,
  ...(folder.in !== undefined && { parentId: idFor(`${resource}/${folder.in}`) }),
  name: folder.name,
  kind: 'folder',
  container: true,
  size: 0,
  versionTag: '1',
  streams: [],
});

async function itemEntryOf(resource: ResourceId, item: SampleItem, writer: PackWriter): Promise<Entry> {
  const { name, kind = 'file', key = name, original, exact, meta, from, at = '2026-01-01T10:00:00.000Z' } = item;
  const streams = [];
  const store = (what: string, type: 'mime' | 'text' | 'binary', bytes: Uint8Array) =>
    writer.store(what, type, inPieces(bytes));
  if (original !== undefined) streams.push(await store('original', kind === 'message' ? 'mime' : 'binary', original));
  if (exact !== undefined) streams.push(await store('exact', 'binary', exact));
  if (meta !== undefined) streams.push(await store('meta', 'text', Buffer.from(JSON.stringify(meta))));
  return {
    id: idFor(`${resource}/${key}`),
    sourceId: key,
    ...(item.in !== undefined && { parentId: idFor(`${resource}/${item.in}`) }),
    name,
    kind,
    container: false,
    size: original?.length ?? 0,
    receivedAt: at,
    versionTag: '1',
    ...(from !== undefined && { from }),
    ...(streams[0]?.name === 'original' && { sha256: streams[0].sha256 }),
    streams,
  };
}

/** The container `repository` as azcopy would lay it down. */
export async function copyOut(blobs: Blobs, folder: string): Promise<void> {
  for (const { container, name, bytes } of blobs.dump()) {
    if (container !== 'repository') continue;
    const file = path.join(folder, ...name.split('/'));
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
}
