import { isDeepStrictEqual } from 'node:util';
import type { ReadContext } from '../connector.ts';
import { isFault } from '../fault.ts';
import { instant, type ItemId, type ResourceId, type RunId } from '../model/ids.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { Run } from '../model/run.ts';
import type { QueueName } from '../ports/queue.ts';
import { readRecord } from '../records/everyResource.ts';
import type { Basis } from '../repository/basis.ts';
import type { DamagedItem } from '../repository/damage.ts';
import { newId } from '../repository/newId.ts';
import type { Head, PointReader, Slice } from '../repository/repository.ts';
import type { BackupServices } from './backupServices.ts';
import { finishRun } from './finishRun.ts';
import { Job } from './job.ts';
import { afterPoint, isPublished, newRound, stateOf, type RoundState } from './roundState.ts';
import { changeRun, closeRow, hasEnded, isClosed } from './rows.ts';

/**
 * Takes the resource for one job and reads where its round stands. Undefined when there is nothing to do: the run or
 * its row is closed, a living job holds the resource, or Microsoft 365 asked to wait longer.
 */
export async function openJob(
  services: BackupServices,
  runId: RunId,
  resourceId: ResourceId,
  queue: QueueName,
): Promise<Job | undefined> {
  const { records, clock } = services;
  const run = (await records.runs.get(runId))?.value;
  const known = await records.runs.resources.get(runId, resourceId);
  const row = known?.value;
  if (!run || !row || hasEnded(run)) return undefined;
  if (isClosed(row)) {
    await finishRun(services, runId);
    return undefined;
  }
  if (row.state === 'waiting' && row.resumesAt !== undefined && Date.parse(row.resumesAt) > clock.now() + 1000) {
    if (run.state !== 'cancelling') return undefined;
  }
  const resource = await readRecord(records, resourceId);
  const connector = resource && (resource === 'unreadable' ? undefined : services.connectors.get(resource.workload));
  if (!resource || resource === 'unreadable' || !connector) {
    await closeOrphan(services, run, resourceId, resource);
    return undefined;
  }
  if (await heldByAnotherRun(services, run, resource)) return undefined;

  const head = await takeFence(services, runId, resourceId);
  if (!head) return undefined;
  const before = await lastSlice(services, head);
  const damaged = await damagedItems(services, resourceId);
  const policy = await records.policies.get(run.policyId);
  const saved = before && stateOf(before);
  const { base, basis } = await openBase(services, head, saved);
  const instead = basis && head.newestPoint !== undefined ? { of: head.newestPoint, basis } : undefined;
  const begin = (): RoundState =>
    newRound(
      runId,
      instant(clock.now()),
      base,
      saved,
      run.compare === true || isCompareDue(services, resource),
      damaged.values().some(({ area }) => area === 'content'),
      instead,
    );
  // What is found damaged in the midst of a round makes it begin anew.
  const isOvertaken = basis !== undefined && !isDeepStrictEqual(basis, saved?.basis);
  const state = isOvertaken
    ? { ...begin(), published: saved?.run === runId && saved.published }
    : standOf(saved, run, head, begin);
  const context: ReadContext = {
    signal: services.signal,
    options: policy?.value.options ?? {},
    priority: state.first ? 'first' : 'incremental',
  };
  return new Job({
    services,
    run,
    resource,
    connector,
    context,
    queue,
    head,
    state,
    base,
    damaged,
    row: known,
  });
}

/**
 * The newest point, or what stands for it where it is damaged: as the round under way says, where a verification or an
 * earlier round marked the point, or where its root does not open.
 */
async function openBase(
  { repository, log }: BackupServices,
  { resourceId, newestPoint }: Head,
  saved: RoundState | undefined,
): Promise<{ readonly base?: PointReader | undefined; readonly basis?: Basis }> {
  if (newestPoint === undefined) return {};
  const { points, damage } = repository;
  const kept = saved?.base === newestPoint ? saved.basis : undefined;
  const isMarked = kept === undefined && (await damage.points(resourceId)).includes(newestPoint);
  try {
    if (kept !== undefined) return { base: await points.openBasis(resourceId, kept), basis: kept };
    if (!isMarked) return { base: await points.open(resourceId, newestPoint) };
  } catch (error) {
    if (!isFault(error, 'missing', 'corrupt', 'unsupported')) throw error;
  }
  const basis = await points.findBasis(resourceId, newestPoint);
  if (basis === undefined) return { base: await points.open(resourceId, newestPoint) };
  log.error('backup.pointDamaged', { resource: resourceId, point: newestPoint, on: basis.on ?? 'nothing' });
  await damage.notePoints(resourceId, [newestPoint]);
  return { base: await points.openBasis(resourceId, basis), basis };
}

/** What its newest point holds damaged; nothing new is written into the packs it lies in. */
async function damagedItems(
  { repository }: BackupServices,
  resource: ResourceId,
): Promise<ReadonlyMap<ItemId, DamagedItem>> {
  await repository.damage.avoidDamagedPacks();
  const damaged = new Map<ItemId, DamagedItem>();
  for await (const item of repository.damage.items(resource)) if (item.inNewest) damaged.set(item.itemId, item);
  return damaged;
}

/** Resources come round one after the other: their ids spread them over the last fifth of the time. */
function isCompareDue(
  { clock, settings }: BackupServices,
  { id, comparedAt, firstSeenAt }: ProtectedResource,
): boolean {
  const earlier = (Number.parseInt(id.slice(0, 4), 16) / 0xffff) * 0.2 * settings.fullCompareMs;
  return clock.now() - Date.parse(comparedAt ?? firstSeenAt) >= settings.fullCompareMs - earlier;
}

/** The journal is no truth: without its newest slice a round starts anew from the newest point. */
async function lastSlice(services: BackupServices, head: Head): Promise<Slice | undefined> {
  if (head.headSlice === undefined) return undefined;
  try {
    return await services.repository.openSlice(head.resourceId, head.headSlice);
  } catch (error) {
    if (!isFault(error, 'missing', 'corrupt')) throw error;
    services.log.error('backup.sliceLost', { resource: head.resourceId, slice: head.headSlice, kind: error.kind });
    return undefined;
  }
}

/** Each job is a holder of its own, so that two of one process do not take the resource from each other. */
async function takeFence(services: BackupServices, run: RunId, resource: ResourceId): Promise<Head | undefined> {
  const { repository, holder, random, clock, settings } = services;
  return repository.points.takeFence(resource, {
    holder: `${holder}/${newId(random)}`,
    run,
    now: instant(clock.now()),
    aliveMs: settings.aliveMs,
    isDead: (other) => services.isDead(other.slice(0, other.lastIndexOf('/'))),
  });
}

/** The state of this run's round: as its newest slice says, brought up to a point that became visible after it. */
function standOf(saved: RoundState | undefined, run: Run, head: Head, begin: () => RoundState): RoundState {
  if (saved?.run !== run.id) return begin();
  if (head.newestPoint === undefined || saved.base === head.newestPoint || isPublished(saved, head)) return saved;
  return afterPoint(saved, head.newestPoint, saved.pointAt);
}

/** A resource belongs to one open run. The other one lists it as already running and does not wait. */
async function heldByAnotherRun(services: BackupServices, run: Run, resource: ProtectedResource): Promise<boolean> {
  const { openRun } = await services.repository.points.head(resource.id);
  if (openRun === undefined || openRun === run.id) return false;
  const other = (await services.records.runs.get(openRun))?.value;
  const row = (await services.records.runs.resources.get(openRun, resource.id))?.value;
  if (!other || hasEnded(other) || !row || isClosed(row)) return false;
  await changeRun(services, run.id, (current) =>
    current.alreadyRunning.includes(resource.id)
      ? undefined
      : { ...current, alreadyRunning: [...current.alreadyRunning, resource.id] },
  );
  await closeRow(services, run.id, resource, { state: 'cancelled', reason: 'Another run is backing it up already' });
  await finishRun(services, run.id);
  return true;
}

async function closeOrphan(
  services: BackupServices,
  run: Run,
  id: ResourceId,
  resource: ProtectedResource | 'unreadable' | undefined,
): Promise<void> {
  const reason =
    resource === undefined
      ? 'Its record is missing; discovery makes it anew in the next run'
      : resource === 'unreadable'
        ? 'Its record cannot be read. Bring the row back from a copy of the table records'
        : `No connector of this version backs up the workload ${resource.workload}`;
  const known =
    typeof resource === 'object'
      ? resource
      : {
          id,
          workload: '',
          kind: '',
          sourceId: '',
          name: '',
          state: 'notProtected' as const,
          firstSeenAt: run.startedAt,
        };
  await closeRow(services, run.id, known, { state: 'failed', status: 'failed', reason });
  await finishRun(services, run.id);
}
