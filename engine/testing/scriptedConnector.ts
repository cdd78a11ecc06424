import { createHash } from 'node:crypto';
import type { Change, Connector, Discovery, Fetched, RestoreSide } from '../connector.ts';
import { Fault } from '../fault.ts';
import type { Cursor } from '../model/ids.ts';
import type { ListedItem } from '../model/item.ts';
import type { SkipReason } from '../model/ledger.ts';
import type { DiscoveredResource } from '../model/resource.ts';
import type { VirtualClock } from './virtualClock.ts';

/** One state of one item at the source. */
export interface SourceItem {
  readonly id: string;
  readonly name: string;
  readonly parent: string | undefined;
  readonly container: boolean;
  readonly tag: string;
  readonly content: Uint8Array;
  readonly receivedAt: string;
}

export interface ScriptedOptions {
  readonly workload?: string;
  readonly clock?: VirtualClock;
  /** What a page of a listing and the content of an item cost in time; default 300 and 100 ms. */
  readonly pageMs?: number;
  readonly itemMs?: number;
  /** Changes between two checkpoints; default 2. */
  readonly pageItems?: number;
  readonly fetchBatch?: number;
  /**
   * `mail` (default): a removal names the folder that the item left, a move is a removal and a change, an item has an
   * exact copy beside the original. `drive`: a removal names no folder, of a removed folder the contents are not listed.
   */
  readonly style?: 'mail' | 'drive';
  /** Content is given in pieces of this many bytes; default 64 KiB. */
  readonly pieceBytes?: number;
}

type Event =
  | { readonly kind: 'changed'; readonly id: string }
  | { readonly kind: 'removed'; readonly id: string; readonly container: string | undefined };

type Method = 'discover' | 'changes' | 'fetch' | 'open' | 'locate';

/** A source in memory that can be told what happens at it, and the connector that reads it. */
export interface ScriptedSource {
  readonly connector: Connector;
  /** The only resource that it has at first; `null` makes discovery show nobody. */
  resources: readonly Discovery[];
  folder(id: string, name: string, parent?: string): void;
  /** Makes an item or gives it new content. */
  put(
    id: string,
    parent: string | undefined,
    content: string | Uint8Array,
    more?: { readonly name?: string; readonly receivedAt?: string },
  ): void;
  move(id: string, parent: string): void;
  /** Removes an item; with a folder goes what it holds. */
  remove(id: string): void;
  /** The feed says again what it said about these. */
  replay(...ids: readonly string[]): void;
  /** All cursors given so far are dead: the connector throws `resync`, or starts the listing over by itself. */
  expire(how: 'throw' | 'restart'): void;
  /** The next calls of `method` end in these faults, one each. */
  fault(method: Method, ...faults: readonly Fault[]): void;
  /** Every try to read this item fails, until `undefined`. */
  break(id: string, why: Fault | SkipReason | undefined): void;
  /** Called right before the content of an item is given. */
  onFetch: (id: string) => void;
  readonly items: ReadonlyMap<string, SourceItem>;
  /** SHA-256 of every state that an item ever had, by tag. */
  readonly history: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** How often the content of each item was opened, and how many bytes were given. */
  readonly opened: ReadonlyMap<string, number>;
  readonly bytesGiven: number;
  readonly calls: Readonly<Record<Method, number>>;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export function scriptedSource(options: ScriptedOptions = {}): ScriptedSource {
  const workload = options.workload ?? 'mail';
  const style = options.style ?? 'mail';
  const pageItems = options.pageItems ?? 2;
  const items = new Map<string, SourceItem>();
  const history = new Map<string, Map<string, string>>();
  const log: Event[] = [];
  const faults = new Map<Method, Fault[]>();
  const broken = new Map<string, Fault | SkipReason>();
  const opened = new Map<string, number>();
  const calls: Record<Method, number> = { discover: 0, changes: 0, fetch: 0, open: 0, locate: 0 };
  let versions = 0;
  let bytesGiven = 0;
  /** Cursors below this place of the log are dead. */
  let dead: { readonly below: number; readonly how: 'throw' | 'restart' } | undefined;
  const resource: DiscoveredResource = {
    workload,
    kind: 'user',
    sourceId: `${workload}-1`,
    name: 'Adele',
    ownerId: 'adele' as never,
  };

  const spend = (ms: number): void => options.clock?.set(options.clock.now() + ms);
  const trouble = (method: Method): void => {
    calls[method]++;
    const fault = faults.get(method)?.shift();
    if (fault) throw fault;
  };
  const write = (item: Omit<SourceItem, 'tag'>): void => {
    const tag = `v${++versions}`;
    items.set(item.id, { ...item, tag });
    const states = history.get(item.id) ?? new Map<string, string>();
    history.set(item.id, states.set(tag, sha256(item.content)));
    log.push({ kind: 'changed', id: item.id });
  };
  const known = (id: string): SourceItem => {
    const item = items.get(id);
    if (!item) throw new Error(`The script speaks of ${id}, which is not there`);
    return item;
  };
  const listed = (item: SourceItem): ListedItem => ({
    sourceId: item.id,
    ...(item.parent !== undefined && { parentSourceId: item.parent }),
    versionTag: item.tag,
    name: item.name,
    kind: item.container ? 'folder' : 'file',
    container: item.container,
    size: item.content.byteLength,
    receivedAt: item.receivedAt,
    meta: { tag: item.tag },
    hasContent: !item.container,
  });
  const changeOf = (event: Event): Change | undefined => {
    if (event.kind === 'removed') {
      const from = style === 'mail' ? event.container : undefined;
      return { kind: 'removed', sourceId: event.id, ...(from !== undefined && { containerSourceId: from }) };
    }
    const item = items.get(event.id);
    if (!item) return undefined;
    const why = broken.get(event.id);
    return typeof why === 'string'
      ? { kind: 'skipped', item: listed(item), reason: why }
      : { kind: 'changed', item: listed(item) };
  };

  /** `log:{place}` in the feed, `all:{place at the start}:{last id}` inside a full listing. */
  async function* changes(cursor: Cursor | undefined): AsyncGenerator<Change> {
    let place = cursor ?? (`all:${log.length}:` as Cursor);
    const [, number = '0'] = place.split(':');
    if (cursor !== undefined && dead !== undefined && Number(number) < dead.below) {
      if (dead.how === 'throw')
        throw new Fault('resync', 'The saved place is too old', { origin: 'graph', code: 'syncStateNotFound' });
      yield { kind: 'restarted', reason: 'The saved place is too old' };
      place = `all:${log.length}:` as Cursor;
    }
    for (;;) {
      spend(options.pageMs ?? 300);
      const page = place.startsWith('all:') ? fullPage(place) : feedPage(place);
      for (const change of page.changes) yield change;
      place = page.cursor;
      yield page.isLast ? { kind: 'end', cursor: place } : { kind: 'checkpoint', cursor: place };
      if (page.isLast) return;
    }
  }
  interface ListingPage {
    readonly changes: readonly Change[];
    readonly cursor: Cursor;
    readonly isLast: boolean;
  }
  const fullPage = (place: string): ListingPage => {
    const [, start = '0', after = ''] = place.split(':');
    const rest = [...items.keys()].toSorted().filter((id) => id > after);
    const ids = rest.slice(0, pageItems);
    const isLast = rest.length <= pageItems;
    return {
      changes: ids.flatMap((id) => changeOf({ kind: 'changed', id }) ?? []),
      cursor: (isLast ? `log:${start}` : `all:${start}:${ids.at(-1) ?? ''}`) as Cursor,
      isLast,
    };
  };
  const feedPage = (place: string): ListingPage => {
    const from = Number(place.split(':')[1]);
    const to = Math.min(log.length, from + pageItems);
    return {
      changes: log.slice(from, to).flatMap((event) => changeOf(event) ?? []),
      cursor: `log:${to}` as Cursor,
      isLast: to === log.length,
    };
  };

  async function* open(item: SourceItem, from: number): AsyncGenerator<Uint8Array> {
    trouble('open');
    opened.set(item.id, (opened.get(item.id) ?? 0) + 1);
    const piece = options.pieceBytes ?? 65_536;
    for (let at = from; at < item.content.byteLength; at += piece) {
      const bytes = item.content.subarray(at, at + piece);
      bytesGiven += bytes.byteLength;
      yield bytes;
    }
  }

  async function* fetch(asked: readonly ListedItem[]): AsyncGenerator<Fetched> {
    for (const { sourceId } of asked) {
      trouble('fetch');
      spend(options.itemMs ?? 100);
      source.onFetch(sourceId);
      for (;;) {
        const item = items.get(sourceId);
        const why = broken.get(sourceId);
        if (!item) yield { kind: 'vanished', sourceId };
        else if (typeof why === 'string') yield { kind: 'skipped', sourceId, reason: why };
        else if (why) yield { kind: 'failed', sourceId, fault: why };
        else {
          const part = { kind: 'part', sourceId, size: item.content.byteLength, resumable: true } as const;
          yield { ...part, name: 'original', open: (from) => open(item, from) };
          if (style === 'mail') yield { ...part, name: 'exact', resumable: false, open: (from) => open(item, from) };
          // It changed while it was read: its parts come again.
          if (items.get(sourceId)?.tag !== item.tag) continue;
          yield { kind: 'done', item: listed(item) };
        }
        break;
      }
    }
  }

  const source: ScriptedSource = {
    connector: {
      workload,
      description: {
        workload,
        label: workload,
        icon: 'Folder',
        itemKinds: [],
        permissions: [],
        coverageNotes: [],
        original: () => ({ extension: 'txt', mediaType: 'text/plain' }),
      },
      fetchBatch: options.fetchBatch ?? 2,
      async *discover() {
        trouble('discover');
        yield* source.resources;
      },
      async *changes(_resource, cursor) {
        trouble('changes');
        yield* changes(cursor);
      },
      fetch: (_resource, asked) => fetch(asked),
      async locate(_resource, sourceIds) {
        trouble('locate');
        return new Map(
          sourceIds.map((id) => {
            const item = items.get(id);
            return [id, item && listed(item)];
          }),
        );
      },
      restore: noRestore,
    },
    resources: [{ kind: 'found', resource }],
    folder(id, name, parent) {
      write({ id, name, parent, container: true, content: new Uint8Array(0), receivedAt: '2026-01-01T00:00:00.000Z' });
    },
    put(id, parent, content, more = {}) {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      const receivedAt = more.receivedAt ?? items.get(id)?.receivedAt ?? '2026-02-28T12:00:00.000Z';
      write({ id, name: more.name ?? items.get(id)?.name ?? id, parent, container: false, content: bytes, receivedAt });
    },
    move(id, parent) {
      const item = known(id);
      log.push({ kind: 'removed', id, container: item.parent });
      write({ ...item, parent });
    },
    remove(id) {
      const { parent } = known(id);
      const drop = (gone: string): void => {
        items.delete(gone);
        for (const child of items.values()) if (child.parent === gone) drop(child.id);
      };
      drop(id);
      log.push({ kind: 'removed', id, container: parent });
    },
    replay(...ids) {
      for (const id of ids) log.push({ kind: 'changed', id });
    },
    expire(how) {
      dead = { below: log.length + 1, how };
      // A cursor made from here on is above that place.
      log.push({ kind: 'changed', id: '' });
    },
    fault(method, ...next) {
      faults.set(method, [...(faults.get(method) ?? []), ...next]);
    },
    break(id, why) {
      if (why === undefined) broken.delete(id);
      else broken.set(id, why);
    },
    onFetch: () => undefined,
    items,
    history,
    opened,
    get bytesGiven() {
      return bytesGiven;
    },
    calls,
  };
  return source;
}

const refuse = (): Promise<never> => Promise.reject(new Fault('unsupported', 'A scripted source takes nothing back'));
const noRestore: RestoreSide = {
  grade: refuse,
  container: refuse,
  findContainer: refuse,
  look: refuse,
  freeName: refuse,
  write: refuse,
  find: refuse,
  retire: refuse,
  undo: refuse,
};
