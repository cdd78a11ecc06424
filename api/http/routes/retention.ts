import type { PolicyPatch } from '../../../contract/policies.ts';
import type { Hold, RetentionPreview, WaitingChange } from '../../../contract/retention.ts';
import { allPages } from '../../../engine/backup/allPages.ts';
import { isFault } from '../../../engine/fault.ts';
import { covers, isInForce, type LegalHold } from '../../../engine/model/hold.ts';
import { instant, type PointId, type PolicyId } from '../../../engine/model/ids.ts';
import type { BackupPolicy, HeldRetention } from '../../../engine/model/policy.ts';
import type { WaitingChange as StoredChange } from '../../../engine/model/waitingChange.ts';
import { longest } from '../../../engine/retention/heldRetention.ts';
import { ownRules } from '../../../engine/retention/applyWish.ts';
import type { Services } from '../../services.ts';
import { administrator } from '../administrator.ts';
import { json } from '../answer.ts';
import { audit } from '../audit.ts';
import { findResource } from '../find.ts';
import type { Handlers } from '../handler.ts';
import { named, type Names } from '../named.ts';
import { cutPages } from '../paging.ts';
import { notFound } from '../problem.ts';
import { patched } from './policies.ts';
import { shownResource } from './resources.ts';

type RetentionRoute =
  | 'previewRetention'
  | 'giveUpPoint'
  | 'resumeExpiry'
  | 'listHolds'
  | 'setHold'
  | 'releaseHold'
  | 'listWaitingChanges'
  | 'approveChange'
  | 'withdrawChange';

/** Hours between consent and effect; see engine/retention/waitingChanges. */
const delayHours = 24;
const shownAtMost = 200;

export const retentionRoutes: Handlers<RetentionRoute> = {
  previewRetention: async ({ services, params }) => {
    const stored = await services.records.policies.get(params.id as PolicyId);
    if (stored === undefined) throw notFound('policy');
    return async ({ body }) => json(await previewOf(services, stored.value, body ?? {}));
  },

  giveUpPoint: async ({ services, caller, params }) => {
    const { resource } = await findResource(services, caller, params.id);
    return async ({ body }) => {
      const point = params.pointId as PointId;
      const by = administrator(caller);
      return json(
        await shownChange(services, await services.retention.askToGiveUp(by, resource.id, point, body.reason)),
        202,
      );
    };
  },

  resumeExpiry: async ({ services, caller, params }) => {
    const { resource } = await findResource(services, caller, params.id);
    return async ({ body }) => {
      await services.retention.liftBrake(administrator(caller), resource.id, body.reason);
      return json(await shownResource(services, caller, resource));
    };
  },

  listHolds:
    async ({ services }) =>
    async ({ query }) => {
      const now = instant(services.clock.now());
      const names = await services.roles.names();
      const holds = (await services.records.holds.list()).map(({ value }) => value);
      const covered = await coveredBy(services, holds);
      const value = holds
        .map((hold) => presentHold(hold, now, names, covered(hold)))
        .toSorted(
          (a, b) => Number(b.inForce) - Number(a.inForce) || b.setAt.localeCompare(a.setAt) || (a.id < b.id ? -1 : 1),
        );
      return json(
        await cutPages(
          async () => ({ value }),
          (hold) => hold,
          { size: query.pageSize, token: query.pageToken },
        ),
      );
    },

  setHold:
    async ({ services, caller }) =>
    async ({ body }) => {
      const { until, ...wish } = body;
      const hold = await services.retention.setHold(administrator(caller), {
        ...wish,
        ...(until !== undefined && { until: instant(Date.parse(until)) }),
      });
      const covered = await coveredBy(services, [hold]);
      return json(presentHold(hold, hold.setAt, new Map(), covered(hold)), 201);
    },

  releaseHold: async ({ services, caller, params }) => {
    if ((await services.records.holds.get(params.id)) === undefined) throw notFound('hold');
    return async ({ body }) =>
      json(
        await shownChange(
          services,
          await services.retention.askForRelease(administrator(caller), params.id, body?.reason),
        ),
        202,
      );
  },

  listWaitingChanges:
    async ({ services }) =>
    async ({ query }) => {
      const names = await services.roles.names();
      const changes = (await services.records.waitingChanges.list()).map(({ value }) => presentChange(value, names));
      const value = changes.toSorted((a, b) => b.askedAt.localeCompare(a.askedAt) || (a.id < b.id ? -1 : 1));
      return json(
        await cutPages(
          async () => ({ value }),
          (change) => (query.state === undefined || change.state === query.state ? change : undefined),
          { size: query.pageSize, token: query.pageToken },
        ),
      );
    },

  approveChange: async (asked) => {
    const { services, caller, params } = asked;
    await insistOnChange(services, params.id);
    return async () => {
      try {
        return json(await shownChange(services, await services.retention.approve(administrator(caller), params.id)));
      } catch (error) {
        // Who tried to be their own second person is written down, as one without the role is.
        if (isFault(error, 'forbidden')) await audit(asked, 'change.approve', { change: params.id }, 'refused');
        throw error;
      }
    };
  },

  withdrawChange: async ({ services, caller, params }) => {
    await insistOnChange(services, params.id);
    return async () =>
      json(await shownChange(services, await services.retention.withdraw(administrator(caller), params.id)));
  },
};

async function insistOnChange({ records }: Services, id: string): Promise<void> {
  if ((await records.waitingChanges.get(id)) === undefined) throw notFound('waiting change');
}

async function previewOf(services: Services, policy: BackupPolicy, patch: PolicyPatch): Promise<RetentionPreview> {
  const changed = patched(policy, patch);
  const { resources, points, loses, refused } = await services.retention.preview(changed);
  const notes = (await services.backup.policyNotes([policy])).get(policy.id);
  const present: HeldRetention = ownRules(policy);
  const held = [changed.heldRetention, notes?.heldRetention].filter((rules) => rules !== undefined);
  return {
    before: longest([present, ...held]) ?? present,
    after: ownRules(changed),
    effectiveAfterHours: delayHours,
    counts: {
      resources,
      points,
      losing: loses.length,
      goes: loses.reduce((sum, { goes }) => sum + goes, 0),
      ...(refused > 0 && { refused }),
    },
    resources: loses.slice(0, shownAtMost).map(({ resource, ...facts }) => ({
      resourceId: resource.id,
      name: resource.name,
      workload: resource.workload,
      ...facts,
    })),
  };
}

/** How many of the known resources each of the holds means: one that means none may have been meant for another id. */
async function coveredBy({ records }: Services, holds: readonly LegalHold[]): Promise<(hold: LegalHold) => number> {
  const counts = new Map<LegalHold, number>();
  if (holds.length > 0)
    for await (const resource of allPages((token) => records.resources.list({}, token)))
      for (const hold of holds) if (covers(hold, resource)) counts.set(hold, (counts.get(hold) ?? 0) + 1);
  return (hold) => counts.get(hold) ?? 0;
}

const presentHold = (hold: LegalHold, now: LegalHold['setAt'], names: Names, covered: number): Hold => ({
  ...named('setByName', hold.setBy, names),
  ...named('releasedByName', hold.releasedBy, names),
  ...hold,
  on: { ...hold.on },
  inForce: isInForce(hold, now),
  covers: covered,
});

/** With the names that were kept with it; where there are none, those that are known now. */
const presentChange = (change: StoredChange, names: Names): WaitingChange => ({
  ...named('askedByName', change.askedBy, names),
  ...('approvedBy' in change ? named('approvedByName', change.approvedBy, names) : {}),
  ...('endedBy' in change ? named('endedByName', change.endedBy, names) : {}),
  ...change,
  wish: { ...change.wish },
});

export const shownChange = async ({ roles }: Services, change: StoredChange): Promise<WaitingChange> =>
  presentChange(change, await roles.names());
