import { instant } from '../model/ids.ts';
import type { PackId, ResourceId } from '../model/ids.ts';
import type { BlobFacts } from '../ports/blobStore.ts';
import { IdTable, withRoom } from './idTable.ts';

export const packNameOf = (pack: PackId): string => `packs/${pack.slice(0, 2)}/${pack}`;

/** What lies elsewhere under `packs/` than a pack of this name would is no pack: it goes by its whole name. */
function packIn(name: string): string {
  const pack = name.slice(name.lastIndexOf('/') + 1);
  return name === packNameOf(pack as PackId) ? pack : name;
}
const nameOf = (id: string): string => (id.includes('/') ? id : packNameOf(id as PackId));

/** What the sweep goes by of a blob that is listed. */
export type Listed = Pick<BlobFacts, 'name' | 'length' | 'modifiedAt'>;

/** The packs that storage lists, by name, as a map would hold them: there may be a million. */
export class ListedPacks {
  readonly #ids = new IdTable();
  #lengths = new Float64Array(0);
  #modifiedAt = new Float64Array(0);

  get size(): number {
    return this.#ids.size;
  }

  set(name: string, { length, modifiedAt }: Listed): void {
    const number = this.#ids.add(packIn(name));
    this.#lengths = withRoom(this.#lengths, this.size);
    this.#modifiedAt = withRoom(this.#modifiedAt, this.size);
    this.#lengths[number] = length;
    this.#modifiedAt[number] = Date.parse(modifiedAt);
  }

  has(name: string): boolean {
    return this.#ids.find(packIn(name)) >= 0;
  }

  get(name: string): Listed | undefined {
    const number = this.#ids.find(packIn(name));
    return number < 0 ? undefined : this.#at(number);
  }

  *values(): Generator<Listed> {
    for (let number = 0; number < this.size; number++) yield this.#at(number);
  }

  #at(number: number): Listed {
    return {
      name: nameOf(this.#ids.at(number)),
      length: this.#lengths[number] as number,
      modifiedAt: instant(this.#modifiedAt[number] as number),
    };
  }
}

/** How much of a pack is needed, as far as roots tell. */
export interface Usage {
  readonly kind: 'content' | 'meta';
  readonly bytes: number;
  /** Whose it is, or one of them. */
  readonly resource: ResourceId;
  /** A job that is under way names it. */
  readonly isInJob: boolean;
}

const META = 1;
const IN_JOB = 2;
const NEEDED = 4;

/** How much of each pack is needed, and which of them are needed where they lie. */
export class PackUsage {
  readonly #ids = new IdTable();
  #bytes = new Float64Array(0);
  #resources = new Uint32Array(0);
  #flags = new Uint8Array(0);
  readonly #resourceIds: ResourceId[] = [];
  readonly #resourceNumbers = new Map<ResourceId, number>();

  get size(): number {
    return this.#ids.size;
  }

  /** In addition to what is known of it: the first need says what it is and whose. */
  add(pack: PackId, { kind, bytes, resource, isInJob }: Usage): void {
    const before = this.size;
    const number = this.#ids.add(pack);
    if (number === before) {
      this.#bytes = withRoom(this.#bytes, this.size);
      this.#resources = withRoom(this.#resources, this.size);
      this.#flags = withRoom(this.#flags, this.size);
      this.#resources[number] = this.#numberOf(resource);
      this.#flags[number] = kind === 'meta' ? META : 0;
    }
    this.#bytes[number] = (this.#bytes[number] as number) + bytes;
    if (isInJob) this.#raise(number, IN_JOB);
  }

  get(pack: PackId): Usage | undefined {
    const number = this.#ids.find(pack);
    return number < 0 ? undefined : this.#at(number);
  }

  *[Symbol.iterator](): Generator<readonly [PackId, Usage]> {
    for (let number = 0; number < this.size; number++) yield [this.#ids.at(number) as PackId, this.#at(number)];
  }

  /** Of a pack of which some is used. */
  need(pack: PackId): void {
    const number = this.#ids.find(pack);
    if (number >= 0) this.#raise(number, NEEDED);
  }

  /** Every pack of which some is used, but for these. */
  needAllBut(others: Iterable<PackId>): void {
    for (let number = 0; number < this.size; number++) this.#raise(number, NEEDED);
    for (const pack of others) {
      const number = this.#ids.find(pack);
      if (number >= 0) this.#flags[number] = (this.#flags[number] as number) & ~NEEDED;
    }
  }

  /** By its name in storage. */
  isNeeded(name: string): boolean {
    const number = this.#ids.find(packIn(name));
    return number >= 0 && this.#is(number, NEEDED);
  }

  #numberOf(resource: ResourceId): number {
    const known = this.#resourceNumbers.get(resource);
    if (known !== undefined) return known;
    const number = this.#resourceIds.push(resource) - 1;
    this.#resourceNumbers.set(resource, number);
    return number;
  }

  #raise(number: number, flag: number): void {
    this.#flags[number] = (this.#flags[number] as number) | flag;
  }

  #is(number: number, flag: number): boolean {
    return ((this.#flags[number] as number) & flag) !== 0;
  }

  #at(number: number): Usage {
    return {
      kind: this.#is(number, META) ? 'meta' : 'content',
      bytes: this.#bytes[number] as number,
      resource: this.#resourceIds[this.#resources[number] as number] as ResourceId,
      isInJob: this.#is(number, IN_JOB),
    };
  }
}

/** The latest of the moments at which each of these is still needed, in ms. */
export class Dates {
  readonly #ids = new IdTable();
  #dates = new Float64Array(0);

  lasts(id: string, at: number): void {
    const number = this.#ids.add(id);
    this.#dates = withRoom(this.#dates, this.#ids.size);
    this.#dates[number] = Math.max(this.#dates[number] as number, at);
  }

  get(id: string): number | undefined {
    const number = this.#ids.find(id);
    return number < 0 ? undefined : this.#dates[number];
  }

  *[Symbol.iterator](): Generator<readonly [string, number]> {
    for (let number = 0; number < this.#ids.size; number++) yield [this.#ids.at(number), this.#dates[number] as number];
  }
}
