import { underPolicies } from '../backup/applyPolicies.ts';
import { allPages } from '../backup/allPages.ts';
import { isFault } from '../fault.ts';
import type { Instant, PolicyId } from '../model/ids.ts';
import type { BackupPolicy } from '../model/policy.ts';
import type { ProtectedResource } from '../model/resource.ts';
import { inParallel } from '../repository/inParallel.ts';
import { decideRetention } from './decideRetention.ts';
import { allPoints, factsOf, rulesOf } from './retentionFacts.ts';
import type { RetentionServices } from './retentionServices.ts';
import { readStanding } from './standing.ts';

/** What shorter rules would do to one resource. */
export interface ResourcePreview {
  readonly resource: ProtectedResource;
  readonly points: number;
  /** Kept by the rules as they are now, and by the shorter ones no more. */
  readonly goes: number;
  /** When the oldest point that stays was taken, now and then. */
  readonly oldestNow?: Instant;
  readonly oldestThen?: Instant;
}

export interface RetentionPreview {
  readonly resources: number;
  readonly points: number;
  readonly loses: readonly ResourcePreview[];
  readonly refused: number;
}

const atOnce = 8;

/**
 * What goes when `policy`, as given, counts with its own rules alone: decided for every point of every resource it
 * protects, with both rules. Only resources that lose points; changes nothing. `refused`: how many have something that does
 * not open, so that nothing of them goes until that is put right, and nobody knows what goes then.
 */
export async function previewRetention(
  services: Pick<RetentionServices, 'records' | 'tables' | 'repository'>,
  policy: BackupPolicy,
  now: Instant,
): Promise<RetentionPreview> {
  const policies = (await services.records.policies.list()).map(({ value }) => value);
  const { heldRetention: _held, ...bare } = policy;
  const accepted = [...policies.filter(({ id }) => id !== policy.id), { ...bare, retentionAcceptedAt: now }];
  const mine = await resourcesOf(services, policy.id);
  const loses: ResourcePreview[] = [];
  let all = 0;
  let refused = 0;
  const look = async (resource: ProtectedResource): Promise<void> => {
    const points = await allPoints(services, resource.id);
    all += points.length;
    const facts = await factsOf(services, resource, await readStanding(services.tables, resource.id), now);
    const keptBy = (rules: ReturnType<typeof rulesOf>) =>
      decideRetention(points, rules, now, facts).points.filter(({ keep }) => keep);
    const [before, after] = [
      keptBy(rulesOf(resource, policies)),
      keptBy(rulesOf(underPolicies(resource, accepted, now), accepted)),
    ];
    const goes = before.length - after.length;
    if (goes <= 0) return;
    const [oldestNow, oldestThen] = [before.at(-1)?.point.takenAt, after.at(-1)?.point.takenAt];
    loses.push({
      resource,
      points: points.length,
      goes,
      ...(oldestNow && { oldestNow }),
      ...(oldestThen && { oldestThen }),
    });
  };
  await inParallel(mine, atOnce, async (resource) => {
    try {
      await look(resource);
    } catch (error) {
      if (!isFault(error, 'corrupt', 'missing', 'unsupported')) throw error;
      refused += 1;
    }
  });
  return { resources: mine.length, points: all, refused, loses: loses.toSorted((a, b) => b.goes - a.goes) };
}

async function resourcesOf(
  { records }: Pick<RetentionServices, 'records'>,
  policy: PolicyId,
): Promise<ProtectedResource[]> {
  const mine: ProtectedResource[] = [];
  for await (const resource of allPages((token) => records.resources.list({}, token)))
    if (resource.policyId === policy) mine.push(resource);
  return mine;
}
