import type { BackupServices } from '../../engine/backup/backupServices.ts';
import { finishRun } from '../../engine/backup/finishRun.ts';
import type { Fault } from '../../engine/fault.ts';
import type { RunId } from '../../engine/model/ids.ts';
import { noCounts, type RunStatus } from '../../engine/model/ledger.ts';
import type { Actor } from '../../engine/restore/restoreFlow.ts';
import { aRun, aRunResource } from '../../engine/testing/recordsWorld.ts';
import type { Card } from '../cards/card.ts';
import { makeDelivery } from '../notify/deliver.ts';
import { keepPlace, type Place } from '../notify/references.ts';
import { admin, botBench, policyId as botPolicy, type BotBench } from './botBench.ts';

/** Where this person can be told something. */
export const placeFor = (actor: Actor, change: Partial<Place> = {}): Place => ({
  kind: 'personal',
  conversationId: `chat-${actor.id}`,
  serviceUrl: 'https://smba.trafficmanager.net/emea/',
  channelId: 'msteams',
  tenantId: 'tenant',
  bot: { id: '28:bot', name: 'Holdfast' },
  locale: 'en',
  timeZone: 'UTC',
  person: { id: actor.id, name: actor.name, chatId: `29:${actor.id}` },
  ...change,
});
const { person: _, ...nobody } = placeFor(admin);
export const channel: Place = { ...nobody, kind: 'channel', conversationId: '19:ops' };

/** The bot's side of a tenant, with a chat service that can refuse. */
export async function world(...places: readonly Place[]) {
  const bench = await botBench();
  const sent: { readonly to: string; readonly card: Card; readonly at: number }[] = [];
  const updated: { readonly activityId: string; readonly card: Card; readonly at: number }[] = [];
  const trouble: (Fault | undefined)[] = [];
  const fail = (): void => {
    const fault = trouble.shift();
    if (fault !== undefined) throw fault;
  };
  for (const place of places) await keepPlace(bench.records, place);
  const deliver = makeDelivery(
    bench.services,
    {
      send: async (place, said) => {
        fail();
        if (!('card' in said)) throw new Error(`told in words: ${said.text}`);
        sent.push({ to: place.conversationId, card: said.card, at: bench.clock.now() });
        return `activity-${sent.length}`;
      },
      update: async (_place, activityId, card) => {
        fail();
        updated.push({ activityId, card, at: bench.clock.now() });
      },
    },
    () => 0.5,
  );
  return { ...bench, sent, updated, trouble, deliver };
}

/** One run of the schedule, ended as the engine ends it. */
export async function scheduledRun(
  bench: BotBench,
  number: number,
  status: RunStatus,
  policyId = botPolicy,
): Promise<RunId> {
  const { records, clock, log } = bench;
  const id = number.toString(16).padStart(32, '0') as RunId;
  const counts = { ...noCounts, listed: 3, stored: 3 };
  await records.runs.create(aRun(id, clock.now(), { policyId, state: 'running', planned: true, counts }));
  await records.runs.resources.plan(id, [{ ...aRunResource(id, bench.mailbox.id, counts), state: 'done', status }]);
  const tellsEveryRun = async () =>
    (await records.settings.get<{ report: string }>('notifications'))?.value.report === 'always';
  await finishRun({ records, clock, log, tellsEveryRun } as unknown as BackupServices, id);
  return id;
}
