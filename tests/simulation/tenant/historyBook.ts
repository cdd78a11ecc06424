import type { History, ItemState } from './history.ts';

/** What is true of an item from now on. Hashes are only made when somebody asks. */
export interface Fact {
  readonly kind: ItemState['kind'];
  readonly parent: string | undefined;
  readonly name: string;
  readonly versionTag: string | undefined;
  readonly role: string | undefined;
  readonly size: number;
  readonly readable: boolean;
  readonly original: () => string | undefined;
  readonly exact: () => string | undefined;
}

class State implements ItemState {
  readonly resource: string;
  readonly sourceId: string;
  readonly from: number;
  readonly fromAt: number;
  readonly to: number;
  readonly toAt: number;
  readonly deleted: boolean;
  readonly fact: Fact;

  constructor(
    place: { readonly resource: string; readonly sourceId: string },
    from: { readonly seq: number; readonly at: number },
    to: { readonly seq: number; readonly at: number },
    fact: Fact,
    deleted: boolean,
  ) {
    this.resource = place.resource;
    this.sourceId = place.sourceId;
    this.from = from.seq;
    this.fromAt = from.at;
    this.to = to.seq;
    this.toAt = to.at;
    this.fact = fact;
    this.deleted = deleted;
  }

  get kind(): ItemState['kind'] {
    return this.fact.kind;
  }
  get parent(): string | undefined {
    return this.fact.parent;
  }
  get name(): string {
    return this.fact.name;
  }
  get versionTag(): string | undefined {
    return this.fact.versionTag;
  }
  get role(): string | undefined {
    return this.fact.role;
  }
  get size(): number {
    return this.fact.size;
  }
  get readable(): boolean {
    return this.fact.readable;
  }
  get original(): string | undefined {
    return this.fact.original();
  }
  get exact(): string | undefined {
    return this.fact.exact();
  }
}

const EVER = { seq: Infinity, at: Infinity };

/** The history as it is written. */
export class HistoryBook implements History {
  seq = 0;
  #resources: Map<string, Map<string, readonly State[]>>;
  /** When each change happened: the last number of each moment. */
  #moments: { readonly at: number; seq: number }[];

  constructor(from?: HistoryBook) {
    this.seq = from?.seq ?? 0;
    this.#resources = new Map(
      [...(from === undefined ? [] : from.#resources)].map(([resource, items]) => [resource, new Map(items)]),
    );
    this.#moments = from === undefined ? [] : from.#moments.map((moment) => ({ ...moment }));
  }

  /** The number of a new change. */
  next(at: number): number {
    this.seq += 1;
    const last = this.#moments.at(-1);
    if (last?.at === at) last.seq = this.seq;
    else this.#moments.push({ at, seq: this.seq });
    return this.seq;
  }

  addResource(resource: string): void {
    if (!this.#resources.has(resource)) this.#resources.set(resource, new Map());
  }

  /** From change `seq` on this is so; undefined: the item is gone. */
  write(resource: string, sourceId: string, fact: Fact | undefined, at: number): void {
    const items = this.#resources.get(resource);
    if (items === undefined) throw new Error(`There is no history of ${resource}`);
    const now = { seq: this.seq, at };
    const states = items.get(sourceId) ?? [];
    const last = states.at(-1);
    if (last === undefined && fact === undefined) return;
    const shown = fact ?? last?.fact;
    if (shown === undefined) return;
    const place = { resource, sourceId };
    const closed =
      last === undefined
        ? []
        : [...states.slice(0, -1), new State(place, { seq: last.from, at: last.fromAt }, now, last.fact, last.deleted)];
    items.set(sourceId, [...closed, new State(place, now, EVER, shown, fact === undefined)]);
  }

  seqAt(time: number): number {
    return this.#moments.findLast(({ at }) => at <= time)?.seq ?? 0;
  }

  get resources(): readonly string[] {
    return [...this.#resources.keys()];
  }

  items(resource: string): readonly string[] {
    return [...(this.#resources.get(resource)?.keys() ?? [])];
  }

  statesOf(resource: string, sourceId: string): readonly ItemState[] {
    return this.#resources.get(resource)?.get(sourceId) ?? [];
  }

  statesIn(resource: string, sourceId: string, from: number, to: number): readonly ItemState[] {
    return this.statesOf(resource, sourceId).filter((state) => state.from <= to && state.to > from);
  }

  contentsAt(resource: string, seq = this.seq): ReadonlyMap<string, ItemState> {
    const held = new Map<string, ItemState>();
    for (const [sourceId, states] of this.#resources.get(resource) ?? []) {
      const state = states.findLast(({ from }) => from <= seq);
      if (state !== undefined && !state.deleted) held.set(sourceId, state);
    }
    return held;
  }
}
