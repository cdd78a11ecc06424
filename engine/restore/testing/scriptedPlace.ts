import { createHash } from 'node:crypto';
import type { Connector, Existing, RestoreSide, TargetContainer, WriteOrder, Written } from '../../connector.ts';
import { Fault } from '../../fault.ts';
import type { Entry, ListedItem } from '../../model/item.ts';

/** One object at the place where things are given back. */
export interface PlacedObject {
  readonly id: string;
  readonly container: string;
  readonly name: string;
  readonly bytes: string;
  readonly mark?: string;
  /** What it is, where it was written as an item. */
  readonly item?: Pick<Entry, 'kind' | 'from' | 'to' | 'sentAt' | 'receivedAt'>;
  readonly modifiedAt?: string;
  tag: number;
  retired?: boolean;
}

export interface ScriptedPlace {
  readonly objects: PlacedObject[];
  readonly connector: Connector;
  /** Errors thrown by the next writes and removals, in order; `after` loses the answer only. */
  readonly troubles: { readonly fault: Fault; readonly after: boolean }[];
}

/** A place with folders and objects that behaves like a service: names may repeat, writes may lose their answer. */
export function scriptedPlace(): ScriptedPlace {
  const objects: PlacedObject[] = [];
  const containers = new Map<string, string>();
  const troubles: { fault: Fault; after: boolean }[] = [];
  let next = 1;
  const key = (
    target: { readonly id: string },
    path: readonly { readonly name: string; readonly role?: string }[],
  ): string => [target.id, ...path.map((step) => step.role ?? step.name)].join('/');
  const living = (container: TargetContainer): readonly PlacedObject[] =>
    objects.filter((one) => one.container === container.sourceId && one.retired !== true);
  const seen = (one: PlacedObject, entry: Entry): Existing => ({
    sourceId: one.id,
    name: one.name,
    same: createHash('sha256').update(one.bytes).digest('hex') === entry.sha256,
    tag: String(one.tag),
    ...(one.modifiedAt === undefined ? {} : { modifiedAt: one.modifiedAt }),
  });

  const restore: RestoreSide = {
    grade: async (_target, entry) =>
      entry.name.startsWith('lost')
        ? { fidelity: 'lost', reason: 'Microsoft 365 has no way to take it back.' }
        : { fidelity: 'exact' },
    async container(target, path) {
      const id = key(target, path);
      containers.set(id, id);
      return { sourceId: id, path: id };
    },
    findContainer: async (target, path) =>
      containers.has(key(target, path)) ? { sourceId: key(target, path), path: key(target, path) } : undefined,
    look: async (_target, container, entry) =>
      living(container)
        .filter((one) => one.name === entry.name)
        .map((one) => seen(one, entry)),
    freeName: async () => undefined,
    async write(_target, container, entry, order: WriteOrder) {
      const pieces: Uint8Array[] = [];
      for await (const piece of order.content('original') ?? []) pieces.push(piece);
      const trouble = troubles.shift();
      if (trouble !== undefined && !trouble.after) throw trouble.fault;
      const made: PlacedObject = {
        id: `object-${next++}`,
        container: container.sourceId,
        name: order.name ?? entry.name,
        bytes: Buffer.concat(pieces).toString(),
        mark: order.mark,
        item: factsOf(entry),
        tag: 1,
      };
      objects.push(made);
      if (trouble !== undefined) throw trouble.fault;
      return written(made);
    },
    find: async (_target, container, _entry, order) => {
      const there = living(container).find((one) => one.mark === order.mark);
      return there === undefined ? undefined : written(there);
    },
    async retire(_target, existing) {
      const there = objects.find((one) => one.id === existing.sourceId);
      if (there !== undefined) there.retired = true;
    },
    async undo(_target, done) {
      const index = objects.findIndex((one) => one.id === done.sourceId);
      if (index < 0) return 'gone';
      if (String(objects[index]?.tag) !== done.tag) return 'changed';
      const trouble = troubles.shift();
      if (trouble !== undefined && !trouble.after) throw trouble.fault;
      objects.splice(index, 1);
      if (trouble !== undefined) throw trouble.fault;
      return 'removed';
    },
  };
  const never = (): never => {
    throw new Fault('unsupported', 'This place is only written to.');
  };
  return {
    objects,
    troubles,
    connector: {
      workload: 'mail',
      description: {
        workload: 'mail',
        label: 'Mail',
        icon: 'Mail',
        itemKinds: [
          { kind: 'mailFolder', label: 'Folder', icon: 'Folder', container: true },
          { kind: 'message', label: 'Message', icon: 'Mail', container: false },
        ],
        permissions: [],
        coverageNotes: [],
        planNotes: ['Who may see the folders does not come back.'],
        original: () => ({ extension: '.eml', mediaType: 'message/rfc822' }),
      },
      fetchBatch: 1,
      discover: never,
      changes: never,
      async *fetch(_resource, items) {
        for (const item of items) {
          const { sourceId } = item;
          const there = objects.find((one) => one.id === sourceId);
          if (there === undefined) yield { kind: 'vanished', sourceId };
          else {
            const bytes = Buffer.from(there.bytes);
            const open = async function* (from: number) {
              yield bytes.subarray(from);
            };
            yield { kind: 'part', sourceId, name: 'original', size: bytes.length, resumable: true, open };
            yield { kind: 'done', item };
          }
        }
      },
      locate: async (_resource, ids) => new Map(ids.map((id) => [id, listed(objects.find((one) => one.id === id))])),
      restore,
    },
  };
}

const factsOf = ({ kind, from, to, sentAt, receivedAt }: Entry): NonNullable<PlacedObject['item']> => ({
  kind,
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
  ...(sentAt !== undefined && { sentAt }),
  ...(receivedAt !== undefined && { receivedAt }),
});

const listed = (one: PlacedObject | undefined): ListedItem | undefined =>
  one && {
    kind: 'message',
    ...one.item,
    sourceId: one.id,
    name: one.name,
    container: false,
    size: one.bytes.length,
    versionTag: String(one.tag),
    hasContent: true,
  };

const written = (one: PlacedObject): Written => ({ sourceId: one.id, tag: String(one.tag), result: 'restored' });
