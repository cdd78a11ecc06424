import type { Instant, PolicyId, ResourceId, UserId } from '../../engine/model/ids.ts';
import type { WaitingChange } from '../../engine/model/waitingChange.ts';
import { clockSkew } from '../../engine/retention/storageClock.ts';
import { listingShrank } from '../../engine/sweep/listing.ts';
import { alarmCard } from '../cards/alarm.ts';
import { approvalListCard } from '../cards/approvals.ts';
import type { Card } from '../cards/card.ts';
import { changeCard, type ShownChange } from '../cards/change.ts';
import { alarmSnoozeCard, alarmSnoozedCard } from '../cards/snooze.ts';
import type { Texts } from '../texts.ts';
import type { Names } from './sampleNames.ts';

/** What threatens copies, and what would make protection weaker. */
export function sampleAlarms(
  text: Texts,
  names: Names,
  { at, consoleUrl }: { readonly at: (minutesAgo: number) => Instant; readonly consoleUrl: string },
): Readonly<Record<string, Card>> {
  const here = { named: true, consoleUrl };
  const resource = '4'.repeat(32) as ResourceId;
  const paused = {
    kind: 'expiryPaused',
    count: 3,
    resource,
    names: [names.person, names.person],
    changed: 8_120,
    removed: 1,
    of: 9_400,
  } as const;
  const asked = {
    id: 'c'.repeat(32),
    wish: {
      kind: 'shorterRetention',
      policyId: 'ab'.repeat(16) as PolicyId,
      before: { hourly: 24, daily: 30, weekly: 52, monthly: 84, yearly: 1, minimumCopies: 1, keepGoneDays: 365 },
      after: { daily: 7, weekly: 0, monthly: 0, minimumCopies: 1, keepGoneDays: 30 },
    },
    reason: names.reason,
    askedBy: 'jo' as UserId,
    askedAt: at(30),
    state: 'asked',
  } as const satisfies WaitingChange;
  const approval = { approvedBy: 'ben' as UserId, approvedAt: at(1), effectiveAt: at(-1440) };
  const shown = (change: WaitingChange, about = names.policy): ShownChange => ({
    change,
    asker: names.person,
    approver: names.person,
    ender: names.person,
    about,
  });
  const facing = { consoleUrl, isAsker: false, told: {} };
  const held = { ...asked, wish: { kind: 'releaseHold', holdId: 'd'.repeat(32) } } as const;
  return {
    'alarm-paused': alarmCard(text, paused, here),
    'alarm-paused-channel': alarmCard(text, { ...paused, count: 1, changed: 1 }, { ...here, named: false }),
    'alarm-paused-over': alarmCard(text, paused, { ...here, overAt: at(0) }),
    'alarm-paused-still': alarmCard(text, paused, { ...here, still: at(1440) }),
    'alarm-last-copy': alarmCard(
      text,
      { kind: 'lastCopyEnds', resource, name: names.person, endsAt: at(-20_160) },
      here,
    ),
    'alarm-listing': alarmCard(text, { kind: 'sweepRefused', reason: '', code: listingShrank }, here),
    'alarm-clock': alarmCard(text, { kind: 'sweepRefused', reason: '', code: clockSkew }, here),
    'alarm-refused': alarmCard(text, { kind: 'sweepRefused', reason: names.reason }, here),
    'alarm-drill': alarmCard(text, { kind: 'drillFailed', drill: 'e'.repeat(32), items: 240, failed: 2 }, here),
    'alarm-damage': alarmCard(text, { kind: 'damageFound', verification: 'f'.repeat(32), items: 12, others: 1 }, here),
    'alarm-key': alarmCard(text, { kind: 'recoveryKeyUnproven', since: at(129_600), wasProved: true }, here),
    'alarm-key-over': alarmCard(
      text,
      { kind: 'recoveryKeyUnproven', since: at(129_600), wasProved: false },
      { ...here, overAt: at(0) },
    ),
    'alarm-snooze': alarmSnoozeCard(text, 'expiryPaused'),
    'alarm-snoozed': alarmSnoozedCard(text, 'expiryPaused', at(-1440)),
    'change-shorter': changeCard(text, shown(asked), facing),
    'change-own': changeCard(text, shown(asked), { ...facing, isAsker: true, told: { again: true } }),
    'change-hold': changeCard(text, shown(held, names.person), { consoleUrl, isAsker: false }),
    'change-keys': changeCard(text, shown({ ...asked, wish: { kind: 'rotateKeys', from: 1 } }), facing),
    'change-approved': changeCard(text, shown({ ...asked, ...approval, state: 'approved' }), facing),
    'change-alone': changeCard(
      text,
      shown({ ...asked, ...approval, approvedBy: 'noSecondPerson', state: 'approved' }),
      facing,
    ),
    'change-withdrawn': changeCard(
      text,
      shown({ ...asked, state: 'withdrawn', endedAt: at(0), endedBy: 'ben' as UserId }),
      facing,
    ),
    'change-void': changeCard(text, shown({ ...asked, state: 'void', endedAt: at(0), why: names.reason }), facing),
    'approval-list-changes': approvalListCard(
      text,
      [1, 2, 3, 4, 5].map((count) => ({
        requestId: String(count).repeat(32),
        asker: names.person,
        count,
        createdAt: at(count),
      })),
      { consoleUrl, more: true, changes: [shown(asked), shown(held, names.person)] },
    ),
  };
}
