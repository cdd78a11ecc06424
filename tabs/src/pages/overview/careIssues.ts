import type { Cleanup } from '../../../../contract/cleanup.ts';
import { lackingUnaccepted } from '../../../../contract/cleanup.ts';
import type { Resource } from '../../../../contract/resources.ts';
import type { WaitingChange } from '../../../../contract/retention.ts';
import type { Health, KeyStatus } from '../../../../contract/service.ts';
import type { Drill, Verification } from '../../../../contract/verification.ts';
import { addressOf } from '../../app/routing.ts';
import { findingsOf, isOver, knownDamage } from '../../parts/damage.ts';
import { proofOf } from '../../parts/keys/proof.ts';
import type { Issue } from './attention.ts';

/** What is known of what is stored, besides how the backups go; what may not be seen or is on its way is missing. */
export interface CareFacts {
  readonly health?: Health | undefined;
  readonly resources?: readonly Resource[] | undefined;
  /** Newest first. */
  readonly verifications?: readonly Verification[] | undefined;
  /** Newest first. */
  readonly drills?: readonly Drill[] | undefined;
  readonly cleanup?: Cleanup | undefined;
  readonly keys?: KeyStatus | undefined;
  /** Changes that make protection weaker and wait for this reader. */
  readonly changesForMe?: readonly WaitingChange[] | undefined;
}

/** What of keys, stored copies and rehearsals needs somebody. `now` in ms. */
export function careIssues(facts: CareFacts, now: number): Issue[] {
  return [
    ...damageIssues(facts),
    ...drillIssues(facts.drills ?? []),
    ...cleanupIssues(facts.cleanup),
    ...changeIssues(facts.changesForMe ?? []),
    ...pauseIssues(facts.resources ?? []),
    ...keyIssues(facts.keys, now),
  ];
}

function damageIssues(facts: CareFacts): Issue[] {
  const { items, others } = knownDamage(facts);
  if (items + others === 0) return [];
  const named = (facts.verifications ?? []).find((each) => isOver(each) && findingsOf(each) > 0);
  return [
    {
      id: 'damage',
      severity: 'action',
      title: 'issue.damaged',
      values: { items, others },
      address: addressOf('manage', ['verification', ...(named === undefined ? [] : [named.id])]),
    },
  ];
}

function drillIssues(drills: readonly Drill[]): Issue[] {
  const newest = drills.find(isOver);
  if (newest === undefined || (newest.failed === 0 && newest.state !== 'failed')) return [];
  return [
    {
      id: 'drill',
      severity: 'action',
      title: newest.failed > 0 ? 'issue.drill' : 'issue.drillBroke',
      values: { failed: newest.failed, items: newest.items },
      ...(newest.reason === undefined ? {} : { detail: newest.reason }),
      address: addressOf('manage', ['drills', newest.id]),
    },
  ];
}

function cleanupIssues(cleanup: Cleanup | undefined): Issue[] {
  const last = cleanup?.last;
  const refused = last?.refused;
  const lacking = last === undefined ? 0 : lackingUnaccepted(last);
  const ending = last?.notExtended ?? 0;
  const address = addressOf('manage', ['cleanup']);
  return [
    ...(refused === undefined
      ? []
      : [{ id: 'cleanup', severity: 'action', title: 'issue.cleanup', values: {}, detail: refused, address } as const]),
    ...(lacking === 0
      ? []
      : [{ id: 'lacking', severity: 'action', title: 'issue.lacking', values: { count: lacking }, address } as const]),
    ...(ending === 0
      ? []
      : [
          { id: 'ending', severity: 'action', title: 'issue.notExtended', values: { count: ending }, address } as const,
        ]),
  ];
}

const changeIssues = (waiting: readonly WaitingChange[]): Issue[] =>
  waiting.length === 0
    ? []
    : [
        {
          id: 'changes',
          severity: 'action',
          title: 'issue.changes',
          values: { count: waiting.length },
          address: addressOf('activity', ['approvals']),
        },
      ];

function pauseIssues(resources: readonly Resource[]): Issue[] {
  const paused = resources.filter(({ expiryPaused }) => expiryPaused !== undefined);
  const [first] = paused;
  if (first === undefined) return [];
  return [
    {
      id: 'expiry',
      severity: 'action',
      title: 'issue.expiryPaused',
      values: { count: paused.length, name: first.name },
      address: addressOf('protection', ['resource', first.id]),
    },
  ];
}

function keyIssues(keys: KeyStatus | undefined, now: number): Issue[] {
  if (keys === undefined) return [];
  const proof = proofOf(keys, now);
  if (proof === 'proven') return [];
  return [
    {
      id: 'keys',
      severity: 'warning',
      title: proof === 'never' ? 'issue.keyNever' : 'issue.keyOld',
      values: keys.provedAt === undefined ? {} : { at: new Date(keys.provedAt) },
      address: addressOf('manage', ['keys']),
    },
  ];
}
