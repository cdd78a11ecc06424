import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Change, Connector, ReadContext, WriteOrder } from '../connector.ts';
import { Fault } from '../fault.ts';
import type { Cursor } from '../model/ids.ts';
import type { Entry, ListedItem } from '../model/item.ts';
import type { ProtectedResource } from '../model/resource.ts';

/** One round over a resource. */
export interface Round {
  readonly changes: readonly Change[];
  readonly cursor: Cursor;
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

export function roundOf(changes: readonly Change[]): Round {
  const last = changes.at(-1);
  assert.equal(last?.kind, 'end');
  assert.equal(changes.filter(({ kind }) => kind === 'end').length, 1);
  return { changes, cursor: last.kind === 'end' ? last.cursor : ('' as Cursor) };
}

/** What a listing says is there: the last word on each item counts. */
export function itemsOf(changes: readonly Change[]): Map<string, ListedItem> {
  const items = new Map<string, ListedItem>();
  for (const change of changes) {
    if (change.kind === 'changed' || change.kind === 'skipped') items.set(change.item.sourceId, change.item);
    // Left this container; whether it is gone shows by whether another one lists it.
    if (change.kind === 'removed' && items.get(change.sourceId)?.parentSourceId === change.containerSourceId)
      items.delete(change.sourceId);
  }
  return items;
}

export interface Read {
  readonly item: ListedItem;
  readonly parts: ReadonlyMap<string, Buffer>;
}

export async function fetched(
  connector: Connector,
  resource: ProtectedResource,
  items: readonly ListedItem[],
  context: ReadContext,
): Promise<Map<string, Read>> {
  const done = new Map<string, Read>();
  for (let from = 0; from < items.length; from += connector.fetchBatch) {
    const parts = new Map<string, Map<string, Buffer>>();
    for await (const step of connector.fetch(resource, items.slice(from, from + connector.fetchBatch), context)) {
      if (step.kind === 'part') {
        const bytes = await bytesOf(step.open(0));
        if (step.size !== undefined) assert.equal(bytes.length, step.size);
        parts.set(step.sourceId, (parts.get(step.sourceId) ?? new Map<string, Buffer>()).set(step.name, bytes));
      } else {
        assert.equal(step.kind, 'done');
        if (step.kind !== 'done') continue;
        assert.equal(done.has(step.item.sourceId), false, 'an item ends once');
        done.set(step.item.sourceId, { item: step.item, parts: parts.get(step.item.sourceId) ?? new Map() });
      }
    }
  }
  assert.equal(done.size, items.length);
  return done;
}

export interface Given {
  readonly entry: Entry;
  readonly parts: ReadonlyMap<string, Buffer>;
  readonly meta: unknown;
}

/** An item as a restore point would hold it. */
export function givenOf(item: ListedItem, parts: ReadonlyMap<string, Buffer>): Given {
  const { parentSourceId: _parent, meta, hasContent: _hasContent, ...facts } = item;
  const streams = [...parts].map(([name, bytes]) => ({ name, size: bytes.length, sha256: sha256(bytes), parts: [] }));
  return { entry: { ...facts, id: '0'.repeat(32) as Entry['id'], streams }, parts, meta };
}

export function orderOf(
  { parts, meta }: Given,
  order: { mark: string; name?: string; lookAlikes?: number; broken?: boolean },
): WriteOrder {
  const { broken, ...rest } = order;
  return {
    conflict: 'keepBoth',
    lookAlikes: 0,
    ...rest,
    meta,
    content(name, from = 0) {
      const bytes = parts.get(name);
      return bytes === undefined ? undefined : verified(bytes.subarray(from), broken === true);
    },
    saveProgress: () => Promise.resolve(),
  };
}

export async function* verified(bytes: Buffer, broken: boolean): AsyncGenerator<Uint8Array> {
  const half = Math.floor(bytes.length / 2);
  yield bytes.subarray(0, half);
  if (broken) throw new Fault('corrupt', 'A chunk is not what was written', { origin: 'storage' });
  yield bytes.subarray(half);
}

export async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await collect(source));
}

export const sha256 = (bytes: Uint8Array | undefined): string =>
  bytes === undefined ? 'nothing' : createHash('sha256').update(bytes).digest('hex');
