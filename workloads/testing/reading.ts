import type { Fetched, ReadContext } from '../../engine/connector.ts';
import type { Cursor } from '../../engine/model/ids.ts';
import type { Entry, ListedItem } from '../../engine/model/item.ts';
import type { WriteOrder } from '../../engine/connector.ts';
import type { World } from './worlds.ts';

export const reading: ReadContext = { signal: new AbortController().signal, options: {}, priority: 'incremental' };

/** Everything a round says, and where the next begins. */
export async function listing(world: World, cursor?: Cursor, resource = world.resource) {
  const changes = [];
  for await (const change of world.connector.changes(resource, cursor, reading)) changes.push(change);
  const last = changes.at(-1);
  const items = new Map<string, ListedItem>();
  for (const change of changes) if (change.kind === 'changed') items.set(change.item.sourceId, change.item);
  return { changes, items, cursor: last?.kind === 'end' ? last.cursor : undefined };
}

/** What became of each item, and its parts. */
export async function fetching(
  world: World,
  items: readonly ListedItem[],
  context = reading,
  resource = world.resource,
) {
  const parts = new Map<string, Map<string, Buffer>>();
  const outcomes = new Map<string, Exclude<Fetched, { kind: 'part' }>>();
  for await (const step of world.connector.fetch(resource, items, context)) {
    if (step.kind === 'part')
      parts.set(
        step.sourceId,
        (parts.get(step.sourceId) ?? new Map<string, Buffer>()).set(step.name, await bytesOf(step.open(0))),
      );
    else outcomes.set(step.kind === 'done' ? step.item.sourceId : step.sourceId, step);
  }
  return { parts, outcomes };
}

/** An item as a restore point would hold it. */
export function entryOf(item: ListedItem, parts: ReadonlyMap<string, Buffer>): Entry {
  const { parentSourceId: _parent, meta: _meta, hasContent: _hasContent, ...facts } = item;
  return {
    ...facts,
    id: '0'.repeat(32) as Entry['id'],
    streams: [...parts].map(([name, bytes]) => ({ name, size: bytes.length, sha256: '', parts: [] })),
  };
}

export function orderOf(
  item: ListedItem,
  parts: ReadonlyMap<string, Buffer>,
  change: Partial<WriteOrder> = {},
): WriteOrder {
  return {
    mark: 'test-1',
    conflict: 'keepBoth',
    lookAlikes: 0,
    meta: item.meta,
    content: (name, from = 0) => {
      const bytes = parts.get(name);
      return bytes === undefined ? undefined : chunked(bytes.subarray(from));
    },
    saveProgress: () => Promise.resolve(),
    ...change,
  };
}

export async function* chunked(bytes: Uint8Array, size = 256 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}
