import type { Connector } from '../../connector.ts';
import { isFault } from '../../fault.ts';
import { instant, type ResourceId, type Workload } from '../../model/ids.ts';
import type { Drill, DrillResult } from '../../model/drill.ts';
import type { ProtectedResource } from '../../model/resource.ts';
import { newId } from '../../repository/newId.ts';
import {
  endInTrouble,
  hasEndedInspection,
  letGo,
  takeInspection,
  writeInspection,
  type InspectionJob,
} from '../inspectionJob.ts';
import { damageOf } from '../damageOf.ts';
import { isChosen } from '../sample.ts';
import type { VerifyServices } from '../verifyServices.ts';
import { chooseItems } from './chooseItems.ts';
import { drillItem } from './drillItem.ts';
import { cleanPlaces, drillFolder, drillInPlace, LARGEST_PLACED, placesOf } from './drillPlace.ts';
import { addToSummary } from './summary.ts';

export interface DrillServices extends VerifyServices {
  readonly connectors: ReadonlyMap<Workload, Connector>;
  /** The id of what has this name, the same whenever it is asked. */
  idOf(...parts: readonly string[]): string;
  /** Why nothing can be written into Microsoft 365; absent where it can. */
  readonly noWriteAccess?: string;
}

/** How often restores are rehearsed, and with how many random items of each resource. */
export interface DrillPlan {
  readonly every: 'off' | 'weekly' | 'monthly';
  readonly sampleSize: number;
  /** Mailboxes and drives that items may be given back to for a moment; none: to memory alone. */
  readonly places?: readonly ResourceId[];
  /** Why these are not used although they were named. */
  readonly noPlaces?: string;
}

export interface DrillNudge {
  readonly drill: string;
}

/** Resources of one workload that a drill restores from. */
const PER_WORKLOAD = 3;
const weekMs = 7 * 24 * 3_600_000;

/** Starts the drill of this week or month unless it was started. May fire twice or never. */
export async function drillTick(services: DrillServices, { every, ...plan }: DrillPlan): Promise<void> {
  await takeUpDrills(services);
  if (every === 'off') return;
  const now = services.clock.now();
  const slot = every === 'weekly' ? `week ${Math.floor(now / weekMs)}` : instant(now).slice(0, 7);
  const id = services.idOf('drill', slot);
  if ((await services.records.inspections.get(id)) !== undefined) return;
  await begin(services, id, plan, 'schedule');
}

/** One drill, now. Undefined where nothing is backed up yet. */
export const startDrill = async (
  services: DrillServices,
  plan: Omit<DrillPlan, 'every'>,
  startedBy: Drill['startedBy'],
): Promise<string | undefined> => begin(services, newId(services.random), plan, startedBy);

async function begin(
  services: DrillServices,
  id: string,
  { sampleSize, places: named = [], noPlaces }: Omit<DrillPlan, 'every'>,
  startedBy: Drill['startedBy'],
): Promise<string | undefined> {
  const { records, clock, random, queue } = services;
  const seed = newId(random);
  const resources = await chooseResources(services, seed);
  if (resources.length === 0) return undefined;
  const now = instant(clock.now());
  const drill: Drill = {
    id,
    drill: true,
    startedBy,
    startedAt: now,
    state: 'queued',
    heartbeatAt: now,
    seed,
    destination: destinationOf(await placesOf(services, named, noPlaces)),
    sampleSize,
    resources,
    done: 0,
    items: 0,
    bytes: 0,
    failed: 0,
  };
  await noteDestination(services, drill);
  if (await records.inspections.create(id, 'drill', clock.now(), drill))
    await queue.send('sweep', { drill: id } satisfies DrillNudge);
  return id;
}

/** Content of people goes to a place that is not theirs, if only for a moment: it is written down before. */
async function noteDestination({ records }: DrillServices, drill: Drill): Promise<void> {
  const { id, destination, resources, startedBy, startedAt: at } = drill;
  if (destination.kind === 'memory') return;
  const who = startedBy === 'schedule' ? 'system' : startedBy;
  const on = { drill: id, places: destination.resources.join(' '), resources: resources.join(' ') };
  await records.audit.append({ at, who, action: 'drill.place', on, result: 'done' });
}

function destinationOf({ places, why }: Awaited<ReturnType<typeof placesOf>>): Drill['destination'] {
  if (places.size === 0) return { kind: 'memory', ...(why !== undefined && { why }) };
  return { kind: 'places', resources: [...places.values()].map(({ resource }) => resource.id), folder: drillFolder };
}

/** Of every workload some that have a restore point, other ones each time. */
async function chooseResources(services: DrillServices, seed: string): Promise<readonly ResourceId[]> {
  const byWorkload = new Map<Workload, ProtectedResource[]>();
  let token: string | undefined;
  do {
    const page = await services.records.resources.list({}, token);
    for (const resource of page.value)
      byWorkload.set(resource.workload, [...(byWorkload.get(resource.workload) ?? []), resource]);
    token = page.nextPageToken;
  } while (token !== undefined);
  const chosen: ResourceId[] = [];
  for (const resources of byWorkload.values()) {
    const inOrder = resources.toSorted((a, b) => Number(isChosen(seed, b.id, 0.5)) - Number(isChosen(seed, a.id, 0.5)));
    let found = 0;
    for (const { id } of inOrder) {
      if (found === PER_WORKLOAD) break;
      if ((await services.repository.points.head(id)).newestPoint === undefined) continue;
      chosen.push(id);
      found += 1;
    }
  }
  return chosen;
}

const isDrill = (value: unknown): value is Drill => typeof value === 'object' && value !== null && 'drill' in value;

export async function readDrill(services: Pick<VerifyServices, 'records'>, id: string): Promise<Drill | undefined> {
  const stored = await services.records.inspections.get(id);
  return stored !== undefined && isDrill(stored.value) ? stored.value : undefined;
}

async function takeUpDrills(services: DrillServices): Promise<void> {
  for (const { value } of (await services.records.inspections.list('drill')).value) {
    if (!isDrill(value) || hasEndedInspection(value)) continue;
    if (services.clock.now() - Date.parse(value.heartbeatAt) < services.settings.takeOverMs) continue;
    await nudge(services, value.id);
  }
}

const nudge = (services: DrillServices, id: string, delaySeconds = 0): Promise<void> =>
  services.queue.send('sweep', { drill: id } satisfies DrillNudge, delaySeconds);

/** One nudge: a resource at a time, until all are through or the time of the job is spent. As `workOnVerification`. */
export async function workOnDrill(services: DrillServices, id: string): Promise<void> {
  const job = await takeInspection(services, id, isDrill);
  if (job === undefined) return;
  try {
    await cleanPlaces(services, id);
    while (job.value.done < job.value.resources.length) {
      await drillResource(services, job, job.value.resources[job.value.done] as ResourceId);
      if (services.signal.aborted || services.clock.now() - job.startedAt >= services.settings.jobMs) {
        await letGo(services, job);
        return await nudge(services, id);
      }
    }
    await finish(services, job);
  } catch (error) {
    if (isFault(error, 'conflict')) return;
    await endInTrouble(services, job, error, (delaySeconds) => nudge(services, id, delaySeconds));
  }
}

async function drillResource(
  services: DrillServices,
  job: InspectionJob<Drill>,
  resourceId: ResourceId,
): Promise<void> {
  const { records } = services;
  const began = services.clock.now();
  const results = await resultsOf(services, job, resourceId);
  const seconds = (services.clock.now() - began) / 1000;
  await records.inspections.evidence.put(
    job.value.id,
    results.map((value) => ({ key: `${resourceId}/${value.itemId ?? ''}`, value })),
  );
  const { tries: _tries, reason: _reason, ...value } = job.value;
  job.value = value;
  await writeInspection(services, job, {
    done: value.done + 1,
    items: value.items + results.length,
    bytes: value.bytes + results.reduce((sum, { bytes }) => sum + bytes, 0),
    failed: value.failed + results.filter(({ isRight }) => !isRight).length,
    summary: addToSummary(value.summary, results, seconds),
  });
}

/** A point that does not open is a result too: nothing of it comes back. */
async function resultsOf(
  services: DrillServices,
  job: InspectionJob<Drill>,
  resourceId: ResourceId,
): Promise<readonly DrillResult[]> {
  const workload = (await services.records.resources.get(resourceId))?.value.workload ?? '';
  try {
    return await restoreSome(services, job, resourceId, workload);
  } catch (error) {
    const { fault } = damageOf(error);
    const check = { property: 'point.readable', isRight: false, found: fault.message };
    const at = instant(services.clock.now());
    return [{ resourceId, workload, because: [], bytes: 0, isRight: false, checks: [check], at }];
  }
}

async function restoreSome(
  services: DrillServices,
  job: InspectionJob<Drill>,
  resourceId: ResourceId,
  workload: Workload,
): Promise<readonly DrillResult[]> {
  const { repository, connectors, clock } = services;
  const point = await repository.points.find(resourceId, 'latest');
  const reader = await repository.points.open(resourceId, point.id);
  const { destination } = job.value;
  const { places } = await placesOf(services, destination.kind === 'places' ? destination.resources : []);
  const place = places.get(workload);
  const results: DrillResult[] = [];
  for (const { entry, because } of await chooseItems(reader.entries(), job.value.sampleSize, job.value.seed)) {
    const { checks: inMemory, bytes } = await drillItem(services, reader, entry, connectors.get(workload)?.description);
    // What does not come back whole to memory is never written anywhere.
    const isFit = bytes <= LARGEST_PLACED && inMemory.every(({ isRight }) => isRight);
    const inPlace = place && isFit ? await drillInPlace(services, place, job.value.id, entry) : [];
    const checks = [...inMemory, ...inPlace];
    results.push({
      resourceId,
      workload,
      pointId: point.id,
      itemId: entry.id,
      because,
      bytes,
      ...(inPlace.length > 0 && { placed: true }),
      isRight: checks.every(({ isRight }) => isRight),
      checks,
      at: instant(clock.now()),
    });
    // Somebody else may have taken it over while a large item was read.
    await writeInspection(services, job, {});
  }
  return results;
}

/** Told at once, when something did not come back as it was promised. What went well is for the summary. */
export interface DrillFailed {
  readonly kind: 'drillFailed';
  readonly drill: string;
  readonly items: number;
  readonly failed: number;
}

async function finish(services: DrillServices, job: InspectionJob<Drill>): Promise<void> {
  const { id, items, failed } = job.value;
  if (failed > 0) {
    const told: DrillFailed = { kind: 'drillFailed', drill: id, items, failed };
    await services.records.outbox.add(`drill-${id}`, told);
  }
  await letGo(services, job, { state: 'done', finishedAt: instant(services.clock.now()) });
  services.log.info('drill.ended', { drill: id, items, failed });
}
