import { CardAction } from '../../contract/cards.ts';
import { resourceFacts, verdictOf, type TroubleKind } from '../../contract/verdict.ts';
import {
  instant,
  type PolicyId,
  type RequestId,
  type ResourceId,
  type RunId,
  type UserId,
} from '../../engine/model/ids.ts';
import { noCounts } from '../../engine/model/ledger.ts';
import type { LedgerEntry } from '../../engine/model/ledger.ts';
import { hasNothingToCopy } from '../../engine/model/resource.ts';
import type { Run } from '../../engine/model/run.ts';
import type { Role } from '../../engine/model/restoreRequest.ts';
import { admin, anna, approver, restoreBench } from '../../engine/restore/testing/restoreBench.ts';
import type { Actor } from '../../engine/restore/restoreFlow.ts';
import { searchPoints } from '../../engine/search/searchPoints.ts';
import { aPolicy, aRun } from '../../engine/testing/recordsWorld.ts';
import { retentionFlow } from '../../engine/retention/retentionFlow.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import { silentLog } from '../../engine/testing/silentLog.ts';
import type { BotServices } from '../botServices.ts';
import type { Card } from '../cards/card.ts';
import { makeConversation } from '../conversation.ts';
import { keptDrafts } from '../drafts.ts';
import { textsFor } from '../texts.ts';
import type { Answer, Turn } from '../turn.ts';

export { admin, anna, approver };
export const ben: Actor = { id: 'ben' as UserId, name: 'Ben Ode', roles: [] };
export const operator: Actor = { id: 'olga' as UserId, name: 'Olga Operator', roles: ['Backup.RestoreOperator'] };
export const auditor: Actor = { id: 'ivo' as UserId, name: 'Ivo Auditor', roles: ['Backup.Auditor'] };
const everybody = [anna, ben, admin, approver, operator, auditor];

export const policyId = 'ab'.repeat(16) as PolicyId;

/** A tenant of two mailboxes, the real restore flow, and the bot before it; runs are rows that a test writes. */
export async function botBench(mails?: readonly string[]) {
  const bench = await restoreBench(mails);
  const { clock, records, repository } = bench;
  const log = silentLog();
  const roles = new Map<string, Actor>(everybody.map((actor) => [actor.id, actor]));
  for (const { id, roles: held } of everybody) bench.rolesNow.set(id, held);
  const ledger: LedgerEntry[] = [];
  /** Beside what the resources tell: what health would find. */
  const troubles: Partial<Record<TroubleKind, number>> = {};
  const started: { readonly what: string; readonly by: string }[] = [];
  const cancelled: RunId[] = [];
  await records.policies.create(aPolicy(policyId, { name: 'Everything', createdAt: instant(clock.now()) }));

  /** What a verification found and nobody healed. */
  const damage = { items: 0, others: 0 };
  const admins = (): readonly UserId[] =>
    [...roles.values()].filter(({ roles: held }) => held.includes('Backup.Admin')).map(({ id }) => id);

  async function startRun(what: string, by: UserId, only?: ResourceId): Promise<RunId> {
    started.push({ what, by });
    const id = started.length.toString(16).padStart(32, '0') as RunId;
    await records.runs.create(
      aRun(id, clock.now(), {
        policyId,
        startedBy: by,
        state: 'running',
        planned: true,
        counts: { ...noCounts, listed: 4, stored: 1, pending: 3 },
        ...(only === undefined ? {} : { only: [only] }),
      }),
    );
    return id;
  }

  const services: BotServices = {
    clock,
    log,
    records,
    points: repository.points,
    restore: bench.flow,
    actor: async (user) => roles.get(user),
    startPolicyRun: (policy, by) => startRun(policy, by),
    startResourceRun: (resource, by) => startRun(resource, by, resource),
    async cancelRun(run) {
      cancelled.push(run);
      await changeRun(run, { state: 'cancelling' });
    },
    async verdict() {
      const { value } = await records.resources.list({});
      const states = Object.fromEntries(
        [...Map.groupBy(value, ({ state }) => state)].map(([state, of]) => [state, of.length]),
      );
      return verdictOf({ ...resourceFacts(states, value.filter(hasNothingToCopy).length), ...troubles });
    },
    retention: retentionFlow({
      repository,
      records,
      tables: bench.tables,
      blobs: bench.blobs,
      queue: bench.queue,
      clock,
      random: seededRandom('retention'),
      log,
      people: async () => ({ admins: admins(), approvers: [] }),
      applyPolicies: async () => undefined,
      rotateKeys: async () => undefined,
      isInSafeMode: async () => false,
    }),
    damage: async () => damage,
    describeRuns: async (runs) => runs,
    ledger: async (_run, { outcome }) => ({
      value: ledger.filter((entry) => outcome === undefined || entry.outcome === outcome),
    }),
    search: (query, maySee, unreadable) =>
      searchPoints(query, { repository, records, catalog: repository.catalog, maySee, unreadable }),
    consoleUrl: (place) => `https://holdfast.example/${place}`,
  };

  async function changeRun(id: RunId, change: Partial<Run>): Promise<void> {
    const stored = await records.runs.get(id);
    if (stored === undefined) throw new Error(`no run ${id}`);
    await records.runs.update({ ...stored.value, ...change }, stored.etag);
  }

  const conversation = makeConversation(services, keptDrafts(records, clock));
  const turn = (actor: Actor, kind: Turn['conversation']['kind'] = 'personal'): Turn => ({
    actor: roles.get(actor.id) ?? actor,
    conversation: { id: `${kind}-of-${actor.id}`, kind },
    place: kind === 'personal' ? `place:person:${actor.id}` : `place:group:${kind}`,
    texts: textsFor('en', 'Europe/Berlin'),
    now: clock.now(),
  });

  return {
    ...bench,
    services,
    conversation,
    log,
    ledger,
    troubles,
    damage,
    started,
    cancelled,
    changeRun,
    turn,
    /** From now on this person holds these roles; undefined: is nobody any more. */
    nowHolds: (actor: Actor, held: readonly Role[] | undefined) => {
      if (held === undefined) roles.delete(actor.id);
      else roles.set(actor.id, { ...actor, roles: held });
      bench.rolesNow.set(actor.id, held ?? []);
    },
    says: (actor: Actor, text: string, kind?: Turn['conversation']['kind']) =>
      conversation.onText(turn(actor, kind), text),
    /** Presses the button with this title on the card of an answer; `inputs` are what was filled in. */
    press: (actor: Actor, answer: Answer, title: string, inputs: object = {}, kind?: Turn['conversation']['kind']) =>
      conversation.onAction(turn(actor, kind), pressOf(cardOf(answer), title, inputs)),
  };
}
export type BotBench = Awaited<ReturnType<typeof botBench>>;

export function cardOf(answer: Answer): Card {
  const said = answer.privately ?? answer.here;
  if (!('card' in said)) throw new Error(`answered in words: ${said.text}`);
  return said.card;
}

interface Part {
  readonly type?: string;
  readonly title?: string;
  readonly text?: string;
  readonly value?: string;
  readonly verb?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Every object inside a card, outermost first. */
export function partsOf(card: unknown): readonly Part[] {
  if (Array.isArray(card)) return card.flatMap(partsOf);
  if (typeof card !== 'object' || card === null) return [];
  return [card as Part, ...Object.values(card).flatMap(partsOf)];
}

/** What people read on a card, without the backslashes that keep Markdown away. */
export const readable = (answer: Answer | Card): string =>
  partsOf('here' in answer ? cardOf(answer) : answer)
    .flatMap(({ type, text, title, value }) => [type === 'Action.Submit' ? undefined : title, text, value])
    .filter((line) => typeof line === 'string')
    .join('\n')
    .replaceAll('\\', '');

export const buttonsOf = (card: Card): readonly string[] =>
  partsOf(card)
    .filter(({ type }) => type === 'Action.Execute' || type === 'Action.OpenUrl')
    .map(({ title }) => title ?? '');

/** What Teams would send for the first button with this title. */
export function pressOf(card: Card, title: string, inputs: object = {}) {
  const button = partsOf(card).find((part) => part.type === 'Action.Execute' && part.title === title);
  if (button?.verb === undefined) throw new Error(`no button "${title}" among ${buttonsOf(card).join(', ')}`);
  return CardAction.parse({ ...button.data, ...inputs, verb: button.verb });
}

/** The request that a card is about. */
export function requestIdOf(answer: Answer): RequestId {
  if (answer.follow?.kind === 'restore') return answer.follow.id;
  const press = /"requestId":"([0-9a-f]{32})"/.exec(JSON.stringify(cardOf(answer)));
  if (press?.[1] === undefined) throw new Error('the card names no request');
  return press[1] as RequestId;
}

/** Anna's first mail, or what `words` find, up to the checked plan. */
export async function checked(
  bench: BotBench,
  actor: Actor = anna,
  inputs: object = {},
  words = 'find one',
): Promise<Answer> {
  const form = await bench.press(actor, await bench.says(actor, words), 'Restore…');
  const planning = await bench.press(actor, form, 'Check', inputs);
  await bench.work(bench.flow);
  const show = CardAction.parse({ verb: 'restore.show', requestId: requestIdOf(planning) });
  return bench.conversation.onAction(bench.turn(actor), show);
}
