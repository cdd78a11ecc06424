import { Fault } from '../../../engine/fault.ts';
import type { BlobStore, Container } from '../../../engine/ports/blobStore.ts';
import type { MemoryBlobStore, StoredBlob } from '../../../engine/testing/memoryBlobStore.ts';

/**
 * When each blob was there. A check that comes later than the mutation it is about can still ask what there was then, and
 * reads what was taken away since. The repository's blobs are written once, so a name says which bytes.
 */
export class Past {
  readonly #blobs: MemoryBlobStore;
  readonly #madeAt = new Map<string, number>();
  readonly #gone = new Map<string, { readonly blob: StoredBlob; readonly at: number }>();
  /** Mutations so far, of blobs and rows. */
  moment = 0;

  constructor(blobs: MemoryBlobStore) {
    this.#blobs = blobs;
    blobs.onMutation(({ container, name, before, after }) => {
      this.moment += 1;
      const place = `${container}/${name}`;
      if (after === undefined && before !== undefined) this.#gone.set(place, { blob: before, at: this.moment });
      else if (before === undefined) this.#madeAt.set(place, this.moment);
    });
  }

  /** The blob as it was right after that mutation; undefined when it was not there. */
  at(moment: number, container: Container, name: string): StoredBlob | undefined {
    const place = `${container}/${name}`;
    const gone = this.#gone.get(place);
    if ((this.#madeAt.get(place) ?? 0) > moment) return undefined;
    if (gone !== undefined) return gone.at > moment ? gone.blob : undefined;
    return this.#blobs.peek(container, name);
  }

  /** The blob that is or was there. */
  find(container: Container, name: string): StoredBlob | undefined {
    return this.#blobs.peek(container, name) ?? this.#gone.get(`${container}/${name}`)?.blob;
  }

  /** Everything that ever was, for reading alone. */
  get everything(): BlobStore {
    const find = this.find.bind(this);
    const readOnly = async (): Promise<never> => {
      throw new TypeError('The past cannot be changed');
    };
    return {
      create: readOnly,
      replace: readOnly,
      remove: readOnly,
      head: async (container, name) => find(container, name),
      list: (container, prefix, token) => this.#blobs.list(container, prefix, token),
      async read(container, name, range) {
        const blob = find(container, name);
        if (blob === undefined) throw new Fault('not-found', `Blob ${name} is missing`, { origin: 'storage' });
        return range === undefined ? blob.bytes.slice() : blob.bytes.slice(range.from, range.from + range.length);
      },
    };
  }
}
