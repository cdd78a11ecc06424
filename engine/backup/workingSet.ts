import type { ItemId, ResourceId, SliceId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import type { Elsewhere } from '../repository/basis.ts';
import type { PointReader, Repository, Slice } from '../repository/repository.ts';

interface Place {
  readonly slice: SliceId;
  readonly index: number;
  readonly parentId: ItemId | undefined;
}

export interface KnownItems {
  readonly known: ReadonlyMap<ItemId, Entry>;
  /** Of these, those that are not in the set. */
  readonly elsewhere: ReadonlySet<ItemId>;
}

/** The item set as it would be published now: the newest point with the slices since laid over it. */
export class WorkingSet {
  readonly #repository: Repository;
  readonly #resource: ResourceId;
  readonly #base: PointReader | undefined;
  /** Tells of what a damaged point held. */
  readonly #elsewhere: Elsewhere | undefined;
  /** Where the newest state of an item lies; `removed` when it left the set. */
  readonly #over = new Map<ItemId, Place | 'removed'>();
  #lastOpened: Slice | undefined;

  private constructor(
    repository: Repository,
    resource: ResourceId,
    base: PointReader | undefined,
    elsewhere: Elsewhere | undefined,
  ) {
    this.#repository = repository;
    this.#resource = resource;
    this.#base = base;
    this.#elsewhere = elsewhere;
  }

  static async load(
    repository: Repository,
    resource: ResourceId,
    base: PointReader | undefined,
    since: readonly SliceId[],
    elsewhere?: Elsewhere,
  ): Promise<WorkingSet> {
    const set = new WorkingSet(repository, resource, base, elsewhere);
    for (const id of since) set.add(await repository.openSlice(resource, id));
    return set;
  }

  /** Lays a committed slice over the set; inside it removals come before entries. */
  add(slice: Slice): void {
    for (const id of slice.removals) this.#over.set(id, 'removed');
    for (const [index, entry] of slice.entries.entries()) {
      this.#over.set(entry.id, { slice: slice.id, index, parentId: entry.parentId });
    }
  }

  /** Which of `ids` are in the set, in their newest state. */
  async find(ids: readonly ItemId[]): Promise<ReadonlyMap<ItemId, Entry>> {
    const found = new Map<ItemId, Entry>();
    const below: ItemId[] = [];
    for (const id of ids) {
      const place = this.#over.get(id);
      if (place === undefined) below.push(id);
      else if (place !== 'removed') found.set(id, await this.#entryAt(place));
    }
    if (this.#base && below.length > 0) {
      for (const [id, entry] of await this.#base.items(below)) found.set(id, entry);
    }
    return found;
  }

  /**
   * The same, and of those that are not in it what other points tell (`elsewhere`), for what a damaged point held. An item
   * of which not all bytes are where they should be is not known.
   */
  async findKnown(ids: readonly ItemId[]): Promise<KnownItems> {
    const found = await this.find(ids);
    if (this.#elsewhere === undefined) return { known: found, elsewhere: new Set() };
    const known = new Map<ItemId, Entry>();
    const others = await this.#elsewhere.find(ids.filter((id) => !found.has(id) && !this.isRemoved(id)));
    for (const [id, entry] of [...found, ...others]) if (await this.#elsewhere.isThere(entry)) known.set(id, entry);
    return { known, elsewhere: new Set(others.keys()) };
  }

  /** Did a slice since the newest point take it out? */
  isRemoved(id: ItemId): boolean {
    return this.#over.get(id) === 'removed';
  }

  /** Everything that the newest point holds, in page order. */
  async *base(): AsyncGenerator<Entry> {
    if (this.#base) yield* this.#base.entries();
  }

  /** What hangs under any of `containers`, at any depth. */
  async under(containers: readonly ItemId[]): Promise<ItemId[]> {
    const children = new Map<ItemId, ItemId[]>();
    const note = (id: ItemId, parent: ItemId | undefined): void => {
      if (parent === undefined) return;
      const siblings = children.get(parent);
      if (siblings) siblings.push(id);
      else children.set(parent, [id]);
    };
    if (containers.length === 0) return [];
    for await (const entry of this.base()) if (!this.#over.has(entry.id)) note(entry.id, entry.parentId);
    for (const [id, place] of this.#over) if (place !== 'removed') note(id, place.parentId);

    const found = new Set<ItemId>();
    const open = [...containers];
    for (let container = open.pop(); container !== undefined; container = open.pop()) {
      for (const child of children.get(container) ?? []) {
        if (found.has(child)) continue;
        found.add(child);
        open.push(child);
      }
    }
    return [...found];
  }

  async #entryAt(place: Place): Promise<Entry> {
    if (this.#lastOpened?.id !== place.slice) {
      this.#lastOpened = await this.#repository.openSlice(this.#resource, place.slice);
    }
    const entry = this.#lastOpened.entries[place.index];
    if (!entry) throw new Error(`Slice ${place.slice} lost entry ${place.index} between two reads`);
    return entry;
  }
}
