import { randomUUID } from 'node:crypto';
import type { CardAction } from '../../contract/cards.ts';
import { instant, type PolicyId, type ResourceId, type RunId } from '../../engine/model/ids.ts';
import type { Run } from '../../engine/model/run.ts';
import { mayStartRuns } from '../access.ts';
import { refusedCard } from '../cards/notes.ts';
import { alarmSnoozeCard, alarmSnoozedCard, snoozeCard, snoozedCard } from '../cards/snooze.ts';
import { changeKept } from '../keptRows.ts';
import { changePreferences, readPreferences, withCause, type Mute } from '../notify/preferences.ts';
import { causeOfPolicy, causeOfResource } from '../notify/severity.ts';
import { sayCard, type Answer, type Asked } from '../turn.ts';
import { showRun } from './backup.ts';
import { hears, mayChangeNotifications } from './notifications.ts';
import { audit, auditPress, refusePress, refuseRole } from './refuse.ts';
import { isTroubled, runRows } from './report.ts';

const dayMs = 24 * 3_600_000;
/** Whoever claimed it and started nothing for so long has died over it. */
const claimMs = 60_000;

interface Retry {
  readonly claim: string;
  /** When it was claimed (ms). */
  readonly at: number;
  readonly run?: RunId;
  /** It could not be started: the next press tries anew. */
  readonly broken?: true;
}

/** "Retry failed": one run of what failed, whoever presses and however often; who comes later sees that run. */
export async function retryFailed(asked: Asked, action: CardAction & { verb: 'failures.retry' }): Promise<Answer> {
  const { services, texts, actor, now } = asked;
  const { records } = services;
  if (!mayStartRuns(actor)) return refuseRole(asked, 'run.start');
  const run = (await records.runs.get(action.runId as RunId))?.value;
  if (run === undefined) return refusePress(asked, action, texts('run.unknown'));
  const key = `retried:${action.runId}${action.resourceId ?? ''}`;
  const claim = randomUUID();
  const kept = await changeKept<Retry>(records, key, (known) => {
    const isHeld = known?.run !== undefined || (known !== undefined && now - known.at < claimMs);
    return isHeld && known.broken !== true ? known : { claim, at: now };
  });
  if (kept.claim !== claim)
    return kept.run === undefined ? sayCard(refusedCard(texts, texts('press.already'))) : showRun(asked, kept.run);
  try {
    const started = await startAgain(asked, run, action.resourceId as ResourceId | undefined);
    await changeKept<Retry>(records, key, () => ({ claim, at: now, run: started }));
    await audit(asked, 'run.start', { run: started, retried: run.id });
    return await showRun(asked, started);
  } catch (error) {
    await changeKept<Retry>(records, key, (known) =>
      known?.run === undefined ? { claim, at: now, broken: true } : known,
    );
    throw error;
  }
}

/** The one that failed by itself; more than one with their policy, whose runs begin with what failed. */
async function startAgain(asked: Asked, run: Run, resource: ResourceId | undefined): Promise<RunId> {
  const { services, actor } = asked;
  const failed = resource === undefined ? (await runRows(asked, run.id)).filter(isTroubled) : [];
  const alone = resource ?? (failed.length === 1 ? failed[0]?.resourceId : undefined);
  return alone === undefined
    ? services.startPolicyRun(run.policyId, actor.id)
    : services.startResourceRun(alone, actor.id);
}

type Snooze = CardAction & { readonly verb: 'snooze.ask' | 'snooze.save' };

/** "Snooze": for how long this cause is not told here again. */
export async function askSnooze(asked: Asked, action: Snooze & { verb: 'snooze.ask' }): Promise<Answer> {
  const cause = await causeAt(asked, action);
  if (cause === undefined) return refuseRole(asked, 'notifications.save');
  return sayCard(snoozeCard(asked.texts, { name: cause.name, about: aboutOf(action) }));
}

export async function saveSnooze(asked: Asked, action: Snooze & { verb: 'snooze.save' }): Promise<Answer> {
  const { services, texts, place, now } = asked;
  const cause = await causeAt(asked, action);
  if (cause === undefined) return refuseRole(asked, 'notifications.save');
  const until = action.for === 'fixed' ? undefined : now + (action.for === 'week' ? 7 : 1) * dayMs;
  const { policyId } = cause;
  const ends = until === undefined ? (policyId === undefined ? {} : { policyId }) : { until };
  const mute: Mute = { since: now, ...ends };
  const { version: _, ...kept } = await readPreferences(services.records, place);
  await changePreferences(services.records, place, undefined, withCause(kept, cause.id, mute, now));
  await auditPress(asked, action, 'done', { mute: until === undefined ? 'until fixed' : `until ${instant(until)}` });
  return sayCard(
    snoozedCard(texts, {
      name: cause.name,
      runId: action.runId,
      ...(until === undefined ? {} : { until: instant(until) }),
    }),
  );
}

type AlarmSnooze = CardAction & { readonly verb: 'snooze.askAlarm' | 'snooze.saveAlarm' };

/** An alarm is silent here for a while; its card goes on saying how it stands. */
export async function askAlarmSnooze(asked: Asked, { cause }: AlarmSnooze): Promise<Answer> {
  if (!mayBeSilenced(asked)) return refuseRole(asked, 'notifications.save');
  return sayCard(alarmSnoozeCard(asked.texts, cause));
}

export async function saveAlarmSnooze(
  asked: Asked,
  action: AlarmSnooze & { verb: 'snooze.saveAlarm' },
): Promise<Answer> {
  const { services, texts, place, now } = asked;
  if (!mayBeSilenced(asked)) return refuseRole(asked, 'notifications.save');
  const until = now + (action.for === 'week' ? 7 : 1) * dayMs;
  const { version: _, ...kept } = await readPreferences(services.records, place);
  const mute: Mute = { since: now, until };
  await changePreferences(services.records, place, undefined, withCause(kept, action.cause, mute, now));
  await auditPress(asked, action, 'done', { cause: action.cause, mute: `until ${instant(until)}` });
  return sayCard(alarmSnoozedCard(texts, action.cause, instant(until)));
}

const mayBeSilenced = (asked: Asked): boolean => hears(asked).troubles && mayChangeNotifications(asked);

const aboutOf = ({ runId, resourceId }: Snooze) => ({ runId, ...(resourceId === undefined ? {} : { resourceId }) });

/** What is to be silent, by the name it has here; undefined for whom it is not told, or who may not change it. */
async function causeAt(
  asked: Asked,
  { runId, resourceId }: Snooze,
): Promise<{ readonly id: string; readonly name?: string; readonly policyId?: PolicyId } | undefined> {
  const { services, conversation } = asked;
  if (!mayBeSilenced(asked)) return undefined;
  const { records } = services;
  const nameIfOwn = (stored: { readonly value: { readonly name: string } } | undefined) =>
    stored === undefined || conversation.kind !== 'personal' ? {} : { name: stored.value.name };
  const policyId = (await records.runs.get(runId as RunId))?.value.policyId;
  const ofPolicy = policyId === undefined ? {} : { policyId };
  if (resourceId !== undefined) {
    const name = nameIfOwn(await records.resources.get(resourceId as ResourceId));
    return { id: causeOfResource(resourceId), ...name, ...ofPolicy };
  }
  if (policyId === undefined) return undefined;
  return { id: causeOfPolicy(policyId), ...nameIfOwn(await records.policies.get(policyId)), policyId };
}
