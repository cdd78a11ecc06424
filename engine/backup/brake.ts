import { isFault } from '../fault.ts';
import type { Brake } from '../model/hold.ts';
import type { Instant, ResourceId, RunId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import type { RestorePoint } from '../model/point.ts';
import type { PointReader } from '../repository/repository.ts';
import { allPages } from './allPages.ts';
import type { BackupSettings } from './defaults.ts';
import type { Job } from './job.ts';

/** Told when expiry of a resource pauses: somebody should look at what happened to it. */
export interface ExpiryPaused {
  readonly kind: 'expiryPaused';
  readonly run: RunId;
  readonly resource: ResourceId;
  readonly changed: number;
  readonly removed: number;
  readonly of: number;
}

const atOnce = 1000;

/** Is this more than a resource changes by itself? Few items say nothing. Pure. */
export const isMassChange = (
  { changed, removed, of }: Pick<Brake, 'changed' | 'removed' | 'of'>,
  { brakeShare, brakeItems }: Pick<BackupSettings, 'brakeShare' | 'brakeItems'>,
): boolean => changed + removed >= brakeItems && changed + removed > of * brakeShare;

/**
 * At the end of a round: when it changed the content of, or removed, so much of what was known before that it may be an
 * attack or an accident, nothing of this resource expires until an administrator lifts the brake. May be repeated.
 */
export async function brakeOnMassChange(job: Job): Promise<void> {
  const { services, state, resource, run, settings, head } = job;
  // Bounds of what the exact count can say: nearly every round ends here. What an interrupted round stored is known by now.
  const { stored, reused, removed: left } = state.counts;
  const told = state.goesOn === true ? stored + reused : stored;
  if (state.first || head.newestPoint === undefined || told + left < settings.brakeItems) return;
  const { points } = services.repository;
  const before = await completeBefore(job, state.startedAt);
  if (before === undefined) return;
  if (!isMassChange({ changed: told, removed: left, of: before.counts.items }, settings)) return;
  const facts = await compare(
    job,
    await points.open(resource.id, before.id),
    await points.open(resource.id, head.newestPoint),
  );
  if (!isMassChange(facts, settings)) return;
  const { records, log } = services;
  const brake: Brake = { resourceId: resource.id, since: job.now(), runId: run.id, ...facts };
  const on = { resource: resource.id, run: run.id, changed: `${facts.changed}`, removed: `${facts.removed}` };
  try {
    const noted = { at: brake.since, who: 'system', action: 'expiry.pause', on, result: 'done' } as const;
    await records.brakes.create(resource.id, brake, noted);
  } catch (error) {
    // It is on already.
    if (!isFault(error, 'conflict')) throw error;
  }
  const notice: ExpiryPaused = { kind: 'expiryPaused', run: run.id, resource: resource.id, ...facts };
  await records.outbox.add(`brake-${run.id}-${resource.id}`, notice);
  log.warn('backup.expiryPaused', { ...on, of: facts.of });
}

/** The newest whole point from before the round. */
async function completeBefore({ services, resource }: Job, time: Instant): Promise<RestorePoint | undefined> {
  const list = async (token?: string) => {
    const { points, nextPageToken } = await services.repository.points.list(resource.id, token);
    return { value: points, ...(nextPageToken !== undefined && { nextPageToken }) };
  };
  for await (const point of allPages(list)) if (point.takenAt <= time && point.status !== 'partial') return point;
  return undefined;
}

/** Items of `before` whose content is another one, and those that are not there any more. A move or a new name is neither. */
async function compare(
  job: Job,
  before: PointReader,
  after: PointReader,
): Promise<Pick<Brake, 'changed' | 'removed' | 'of'>> {
  let changed = 0;
  let found = 0;
  const look = async (entries: readonly Entry[]): Promise<void> => {
    await job.beat();
    const known = await before.items(entries.map(({ id }) => id));
    found += known.size;
    for (const { id, sha256 } of entries) if (known.has(id) && known.get(id)?.sha256 !== sha256) changed++;
  };
  let batch: Entry[] = [];
  for await (const entry of after.entries()) {
    if (!entry.container) batch.push(entry);
    if (batch.length < atOnce) continue;
    await look(batch);
    batch = [];
  }
  await look(batch);
  const of = before.point.counts.items;
  return { changed, removed: Math.max(0, of - found), of };
}
