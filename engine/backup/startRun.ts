import { Fault, isFault } from '../fault.ts';
import { instant, type Instant, type PolicyId, type ResourceId, type RunId, type UserId } from '../model/ids.ts';
import { noCounts } from '../model/ledger.ts';
import type { BackupPolicy, HeldRetention } from '../model/policy.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { GroupTrouble, Run, RunResource } from '../model/run.ts';
import { everyResource, unreadableWords } from '../records/everyResource.ts';
import { newId } from '../repository/newId.ts';
import { heldRules, longest } from '../retention/heldRetention.ts';
import { allPages } from './allPages.ts';
import type { BackupServices } from './backupServices.ts';
import { discoverResources, type DiscoveryFaults } from './discover.ts';
import { dueSlots } from './duePolicies.ts';
import { finishRun } from './finishRun.ts';
import { groupSentence, readGroups, troublesOf } from './groups.ts';
import { lastScheduledRuns } from './lastRuns.ts';
import { inTurn } from './inTurn.ts';
import { resourcesOf } from './planRun.ts';
import { changeRun, hasEnded, isClosed } from './rows.ts';
import { joinReasons } from './sentences.ts';
import { sentence } from './waiting.ts';

/** Makes the runs that are due and sends one planning nudge for each. Asks nobody but the records; may fire twice or never. */
export async function scheduleTick(services: BackupServices): Promise<readonly RunId[]> {
  const now = instant(services.clock.now());
  const policies = (await services.records.policies.list()).map(({ value }) => value);
  const due = dueSlots(policies, await lastScheduledRuns(services, policies), now);
  const started: RunId[] = [];
  for (const { policy, slot } of due) {
    const id = services.repository.idOf('run', policy.id, slot) as RunId;
    if (await create(services, id, policy.id, 'schedule')) started.push(id);
  }
  return started;
}

export interface StartedHow {
  /** Everything at the source is listed and compared, whatever the feed says. */
  readonly compare?: boolean;
}

/** One run of a policy, now. Fault `not-found` when there is no such policy. */
export async function startPolicyRun(
  services: BackupServices,
  policy: PolicyId,
  startedBy: Run['startedBy'],
  how: StartedHow = {},
): Promise<RunId> {
  if (!(await services.records.policies.get(policy)))
    throw new Fault('not-found', 'There is no such policy', { origin: 'input' });
  const id = newId(services.random) as RunId;
  await create(services, id, policy, startedBy, how);
  return id;
}

/** One run of a single resource, now. Faults `not-found`, and `invalid` when no policy protects it. */
export async function startResourceRun(
  services: BackupServices,
  resource: ResourceId,
  startedBy: UserId | 'system',
  how: StartedHow = {},
): Promise<RunId> {
  const known = (await services.records.resources.get(resource))?.value;
  if (!known) throw new Fault('not-found', 'There is no such protected resource', { origin: 'input' });
  if (known.policyId === undefined) {
    throw new Fault('invalid', 'No policy protects it. Include it in a policy first.', { origin: 'input' });
  }
  const id = newId(services.random) as RunId;
  await create(services, id, known.policyId, startedBy, { ...how, only: [resource] });
  return id;
}

/** False when the run exists already. A run whose planning nudge got lost is taken up by the watchdog. */
async function create(
  services: BackupServices,
  id: RunId,
  policyId: PolicyId,
  startedBy: Run['startedBy'],
  { only, compare }: StartedHow & { readonly only?: readonly ResourceId[] } = {},
): Promise<boolean> {
  const now = instant(services.clock.now());
  const created = await services.records.runs.create({
    id,
    policyId,
    startedBy,
    state: 'queued',
    planned: false,
    counts: noCounts,
    startedAt: now,
    heartbeatAt: now,
    alreadyRunning: [],
    ...(only && { only }),
    ...(compare === true && { compare }),
  });
  if (created) await services.queue.send('backup', { run: id });
  return created;
}

/**
 * Plans a run: asks the workloads what exists, writes one row per resource, then `planned`, then sends the nudges. May
 * be called any number of times and killed anywhere; rows are inserted where they are missing.
 */
export async function planRunResources(services: BackupServices, id: RunId): Promise<void> {
  const run = await changeRun(services, id, (current) =>
    current.planned || hasEnded(current) || current.state === 'cancelling'
      ? undefined
      : { ...current, state: 'discovering', heartbeatAt: instant(services.clock.now()) },
  );
  if (!run) return endUnplanned(services, id);
  const policy = (await services.records.policies.get(run.policyId))?.value;
  const { meant, reason, groups = [], held } = policy ? await resourcesMeant(services, run, policy) : policyIsGone;
  const busy = await busyResources(services, id);
  const planned = meant.filter((resource) => !busy.has(resource.id));
  const now = instant(services.clock.now());
  await services.records.runs.resources.plan(
    id,
    planned.map((resource) => rowOf(id, resource, now)),
  );
  const ready = await changeRun(services, id, ({ waiting: _waiting, ...current }) =>
    current.planned || hasEnded(current)
      ? undefined
      : {
          ...current,
          planned: true,
          state: current.state === 'cancelling' ? 'cancelling' : 'running',
          heartbeatAt: now,
          alreadyRunning: meant.filter((resource) => busy.has(resource.id)).map((resource) => resource.id),
          ...(reason !== undefined && { reason, overlooked: true }),
          ...(groups.length > 0 && { groups }),
          ...(held && { heldRetention: held }),
        },
  );
  if (!ready) return;
  for (const resource of inTurn(planned)) await services.queue.send('backup', { run: id, resource: resource.id });
  await finishRun(services, id);
}

/** What a run is to back up. With a `reason` something could not even be looked for. */
interface Meant {
  readonly meant: readonly ProtectedResource[];
  readonly reason?: string;
  readonly groups?: readonly GroupTrouble[];
  /** Longer rules of before that still count for some of them. */
  readonly held?: HeldRetention;
}

const policyIsGone: Meant = { meant: [], reason: 'The policy of this run was removed before it was planned' };

async function resourcesMeant(services: BackupServices, run: Run, policy: BackupPolicy): Promise<Meant> {
  const { records } = services;
  if (run.only) {
    const named = await Promise.all(run.only.map((id) => records.resources.get(id)));
    return { meant: named.flatMap((resource) => resource?.value ?? []) };
  }
  // Passing trouble is waited for at first; later a run does not stand still for it.
  const goesOn = services.clock.now() - Date.parse(run.startedAt) >= services.settings.takeOverMs;
  const policies = (await records.policies.list()).map(({ value }) => value);
  const named = await readGroups(services, policies, { goesOn });
  const faults = await discoverResources(services, policy.scope.workloads, named);
  const resources: ProtectedResource[] = [];
  const unreadable = new Set<ResourceId>();
  for (const workload of policy.scope.workloads) {
    const every = await everyResource(records, { workload });
    resources.push(...every.resources);
    for (const id of every.unreadable) unreadable.add(id);
  }
  const meant = resourcesOf(policy, policies, resources, named.members);
  throwPassing(faults, meant, goesOn);
  const groups = troublesOf(policy, named.troubles);
  const reason = joinReasons([
    ...[...faults].map(([workload, fault]) => `${sentence(fault)} (while looking for what to protect: ${workload})`),
    // Nobody is in a group that is gone: that lowers no status, unless nothing at all is left to protect.
    ...groups.filter(({ kind }) => kind !== 'gone' || meant.length === 0).map(groupSentence),
    ...unreadableWords([...unreadable]),
  ]);
  const held = longest(meant.flatMap((resource) => heldRules(resource) ?? []));
  return { meant, groups, ...(reason !== undefined && { reason }), ...(held && { held }) };
}

/**
 * Passing trouble is waited for: at first always, later only for a workload of which nothing is known yet. Whatever
 * else kept a workload from being listed is told, and what is known of it is backed up.
 */
function throwPassing(faults: DiscoveryFaults, meant: readonly ProtectedResource[], goesOn: boolean): void {
  for (const [workload, fault] of faults) {
    const isKnown = meant.some((resource) => resource.workload === workload);
    if (isFault(fault, 'throttled', 'unavailable', 'cancelled') && (!goesOn || !isKnown)) throw fault;
  }
}

/** Resources that another open run holds. */
async function busyResources(services: BackupServices, id: RunId): Promise<ReadonlySet<ResourceId>> {
  const { runs } = services.records;
  const busy = new Set<ResourceId>();
  for (const { value: other } of await runs.open()) {
    if (other.id === id) continue;
    for await (const row of allPages((token) => runs.resources.list(other.id, token))) {
      if (!isClosed(row)) busy.add(row.resourceId);
    }
  }
  return busy;
}

const rowOf = (runId: RunId, resource: ProtectedResource, heartbeatAt: Instant): RunResource => ({
  runId,
  resourceId: resource.id,
  state: 'open',
  counts: noCounts,
  heartbeatAt,
});

/** Cancelled before it was planned: there is nothing to wait for. */
async function endUnplanned(services: BackupServices, id: RunId): Promise<void> {
  await changeRun(services, id, (current) =>
    current.state === 'cancelling' && !current.planned ? { ...current, planned: true } : undefined,
  );
  await finishRun(services, id);
}
