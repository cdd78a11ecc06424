import { instant, type Instant, type PointId, type ResourceId } from '../model/ids.ts';
import type { LegalHold } from '../model/hold.ts';
import type { BackupPolicy } from '../model/policy.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { ChangeWish, WaitingChange } from '../model/waitingChange.ts';
import { decideRetention, type Decision } from './decideRetention.ts';
import { expireResource, type Pass } from './expire.ts';
import { listRefusals, type ExpiryRefusal } from './expiryRefusals.ts';
import { expiryTick } from './expiryTick.ts';
import { askToGiveUp } from './askToGiveUp.ts';
import { askForRelease, liftBrake, setHold, type NewHold } from './holds.ts';
import { previewRetention } from './previewRetention.ts';
import { allPoints, factsOf, rulesOf } from './retentionFacts.ts';
import type { RetentionServices } from './retentionServices.ts';
import { readStanding } from './standing.ts';
import {
  applyDueChanges,
  approveChange,
  askForChange,
  withdrawChange,
  type Administrator,
  type ChangeServices,
} from './waitingChanges.ts';

/** Retention as timers, queues and routes call it. */
export interface RetentionFlow {
  /** One message: a pass over one resource. */
  expire(resource: ResourceId): Promise<Pass>;
  /** Every five minutes: applies what waited long enough, and once a day nudges every resource. */
  tick(): Promise<void>;
  /** Why each point is still there, and when it goes: for people, by this machine's clock. */
  explain(resource: ProtectedResource): Promise<Decision>;
  /** Until when each visible point stays at the latest; undefined where nobody knows. Empty for what has no record. */
  promises(resource: ResourceId): Promise<ReadonlyMap<PointId, Instant | undefined>>;
  /** Of whom nothing expires because something is not as it should be, and since when. */
  refusals(): Promise<readonly ExpiryRefusal[]>;
  /** What would go if the rules of `policy`, as given, counted alone. */
  preview(policy: BackupPolicy): ReturnType<typeof previewRetention>;
  setHold(by: Administrator, wish: NewHold): Promise<LegalHold>;
  askForRelease(by: Administrator, hold: string, reason?: string): Promise<WaitingChange>;
  liftBrake(by: Administrator, resource: ResourceId, reason: string): Promise<void>;
  /** A restore point whose root is lost. */
  askToGiveUp(by: Administrator, resource: ResourceId, point: PointId, reason: string): Promise<WaitingChange>;
  ask(by: Administrator, wish: ChangeWish, reason?: string): Promise<WaitingChange>;
  approve(by: Administrator, change: string): Promise<WaitingChange>;
  withdraw(by: Administrator, change: string): Promise<WaitingChange>;
}

export function retentionFlow(services: RetentionServices & ChangeServices): RetentionFlow {
  const now = (): Instant => instant(services.clock.now());
  const explain = async (resource: ProtectedResource): Promise<Decision> => {
    const policies = (await services.records.policies.list()).map(({ value }) => value);
    const points = await allPoints(services, resource.id);
    const facts = await factsOf(services, resource, await readStanding(services.tables, resource.id), now());
    return decideRetention(points, rulesOf(resource, policies), now(), facts);
  };
  return {
    expire: (resource) => expireResource(services, resource),
    async tick() {
      if (await services.isInSafeMode()) return;
      try {
        await applyDueChanges(services);
      } finally {
        // Points go on expiring whatever became of a change.
        await expiryTick(services);
      }
    },
    explain,
    async promises(id) {
      const resource = (await services.records.resources.get(id))?.value;
      const { points } = resource === undefined ? { points: [] } : await explain(resource);
      return new Map(points.map((verdict) => [verdict.point.id, verdict.keep ? verdict.expiresAt : now()]));
    },
    refusals: () => listRefusals(services),
    preview: (policy) => previewRetention(services, policy, now()),
    setHold: (by, wish) => setHold(services, by, wish),
    askForRelease: (by, hold, reason) => askForRelease(services, by, hold, reason),
    liftBrake: (by, resource, reason) => liftBrake(services, by, resource, reason),
    askToGiveUp: (by, resource, point, reason) => askToGiveUp(services, by, resource, point, reason),
    ask: (by, wish, reason) => askForChange(services, by, wish, reason),
    approve: (by, change) => approveChange(services, by, change),
    withdraw: (by, change) => withdrawChange(services, by, change),
  };
}
