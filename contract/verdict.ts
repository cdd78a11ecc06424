/**
 * Are we safe? The one rule by which the server writes its sentence and the console its headline and shield.
 * Pure: counts in, tone and troubles out.
 */

/** `unseen`: no trouble was found, and not everything could be looked at. `none`: nothing is to be protected yet. */
export type Tone = 'bad' | 'warn' | 'unseen' | 'busy' | 'none' | 'good';

/** What is wrong by its kind, worst first. */
export const troubleKinds = [
  'brokenDependencies',
  'refusedPermissions',
  'overduePolicies',
  'damaged',
  'missingObjects',
  'failedDrills',
  'refusedCleanups',
  'refusedExpiry',
  'notExtended',
  'failing',
  'failedRuns',
  'stalledRuns',
  'partialRuns',
  'partial',
  'notProtected',
  'paused',
  'pausedExpiry',
  'latePermissions',
  'unprovenKeys',
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
  /** Damaged items of older restore points whose loss somebody accepted: told beside the verdict, never a trouble again. */
  readonly acceptedLosses?: number;
  /** Something could not be looked at, so that nobody can say that all is well. */
  readonly unseen?: boolean;
};

export interface Verdict {
  readonly tone: Tone;
  readonly troubles: readonly { readonly kind: TroubleKind; readonly count: number }[];
  /** Damaged items whose loss was accepted; absent when there are none. */
  readonly acceptedLosses?: number;
}

/** The worst fact decides; `good` is left only when every resource that should have a copy has a good one. */
export function verdictOf(facts: SafetyFacts): Verdict {
  const troubles = troubleKinds.flatMap((kind) => {
    const count = facts[kind] ?? 0;
    return count > 0 ? [{ kind, count }] : [];
  });
  const { acceptedLosses = 0 } = facts;
  return { tone: toneOf(troubles, facts), troubles, ...(acceptedLosses > 0 && { acceptedLosses }) };
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

/** What of a run tells whether it is in trouble. */
interface Judged {
  readonly policyId: string;
  readonly state: string;
  readonly status?: string | undefined;
  readonly ownStatus?: string | undefined;
  readonly only?: readonly string[] | undefined;
  readonly overlooked?: boolean | undefined;
}

type RunTrouble = 'failedRuns' | 'stalledRuns' | 'partialRuns';

/**
 * Which of these runs are in trouble, each with its kind. Of a policy counts the newest that ended and meant all of it:
 * neither one still open nor one of a single resource says that an older one is made good. What is partial because of its
 * resources is told by these. `runs`: newest first.
 */
export function runTroubles<R extends Judged>(runs: readonly R[]): { readonly kind: RunTrouble; readonly run: R }[] {
  const judged = new Set<string>();
  return runs.flatMap((run) => {
    const { policyId, state, only } = run;
    if (state === 'stalled') return [{ kind: 'stalledRuns', run }];
    const isEnded = state === 'completed' || state === 'cancelled';
    if (!isEnded || only !== undefined || judged.has(policyId)) return [];
    judged.add(policyId);
    const kind = endTrouble(run);
    return kind === undefined ? [] : [{ kind, run }];
  });
}

/** One that was cancelled left something undone that no resource tells. */
function endTrouble({ state, status, ownStatus, overlooked }: Judged): RunTrouble | undefined {
  const own = ownStatus ?? status;
  if (own === 'failed') return 'failedRuns';
  return own === 'partial' && (overlooked === true || state === 'cancelled') ? 'partialRuns' : undefined;
}

/** How many there are of each kind. */
export const runFacts = (troubles: readonly { readonly kind: RunTrouble }[]): Readonly<Record<RunTrouble, number>> => {
  const count = (wanted: RunTrouble): number => troubles.filter(({ kind }) => kind === wanted).length;
  return { failedRuns: count('failedRuns'), stalledRuns: count('stalledRuns'), partialRuns: count('partialRuns') };
};

/** What nobody but the server can count: a reader's own numbers are made whole with what it told. */
const ofServer = [
  'damaged',
  'missingObjects',
  'failedDrills',
  'refusedCleanups',
  'refusedExpiry',
  'notExtended',
  'pausedExpiry',
  'unprovenKeys',
] as const;
export const serverFacts = (
  told: readonly { readonly kind: string; readonly count: number }[],
): Readonly<Record<(typeof ofServer)[number], number>> => {
  const count = (wanted: string): number => told.find(({ kind }) => kind === wanted)?.count ?? 0;
  return Object.fromEntries(ofServer.map((kind) => [kind, count(kind)])) as Record<(typeof ofServer)[number], number>;
};

/** One trouble in English: what it is, and the way on. */
export const inWords = ({ kind, count }: Verdict['troubles'][number]) => ({
  text: words[kind](count),
  wayOn: waysOn[kind],
});

/** The verdict in one English sentence, for terminals and monitoring. */
export const verdictSentence = (verdict: Verdict): string => {
  const { acceptedLosses = 0 } = verdict;
  return acceptedLosses === 0 ? sentenceOf(verdict) : `${sentenceOf(verdict)} ${acceptedWords(acceptedLosses)}`;
};

/** What is lost for good is told as long as a restore point shows it. */
export const acceptedWords = (count: number): string =>
  `${count} ${count === 1 ? 'item of an older restore point is' : 'items of older restore points are'} lost for good, which was accepted.`;

function sentenceOf({ tone, troubles }: Verdict): string {
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
  damaged: counted('finding of damage in storage is not healed', 'findings of damage in storage are not healed'),
  missingObjects: counted(
    'object that restore points need is missing from storage',
    'objects that restore points need are missing from storage',
  ),
  failedDrills: counted('newest restore drill failed', 'newest restore drills failed'),
  refusedCleanups: counted('cleanup of storage was refused', 'cleanups of storage were refused'),
  refusedExpiry: counted('refusal of expiry stands', 'refusals of expiry stand'),
  notExtended: counted(
    'date of write protection could not be put off',
    'dates of write protection could not be put off',
  ),
  failing: counted('resource fails', 'resources fail'),
  failedRuns: counted('newest backup failed', 'newest backups failed'),
  stalledRuns: counted('backup has stalled', 'backups have stalled'),
  partialRuns: counted('newest backup did not get to everything', 'newest backups did not get to everything'),
  partial: counted('resource is backed up in part', 'resources are backed up in part'),
  notProtected: counted('resource is not protected', 'resources are not protected'),
  paused: counted('resource is paused', 'resources are paused'),
  pausedExpiry: counted('resource has its expiry paused', 'resources have their expiry paused'),
  latePermissions: counted('permission is not effective yet', 'permissions are not effective yet'),
  unprovenKeys: counted('recovery key was not tried for long', 'recovery keys were not tried for long'),
  approvals: counted('restore request waits for a decision', 'restore requests wait for a decision'),
};

const waysOn: Readonly<Record<TroubleKind, string>> = {
  brokenDependencies: 'Each says in its detail what is wrong; nothing expires or is removed meanwhile.',
  refusedPermissions: 'Grant them in Entra; the advice beside each says how.',
  overduePolicies: 'Look at the newest run of each, and whether the timers run.',
  damaged:
    'Look at the findings. What Microsoft 365 still holds is fetched again with the next backup; bring back the rest from a copy of the storage account.',
  missingObjects: 'Start a full verification: it names every item that is concerned.',
  failedDrills: 'Look at the evidence of the drill, then start a full verification.',
  refusedCleanups: 'Nothing is removed until its reason is gone: see what the last cleanup says.',
  refusedExpiry: 'Nothing of these resources expires until what each says is put right.',
  notExtended:
    'The protection of these objects ends: see that the app may still set immutability policies on blobs of the storage account. The next cleanup tries again.',
  failing: 'Each says why; it is tried again with the next run.',
  failedRuns: 'The run says why. What it did not get to is backed up by the next one.',
  stalledRuns: 'They are taken up by themselves; look at the host if they are not.',
  partialRuns: 'The run says what it did not get to. Start it again, or wait for the next one.',
  partial: 'Each says what its copy lacks.',
  notProtected: 'Add them to a policy, or exclude them with a reason.',
  paused: 'Switch their policy on again.',
  pausedExpiry: 'Look at what a backup found changed or removed there, then let expiry go on and say why.',
  latePermissions: 'They are granted and take effect by themselves, within hours at most.',
  unprovenKeys: 'Fetch the recovery key and check it once.',
  approvals: 'Somebody who may decide approves or declines them.',
};
