import type { ItemId, PointId, ResourceId, SliceId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import type { PointReader, Repository, Slice } from '../repository/repository.ts';

interface Place {
  readonly slice: SliceId;
  readonly index: number;
  readonly parentId: ItemId | undefined;
}

/** The item set as it would be published now: the newest point with the slices since laid over it. */
export class WorkingSet {
  readonly #repository: Repository;
  readonly #resource: ResourceId;
  readonly #base: PointReader | undefined;
  /** Where the newest state of an item lies; `removed` when it left the set. */
  readonly #over = new Map<ItemId, Place | 'removed'>();
  #lastOpened: Slice | undefined;

  private constructor(repository: Repository, resource: ResourceId, base: PointReader | undefined) {
    this.#repository = repository;
    this.#resource = resource;
    this.#base = base;
  }

  static async load(
    repository: Repository,
    resource: ResourceId,
    base: PointId | undefined,
    since: readonly SliceId[],
  ): Promise<WorkingSet> {
    const reader = base === undefined ? undefined : await repository.points.open(resource, base);
    const set = new WorkingSet(repository, resource, reader);
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
