import type { Instant, ItemId, ResourceId } from '../model/ids.ts';
import type { Entry, ItemFacts, ListedItem } from '../model/item.ts';
import type { LedgerEntry, Outcome } from '../model/ledger.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { StoredStream } from '../model/stream.ts';
import type { Repository } from '../repository/repository.ts';

/** The id of an item: equal for the life of the repository, wherever the item moves inside its resource. */
export const itemIdOf = (repository: Repository, resource: ProtectedResource, sourceId: string): ItemId =>
  repository.idOf(resource.workload, resource.sourceId, sourceId) as ItemId;

export const resourceIdOf = (repository: Repository, workload: string, sourceId: string): ResourceId =>
  repository.idOf(workload, sourceId) as ResourceId;

/** The state of an item as a point holds it. */
export function entryOf(
  id: ItemId,
  parentId: ItemId | undefined,
  item: ListedItem,
  streams: readonly StoredStream[],
  flags?: readonly string[],
): Entry {
  const original = streams.find((stream) => stream.name === 'original');
  return {
    ...factsOf(item),
    // Mail is listed without a size; what was read is the size then.
    size: item.size > 0 ? item.size : (original?.size ?? 0),
    id,
    sourceId: item.sourceId,
    ...(parentId !== undefined && { parentId }),
    versionTag: item.versionTag,
    ...(original && { sha256: original.sha256 }),
    streams,
    ...(flags && flags.length > 0 && { flags }),
  };
}

function factsOf(item: ItemFacts): ItemFacts {
  const { name, kind, container, size, createdAt, modifiedAt, from, to, sentAt, receivedAt, role } = item;
  return {
    name,
    kind,
    container,
    size,
    ...(createdAt !== undefined && { createdAt }),
    ...(modifiedAt !== undefined && { modifiedAt }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(sentAt !== undefined && { sentAt }),
    ...(receivedAt !== undefined && { receivedAt }),
    ...(role !== undefined && { role }),
  };
}

/** The line of the ledger for one item of this run; `before` is what earlier runs had to say when it failed there too. */
export const ledgerLine = (
  resourceId: ResourceId,
  item: { readonly id: ItemId; readonly sourceId: string; readonly name: string },
  outcome: Outcome,
  at: Instant,
  reason?: string,
  before?: LedgerEntry,
): LedgerEntry => ({
  resourceId,
  itemId: item.id,
  sourceId: item.sourceId,
  name: item.name,
  outcome,
  ...(reason !== undefined && { reason }),
  attempts: (before?.attempts ?? 0) + 1,
  firstSeenAt: before?.firstSeenAt ?? at,
  lastSeenAt: at,
});
