import type { Resource } from '../../../contract/resources.ts';
import type { Health } from '../../../contract/service.ts';
import type { Verification } from '../../../contract/verification.ts';

/** What is damaged in storage and was not healed. */
export interface KnownDamage {
  /** Items whose loss nobody accepted. */
  readonly items: number;
  /** Findings about no single item. */
  readonly others: number;
  /** Items whose loss somebody accepted. */
  readonly accepted: number;
}

interface Told {
  readonly health?: Health | undefined;
  readonly resources?: readonly Resource[] | undefined;
  /** Newest first. */
  readonly verifications?: readonly Verification[] | undefined;
}

export const isOver = ({ state }: Pick<Verification, 'state'>): boolean => state === 'done' || state === 'failed';

/** It looked at everything: neither at one resource nor at the part of a day. */
export const isOfAll = ({ resourceId, part }: Verification): boolean => resourceId === undefined && part === undefined;

/** How many findings there are, those about items counted by item. */
export const findingsOf = ({ found }: Pick<Verification, 'found'>): number => found.items + found.others;

/** The same without those whose loss somebody accepted. */
export const openFindingsOf = ({ found }: Pick<Verification, 'found'>): KnownDamage => ({
  items: found.items - (found.acceptedItems ?? 0),
  others: found.others - (found.acceptedOthers ?? 0),
  accepted: found.acceptedItems ?? 0,
});

/**
 * The server's own count, which knows what was healed since. Where the reader is not told it: what the resources say of
 * themselves, and what verifications found about no single item since the newest that looked at everything.
 */
export function knownDamage({ health, resources = [], verifications = [] }: Told): KnownDamage {
  const { damaged } = health ?? {};
  if (damaged !== undefined)
    return { items: damaged.items - damaged.accepted, others: damaged.others, accepted: damaged.accepted };
  const all = resources.reduce((sum, each) => sum + (each.damaged?.items ?? 0), 0);
  const accepted = resources.reduce((sum, each) => sum + (each.damaged?.accepted ?? 0), 0);
  const others = sinceAll(verifications).reduce(
    (sum, { found }) => sum + found.others - (found.acceptedOthers ?? 0),
    0,
  );
  return { items: all - accepted, others, accepted };
}

/** Those that are over, back to the newest that looked at everything to its end. */
export function sinceAll(verifications: readonly Verification[]): readonly Verification[] {
  const over = verifications.filter(isOver);
  const newest = over.findIndex((each) => isOfAll(each) && each.state === 'done');
  return newest < 0 ? over : over.slice(0, newest + 1);
}
