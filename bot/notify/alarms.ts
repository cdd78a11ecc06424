import { instant, type Instant, type ResourceId } from '../../engine/model/ids.ts';
import type { ExpiryPaused } from '../../engine/backup/brake.ts';
import type { RecoveryKeyUnproven } from '../../engine/keys/remind.ts';
import { readKeyNotes } from '../../engine/keys/keyNotes.ts';
import type { Drill } from '../../engine/model/drill.ts';
import { isOpen, type WaitingChange } from '../../engine/model/waitingChange.ts';
import type { LastCopyEnds } from '../../engine/retention/expire.ts';
import { isProtected } from '../../engine/retention/standing.ts';
import { clockSkew } from '../../engine/retention/storageClock.ts';
import type { ChangeWaiting } from '../../engine/retention/waitingChanges.ts';
import { reportSetting, type SweepRefused, type SweepReport } from '../../engine/sweep/report.ts';
import type { DrillFailed } from '../../engine/verify/drills/drillFlow.ts';
import type { DamageFound } from '../../engine/verify/verifyFlow.ts';
import type { BotServices } from '../botServices.ts';

/** What threatens copies, told at once to those who look after them, until it is over. */
export type Alarm =
  | ExpiryPaused
  | LastCopyEnds
  | SweepRefused
  | DrillFailed
  | DamageFound
  | RecoveryKeyUnproven
  | (ChangeWaiting & {
      /** It was told before and waits still. */
      readonly again?: true;
    });

export const alarmKinds = [
  'expiryPaused',
  'lastCopyEnds',
  'sweepRefused',
  'drillFailed',
  'damageFound',
  'recoveryKeyUnproven',
  'changeWaiting',
] as const satisfies readonly Alarm['kind'][];

export const isAlarm = (about: { readonly kind: string }): about is Alarm =>
  (alarmKinds as readonly string[]).includes(about.kind);

/** One open card for each of these. Many mailboxes that are emptied at once are one thing that happens. */
export function causeOfAlarm(alarm: Alarm): string {
  switch (alarm.kind) {
    case 'lastCopyEnds':
      return `lastCopy:${alarm.resource}`;
    case 'changeWaiting':
      return `change:${alarm.change}`;
    default:
      return alarm.kind;
  }
}

/** Copies are lost or attacked, or cannot be relied on: worth waking somebody, and told in channels too. */
export function isCriticalAlarm(alarm: Alarm): boolean {
  switch (alarm.kind) {
    case 'expiryPaused':
    case 'damageFound':
    case 'drillFailed':
      return true;
    case 'sweepRefused':
      // Every other reason is that something is gone from storage that should be there.
      return alarm.code !== clockSkew;
    default:
      return false;
  }
}

/** What a card says of an alarm, as it is now. `names`: for readers who may know whose data it is. */
export type AlarmFacts =
  | {
      readonly kind: 'expiryPaused';
      readonly count: number;
      readonly resource: ResourceId;
      readonly names: readonly string[];
      readonly changed: number;
      readonly removed: number;
      readonly of: number;
    }
  | { readonly kind: 'lastCopyEnds'; readonly resource: ResourceId; readonly name: string; readonly endsAt: Instant }
  | { readonly kind: 'sweepRefused'; readonly reason: string; readonly code?: string }
  | { readonly kind: 'drillFailed'; readonly drill: string; readonly items: number; readonly failed: number }
  | { readonly kind: 'damageFound'; readonly verification: string; readonly items: number; readonly others: number }
  | { readonly kind: 'recoveryKeyUnproven'; readonly since: Instant; readonly wasProved: boolean }
  | { readonly kind: 'changeWaiting'; readonly change: WaitingChange };

export interface AlarmNow {
  /** When it was over, or was found to be. */
  readonly overAt?: Instant;
  readonly facts: AlarmFacts;
}

const mostNamed = 5;

/** Looks whether it still stands, at what the verdict is made of too. Undefined when there is nothing to say of it any more. */
export async function alarmNow(services: BotServices, alarm: Alarm): Promise<AlarmNow | undefined> {
  const { records, clock } = services;
  const now = { overAt: instant(clock.now()) };
  switch (alarm.kind) {
    case 'expiryPaused':
      return pausedNow(services, alarm);
    case 'lastCopyEnds': {
      const resource = (await records.resources.get(alarm.resource))?.value;
      if (resource === undefined) return undefined;
      const { kind, endsAt } = alarm;
      const facts = { kind, resource: resource.id, name: resource.name, endsAt };
      return isProtected(resource) ? { ...now, facts } : { facts };
    }
    case 'sweepRefused': {
      const last = (await records.settings.get<SweepReport>(reportSetting))?.value;
      const { kind, reason, code } = alarm;
      const facts = {
        kind,
        reason: last?.refused ?? reason,
        ...(last?.refused === undefined
          ? code !== undefined && { code }
          : last.refusedCode !== undefined && { code: last.refusedCode }),
      };
      return last?.finishedAt !== undefined && last.finishedAt > alarm.at
        ? { overAt: last.finishedAt, facts }
        : { facts };
    }
    case 'drillFailed': {
      const { kind, drill, items, failed } = alarm;
      const newest = await newestDrill(services);
      const facts = { kind, drill, items, failed };
      if (newest?.finishedAt === undefined || newest.id === alarm.drill) return { facts };
      if (newest.state !== 'done') return { facts };
      if (newest.failed === 0) return { overAt: newest.finishedAt, facts };
      return { facts: { kind, drill: newest.id, items: newest.items, failed: newest.failed } };
    }
    case 'damageFound': {
      const { items, others } = await services.damage();
      const { kind, verification } = alarm;
      return items + others > 0
        ? { facts: { kind, verification, items, others } }
        : { ...now, facts: { kind, verification, items: alarm.items, others: alarm.others } };
    }
    case 'recoveryKeyUnproven': {
      const { kind, since, wasProved } = alarm;
      const proved = (await readKeyNotes(records))?.value.proved;
      const facts = { kind, since, wasProved };
      return proved !== undefined && proved.at > since ? { overAt: proved.at, facts } : { facts };
    }
    case 'changeWaiting': {
      const change = (await records.waitingChanges.get(alarm.change))?.value;
      if (change === undefined) return undefined;
      const facts = { kind: alarm.kind, change };
      return isOpen(change) ? { facts } : { overAt: 'endedAt' in change ? change.endedAt : now.overAt, facts };
    }
  }
}

async function pausedNow({ records, clock }: BotServices, alarm: ExpiryPaused): Promise<AlarmNow> {
  const { kind, resource, changed, removed, of } = alarm;
  const brakes = (await records.brakes.list()).map(({ value }) => value);
  const worst = brakes.toSorted((a, b) => b.changed + b.removed - (a.changed + a.removed));
  const [first] = worst;
  const shown = first === undefined ? [resource] : worst.slice(0, mostNamed).map(({ resourceId }) => resourceId);
  const names = await Promise.all(shown.map(async (id) => (await records.resources.get(id))?.value.name ?? ''));
  const facts = {
    kind,
    count: Math.max(1, brakes.length),
    resource: first?.resourceId ?? resource,
    names: names.filter((name) => name !== ''),
    changed: first?.changed ?? changed,
    removed: first?.removed ?? removed,
    of: first?.of ?? of,
  };
  return first === undefined ? { overAt: instant(clock.now()), facts } : { facts };
}

/** The newest rehearsal that came to its end. */
export async function newestDrill({ records }: Pick<BotServices, 'records'>): Promise<Drill | undefined> {
  const { value } = await records.inspections.list('drill');
  return value.map((one) => one.value as Drill).find(({ state }) => state === 'done' || state === 'failed');
}
