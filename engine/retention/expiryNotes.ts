import { instant, type Instant, type PointId, type ResourceId } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { RetentionServices } from './retentionServices.ts';

type Services = Pick<RetentionServices, 'records' | 'clock'>;

/** Before anything goes: which points are to go, of what. Some may stay after all; a kill right after it tells them again. */
export async function noteExpiring(
  { records, clock }: Services,
  { id, workload }: ProtectedResource,
  going: readonly RestorePoint[],
): Promise<void> {
  await records.audit.append({
    at: instant(clock.now()),
    who: 'system',
    action: 'points.expiring',
    on: {
      resource: id,
      workload,
      count: String(going.length),
      from: going[0]?.takenAt ?? '',
      to: going.at(-1)?.takenAt ?? '',
      points: going.map((point) => point.id).join(', '),
    },
    result: 'done',
  });
}

/** What really went. After a kill it may be told twice, with the same ids: whoever counts counts ids. */
export async function noteExpired(
  { records }: Pick<Services, 'records'>,
  resource: ResourceId,
  gone: readonly PointId[],
  at: Instant,
): Promise<void> {
  await records.audit.append({
    at,
    who: 'system',
    action: 'points.expired',
    on: { resource, count: String(gone.length), points: gone.join(', ') },
    result: 'done',
  });
}
