import type { PackId, PointId, ResourceId } from '../model/ids.ts';
import type { BlobFacts } from '../ports/blobStore.ts';
import { PackUsage } from './packTables.ts';
import type { Usage } from './packTables.ts';

export interface NamedBy {
  readonly resource: ResourceId;
  readonly point: PointId;
}

/** What a look at resources came to; of several together what any of them needs. */
export class Findings {
  /** Names of what is needed, but for packs. */
  readonly needed = new Set<string>();
  readonly usage = new PackUsage();
  readonly naming = new Map<PackId, NamedBy[]>();
  readonly asked = new Map<PackId, NamedBy[]>();
  /** Roots and slices that nothing needs, and those on the list: the others are not kept in mind. */
  readonly left: BlobFacts[] = [];

  isNamed(where: 'naming' | 'asked', pack: PackId, by: NamedBy): void {
    const all = this[where].get(pack);
    if (all === undefined) this[where].set(pack, [by]);
    else all.push(by);
  }

  /** Is a blob of this name needed where it lies? */
  has(name: string): boolean {
    return this.needed.has(name) || this.usage.isNeeded(name);
  }

  add(part: Findings): void {
    for (const name of part.needed) this.needed.add(name);
    for (const [pack, usage] of part.usage) this.usage.add(pack, usage);
    for (const where of ['naming', 'asked'] as const)
      for (const [pack, all] of part[where]) for (const by of all) this.isNamed(where, pack, by);
    for (const facts of part.left) this.left.push(facts);
  }
}

type KeptUsage = readonly [PackId, Usage['kind'], number, resource: number, isInJob: 0 | 1];

/** As it is kept from one call to the next. */
export interface KeptFindings {
  readonly needed: readonly string[];
  readonly resources: readonly ResourceId[];
  readonly usage: readonly KeptUsage[];
  readonly naming: readonly (readonly [PackId, readonly NamedBy[]])[];
  readonly asked: readonly (readonly [PackId, readonly NamedBy[]])[];
  readonly left: readonly BlobFacts[];
}

export function keptFrom({ needed, usage, naming, asked, left }: Findings): KeptFindings {
  const numbers = new Map<ResourceId, number>();
  const numberOf = (resource: ResourceId): number => {
    if (!numbers.has(resource)) numbers.set(resource, numbers.size);
    return numbers.get(resource) ?? 0;
  };
  const used = Array.from(usage, ([pack, { kind, bytes, resource, isInJob }]): KeptUsage => [
    pack,
    kind,
    bytes,
    numberOf(resource),
    isInJob ? 1 : 0,
  ]);
  return {
    needed: [...needed],
    resources: [...numbers.keys()],
    usage: used,
    naming: [...naming],
    asked: [...asked],
    left,
  };
}

export function findingsFrom(kept: KeptFindings): Findings {
  const found = new Findings();
  for (const name of kept.needed) found.needed.add(name);
  for (const [pack, kind, bytes, number, isInJob] of kept.usage)
    found.usage.add(pack, { kind, bytes, resource: kept.resources[number] as ResourceId, isInJob: isInJob === 1 });
  for (const where of ['naming', 'asked'] as const)
    for (const [pack, all] of kept[where]) found[where].set(pack, [...all]);
  for (const facts of kept.left) found.left.push(facts);
  return found;
}
