/**
 * Are we safe? The one rule by which the server writes its sentence and the console its headline and shield.
 * Pure: counts in, tone and troubles out.
 */

/** `unseen`: no trouble was found, and not everything could be looked at. `none`: nothing is to be protected yet. */
export type Tone = 'bad' | 'warn' | 'unseen' | 'busy' | 'none' | 'good';

/** What is wrong by its kind, worst first. */
const troubleKinds = [
  'brokenDependencies',
  'refusedPermissions',
  'overduePolicies',
  'failing',
  'failedRuns',
  'stalledRuns',
  'partial',
  'notProtected',
  'paused',
  'latePermissions',
  'approvals',
] as const;
export type TroubleKind = (typeof troubleKinds)[number];

/** While one of these lasts, the next backup does not come or cannot be relied on. */
const worst: ReadonlySet<TroubleKind> = new Set(['brokenDependencies', 'refusedPermissions', 'overduePolicies']);

/** How many there are of each; what is missing counts as none. */
export type SafetyFacts = Readonly<Partial<Record<TroubleKind, number>>> & {
  /** Resources with a good copy. */
  readonly protected: number;
  /** Resources whose first copy is being made, or whose next waits for something that passes. */
  readonly underWay: number;
  /** Something could not be looked at, so that nobody can say that all is well. */
  readonly unseen?: boolean;
};

export interface Verdict {
  readonly tone: Tone;
  readonly troubles: readonly { readonly kind: TroubleKind; readonly count: number }[];
}

/** The worst fact decides; `good` is left only when every resource that should have a copy has a good one. */
export function verdictOf(facts: SafetyFacts): Verdict {
  const troubles = troubleKinds.flatMap((kind) => {
    const count = facts[kind] ?? 0;
    return count > 0 ? [{ kind, count }] : [];
  });
  return { tone: toneOf(troubles, facts), troubles };
}

function toneOf(troubles: Verdict['troubles'], facts: SafetyFacts): Tone {
  if (troubles.some(({ kind }) => worst.has(kind))) return 'bad';
  if (troubles.length > 0) return 'warn';
  if (facts.unseen === true) return 'unseen';
  if (facts.underWay > 0) return 'busy';
  return facts.protected > 0 ? 'good' : 'none';
}

/** What the number of resources in each state means; `nothingToCopy` of those not protected are no gap. */
export const resourceFacts = (states: Readonly<Record<string, number>>, nothingToCopy: number) => ({
  protected: states['protected'] ?? 0,
  underWay: (states['firstBackup'] ?? 0) + (states['waiting'] ?? 0),
  failing: states['failing'] ?? 0,
  partial: states['partial'] ?? 0,
  notProtected: Math.max(0, (states['notProtected'] ?? 0) - nothingToCopy),
  paused: states['paused'] ?? 0,
});

/** The newest run of each policy alone: an older one has been followed by something newer. `runs`: newest first. */
export const newestOfPolicies = <R extends { readonly policyId: string }>(runs: readonly R[]): R[] =>
  [...Map.groupBy(runs, ({ policyId }) => policyId).values()].flatMap((own) => own.slice(0, 1));

/** The verdict in one English sentence, for terminals and monitoring. */
export function verdictSentence({ tone, troubles }: Verdict): string {
  switch (tone) {
    case 'bad':
    case 'warn':
      return `Needs attention: ${troubles.map(({ kind, count }) => words[kind](count)).join(', ')}.`;
    case 'unseen':
      return 'No trouble found, but not everything could be looked at.';
    case 'busy':
      return 'Copies are being made.';
    case 'none':
      return 'Not protected yet.';
    case 'good':
      return 'Protected.';
  }
}

const counted = (one: string, other: string) => (count: number) => `${count} ${count === 1 ? one : other}`;

const words: Readonly<Record<TroubleKind, (count: number) => string>> = {
  brokenDependencies: counted('dependency does not work', 'dependencies do not work'),
  refusedPermissions: counted('permission is refused', 'permissions are refused'),
  overduePolicies: counted('policy is overdue', 'policies are overdue'),
  failing: counted('resource fails', 'resources fail'),
  failedRuns: counted('newest backup failed', 'newest backups failed'),
  stalledRuns: counted('backup has stalled', 'backups have stalled'),
  partial: counted('resource is backed up in part', 'resources are backed up in part'),
  notProtected: counted('resource is not protected', 'resources are not protected'),
  paused: counted('resource is paused', 'resources are paused'),
  latePermissions: counted('permission is not effective yet', 'permissions are not effective yet'),
  approvals: counted('restore request waits for a decision', 'restore requests wait for a decision'),
};
