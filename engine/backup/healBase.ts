import { isDeepStrictEqual } from 'node:util';
import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { Job } from './job.ts';
import { newRound } from './roundState.ts';

/**
 * After a fault that says that something stored is lost: is it the newest point itself, its root, a page, a directory? Then
 * the round begins anew on what can be read of it or of an older one, everything is listed, and what is known nowhere is
 * fetched. Nothing that is shown changes before the next point is visible. False when the fault means something else.
 */
export async function healBase(job: Job, error: unknown): Promise<boolean> {
  const { head, services, resource, run, state } = job;
  const of = head.newestPoint;
  if (!isFault(error, 'missing', 'corrupt', 'unsupported') || of === undefined || error.origin !== 'storage')
    return false;
  const { points, damage } = services.repository;
  const basis = await points.findBasis(resource.id, of);
  if (basis === undefined || isDeepStrictEqual(basis, state.basis)) return false;
  services.log.error('backup.pointDamaged', { resource: resource.id, point: of, on: basis.on ?? 'nothing' });
  await damage.notePoints(resource.id, [of]);
  job.abandon();
  const base = await points.openBasis(resource.id, basis);
  const now = instant(services.clock.now());
  const isDamaged = [...job.damaged.keys()].some((id) => job.hasLostContent(id));
  const fresh = newRound(run.id, now, base, undefined, state.full, isDamaged, { of, basis });
  await job.commit({
    state: (_before, slice) => ({ ...fresh, firstSlice: slice, published: state.published }),
  });
  return true;
}
