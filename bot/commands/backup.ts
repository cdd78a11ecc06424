import type { CardAction } from '../../contract/cards.ts';
import type { PolicyId, ResourceId, RunId } from '../../engine/model/ids.ts';
import type { Run } from '../../engine/model/run.ts';
import { mayStartRuns, seesTenant } from '../access.ts';
import type { BotServices } from '../botServices.ts';
import { backupConfirmCard, backupDismissedCard, hasEnded, jobCard } from '../cards/job.ts';
import { refusedCard } from '../cards/notes.ts';
import type { Card } from '../cards/card.ts';
import { workloadWord } from '../cards/status.ts';
import { isWanted } from '../coverage.ts';
import { allResources, isMeant } from '../resources.ts';
import { sayCard, type Answer, type Asked } from '../turn.ts';
import { audit, refusePress, refuseRole } from './refuse.ts';

/** More to choose from does not fit a card. */
const mostChoices = 10;

/** `backup now`, `back up anna`: asks first. */
export async function backup(asked: Asked, rest: string): Promise<Answer> {
  if (!mayStartRuns(asked.actor)) return refuseRole(asked, 'run.start');
  const wanted = rest.replace(/^(now|all|everything|site|mailbox|of|for)\b\s*/i, '').trim();
  return wanted === '' ? confirmPolicy(asked) : confirmResource(asked, wanted);
}

async function confirmPolicy(asked: Asked): Promise<Answer> {
  const { services, texts, drafts, actor } = asked;
  const policies = (await services.records.policies.list())
    .map(({ value }) => value)
    .filter(({ enabled }) => enabled)
    .slice(0, mostChoices);
  if (policies.length === 0) return sayCard(refusedCard(texts, texts('backup.noPolicy')));
  const [first] = policies;
  let resources = 0;
  for await (const resource of allResources(services.records))
    if (resource.policyId === first?.id && isWanted(resource)) resources++;
  const draft = await drafts.open(actor.id, { kind: 'backup', policies: policies.map(({ id }) => id), resources: [] });
  const choices = policies.map(({ id, name }) => ({ title: name, value: id }));
  return sayCard(backupConfirmCard(texts, { draft, field: 'policyId', choices, resources }));
}

async function confirmResource(asked: Asked, wanted: string): Promise<Answer> {
  const { services, texts, drafts, actor } = asked;
  const found = [];
  for await (const resource of allResources(services.records)) {
    if (isMeant(resource, wanted) && resource.state !== 'excluded' && resource.state !== 'gone') found.push(resource);
    if (found.length === mostChoices) break;
  }
  if (found.length === 0) return sayCard(refusedCard(texts, texts('backup.unknown', { name: wanted })));
  const draft = await drafts.open(actor.id, { kind: 'backup', policies: [], resources: found.map(({ id }) => id) });
  const choices = found.map(({ id, name, workload }) => ({
    title: texts('status.own.resource', { name, workload: workloadWord(texts, workload) }),
    value: id,
  }));
  return sayCard(backupConfirmCard(texts, { draft, field: 'resourceId', choices, resources: 1 }));
}

/** The press on "Back up now": starts one run, however often it is pressed. */
export async function confirmBackup(asked: Asked, action: CardAction & { verb: 'backup.confirm' }): Promise<Answer> {
  const { services, texts, drafts, actor } = asked;
  if (!mayStartRuns(actor)) return refuseRole(asked, 'run.start');
  const id = String(action.version);
  const draft = await drafts.find(actor.id, id);
  if (draft?.kind !== 'backup') return refusePress(asked, action, texts('press.expired'));
  const policy = draft.policies.find((each) => each === action.policyId);
  const resource = draft.resources.find((each) => each === action.resourceId);
  if (policy === undefined && resource === undefined) return refusePress(asked, action, texts('press.expired'));

  const use = await drafts.use(actor.id, id);
  if (!use.first) {
    if (use.outcome.run === undefined) return sayCard(refusedCard(texts, texts('press.already')));
    return showRun(asked, use.outcome.run);
  }
  const run = await start(services, actor.id, policy, resource);
  await drafts.settle(actor.id, id, { run });
  await audit(asked, 'run.start', {
    run,
    ...(policy === undefined ? {} : { policy }),
    ...(resource === undefined ? {} : { resource }),
  });
  return showRun(asked, run);
}

function start(
  services: BotServices,
  by: Asked['actor']['id'],
  policy?: PolicyId,
  resource?: ResourceId,
): Promise<RunId> {
  if (policy !== undefined) return services.startPolicyRun(policy, by);
  if (resource !== undefined) return services.startResourceRun(resource, by);
  throw new Error('a backup needs a policy or a resource');
}

export const dismissBackup = ({ texts }: Asked): Answer => sayCard(backupDismissedCard(texts));

/** A run as it is now, and from now on while it lasts. */
export async function showRun(asked: Asked, id: RunId): Promise<Answer> {
  if (!seesTenant(asked.actor)) return refuseRole(asked, 'run.show');
  const run = (await asked.services.records.runs.get(id))?.value;
  if (run === undefined) return sayCard(refusedCard(asked.texts, asked.texts('run.unknown')));
  return sayCard(await runCard(asked, run), hasEnded(run) ? undefined : { kind: 'run', id });
}

/** Twice is once; a run that ended meanwhile is shown as it is. */
export async function cancelRun(asked: Asked, id: RunId): Promise<Answer> {
  const { services, actor } = asked;
  if (!mayStartRuns(actor)) return refuseRole(asked, 'run.cancel');
  const run = (await services.records.runs.get(id))?.value;
  if (run !== undefined && !hasEnded(run) && run.state !== 'cancelling') {
    await services.cancelRun(id);
    await audit(asked, 'run.cancel', { run: id });
  }
  return showRun(asked, id);
}

/** The card of a run for one person. */
export async function runCard(
  { services, texts, actor }: Pick<Asked, 'services' | 'texts' | 'actor'>,
  run: Run,
): Promise<Card> {
  const [live] = await services.describeRuns([run]);
  const only = run.only?.[0];
  const resource = only === undefined ? undefined : (await services.records.resources.get(only))?.value;
  const policy = (await services.records.policies.get(run.policyId))?.value;
  return jobCard(texts, live ?? run, {
    scope: resource?.name ?? policy?.name ?? texts('backup.scope'),
    mayCancel: mayStartRuns(actor),
    consoleUrl: services.consoleUrl(`activity/${run.id}`),
  });
}
