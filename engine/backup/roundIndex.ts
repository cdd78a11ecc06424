import type { ItemId, ResourceId, SliceId } from '../model/ids.ts';
import type { Repository } from '../repository/repository.ts';
import type { Line } from './roundState.ts';

interface Seen {
  readonly seq: number;
  readonly tag: string;
  readonly parent: string | undefined;
  /** Something was said since that makes this line doubtful: a removal, a new start of the listing. */
  readonly doubtful: boolean;
}

/** Lines about which only the end of a round can decide. */
export type Question = Extract<Line, { kind: 'removed' | 'gone' | 'restarted' }>;

/** What a round's lines say, by item: the last one counts. Holds ids and tags only; remade from the slices when a job starts. */
export class RoundIndex {
  readonly #seen = new Map<ItemId, Seen>();
  /** One string for all the items of a container: each line brings its own copy, and these ids are long. */
  readonly #parents = new Map<string, string>();
  readonly questions: Question[] = [];

  /** Reads the lines of `slices`, oldest first. */
  static async load(repository: Repository, resource: ResourceId, slices: readonly SliceId[]): Promise<RoundIndex> {
    const index = new RoundIndex();
    for (const id of slices) {
      const slice = await repository.openSlice(resource, id);
      // Inside a slice lines lie in the order in which they are fetched; here the order of the source counts.
      for (const line of (slice.pending as readonly Line[]).toSorted((a, b) => a.seq - b.seq)) index.add(line);
    }
    return index;
  }

  add(line: Line): void {
    switch (line.kind) {
      case 'item':
        this.#seen.set(line.id, {
          seq: line.seq,
          tag: line.item.versionTag,
          parent: this.#shared(line.item.parentSourceId),
          doubtful: false,
        });
        break;
      case 'outOfScope':
        this.#seen.set(line.id, { seq: line.seq, tag: '', parent: undefined, doubtful: false });
        break;
      case 'removed':
      case 'gone': {
        this.questions.push(line);
        const seen = this.#seen.get(line.id);
        if (seen) this.#seen.set(line.id, { ...seen, doubtful: true });
        break;
      }
      case 'restarted':
        this.questions.push(line);
        for (const [id, seen] of this.#seen) this.#seen.set(id, { ...seen, doubtful: true });
        break;
    }
  }

  #shared(parent: string | undefined): string | undefined {
    if (parent === undefined) return undefined;
    const known = this.#parents.get(parent);
    if (known === undefined) this.#parents.set(parent, parent);
    return known ?? parent;
  }

  has(id: ItemId): boolean {
    return this.#seen.has(id);
  }

  /** Says the last line about it the very same? Then saying it again changes nothing. */
  repeats(id: ItemId, tag: string, parent: string | undefined): boolean {
    const seen = this.#seen.get(id);
    return seen !== undefined && !seen.doubtful && seen.tag === tag && seen.parent === parent;
  }

  /** Was this state of it told in this round, whatever was said since? */
  knows(id: ItemId, tag: string): boolean {
    return this.#seen.get(id)?.tag === tag;
  }

  /** Place of the last line that lists it; undefined when none does. */
  lastSeq(id: ItemId): number | undefined {
    return this.#seen.get(id)?.seq;
  }

  parentOf(id: ItemId): string | undefined {
    return this.#seen.get(id)?.parent;
  }
}
