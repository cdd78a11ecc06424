import type { Policy, PolicyDraft, PolicyPatch, Rehearsal } from '../../../contract/policies.ts';
import { allPages } from '../../../engine/backup/allPages.ts';
import { nextSlot } from '../../../engine/backup/duePolicies.ts';
import type { PolicyNotes } from '../../../engine/backup/lastRuns.ts';
import { groupSentence, troublesOf } from '../../../engine/backup/groups.ts';
import { groupsNamed, rehearse, type ProtectionChange } from '../../../engine/backup/planRun.ts';
import { instant, type PolicyId, type UserId } from '../../../engine/model/ids.ts';
import type { BackupPolicy, HeldRetention } from '../../../engine/model/policy.ts';
import type { Versioned } from '../../../engine/records/records.ts';
import { isOpen } from '../../../engine/model/waitingChange.ts';
import { ownRules } from '../../../engine/retention/applyWish.ts';
import { heldAfter, longest } from '../../../engine/retention/heldRetention.ts';
import type { Services } from '../../services.ts';
import { administrator } from '../administrator.ts';
import { empty, json } from '../answer.ts';
import { audit, auditEntry } from '../audit.ts';
import { headerOf, insistOnVersion, unlessChanged, wordOf } from '../etag.ts';
import type { Handlers } from '../handler.ts';
import { cutPages } from '../paging.ts';
import { badInput, notFound } from '../problem.ts';

type PolicyRoute =
  | 'listPolicies'
  | 'createPolicy'
  | 'getPolicy'
  | 'changePolicy'
  | 'removePolicy'
  | 'acceptRetention'
  | 'rehearsePolicy'
  | 'startPolicyRun';

export const policyRoutes: Handlers<PolicyRoute> = {
  listPolicies:
    async ({ services }) =>
    async ({ query }) => {
      const policies = await services.records.policies.list();
      const [known, waiting] = await Promise.all([notesOn(services, policies), waitingOn(services)]);
      const page = await cutPages(
        async () => ({ value: policies }),
        (policy) => present(policy, services, known, waiting),
        { size: query.pageSize, token: query.pageToken },
      );
      return json(page);
    },

  createPolicy:
    async (asked) =>
    async ({ body }) => {
      const { services, caller } = asked;
      const policies = await services.records.policies.list();
      insistOnWorkloads(body.scope.workloads, services);
      const policy: BackupPolicy = {
        ...withoutNulls(body),
        id: Buffer.from(services.random.bytes(16)).toString('hex') as PolicyId,
        order: body.order ?? Math.max(0, ...policies.map(({ value }) => value.order + 1)),
        createdAt: instant(services.clock.now()),
        createdBy: caller.id as UserId,
        ...(caller.name === '' ? {} : { createdByName: caller.name }),
      };
      const stored = await services.records.policies.create(
        policy,
        auditEntry(asked, 'policy.create', { policy: policy.id, name: policy.name }),
      );
      await services.backup.applyPolicies();
      return json(present(stored, services), 201, {
        Location: `/api/policies/${policy.id}`,
        ETag: headerOf(stored.etag),
      });
    },

  getPolicy: async ({ services, params }) => {
    const policy = await findPolicy(services, params.id);
    return async () =>
      json(present(policy, services, await notesOn(services, [policy]), await waitingOn(services)), 200, {
        ETag: headerOf(policy.etag),
      });
  },

  changePolicy: async (asked) => {
    const { services, params, call } = asked;
    const stored = await findPolicy(services, params.id);
    return async ({ body }) => {
      insistOnVersion(call, body.etag, stored.etag);
      const changed = patched(stored.value, body);
      insistOnWorkloads(changed.scope.workloads, services);
      const on = { policy: changed.id, name: changed.name, changed: changedNames(body) };
      const saved = await unlessChanged(call, () =>
        services.records.policies.update(changed, stored.etag, auditEntry(asked, 'policy.change', on)),
      );
      await services.backup.applyPolicies();
      return json(present(saved, services, await notesOn(services, [saved])), 200, { ETag: headerOf(saved.etag) });
    };
  },

  removePolicy: async (asked) => {
    const { services, params, call } = asked;
    const stored = await findPolicy(services, params.id);
    return async () => {
      insistOnVersion(call, undefined, stored.etag);
      const { id, name } = stored.value;
      await unlessChanged(call, () =>
        services.records.policies.remove(id, stored.etag, auditEntry(asked, 'policy.remove', { policy: id, name })),
      );
      await services.backup.applyPolicies();
      return empty;
    };
  },

  acceptRetention: async (asked) => {
    const { services, params, call, caller } = asked;
    const stored = await findPolicy(services, params.id);
    return async ({ body }) => {
      insistOnVersion(call, body?.etag, stored.etag);
      const known = await notesOn(services, [stored]);
      const before = heldNow(stored.value, known.get(stored.value.id));
      if (before !== undefined)
        await services.retention.ask(administrator(caller), {
          kind: 'shorterRetention',
          policyId: stored.value.id,
          before,
          after: ownRules(stored.value),
        });
      const waiting = await waitingOn(services);
      return json(present(stored, services, known, waiting), 200, { ETag: headerOf(stored.etag) });
    };
  },

  rehearsePolicy: async ({ services, params }) => {
    const stored = await findPolicy(services, params.id);
    return async ({ body }) => {
      const policies = (await services.records.policies.list()).map(({ value }) => value);
      const changed = patched(stored.value, body ?? {});
      const resources = await Array.fromAsync(allPages((token) => services.records.resources.list({}, token)));
      const { members, troubles } = await services.backup.groups([...policies, changed]);
      const after = [...policies.filter(({ id }) => id !== changed.id), changed];
      const gone = troubles.filter(({ kind }) => kind === 'gone').map(({ group }) => group);
      const left = gone.filter((group) => groupsNamed(after).has(group));
      const sentences = troublesOf(changed, troubles).map(groupSentence);
      return json({
        ...summary(rehearse(policies, changed, resources, members), resources.length),
        ...(left.length > 0 ? { groupsGone: left } : {}),
        ...(sentences.length > 0 ? { troubles: sentences } : {}),
      });
    };
  },

  startPolicyRun: async (asked) => {
    const { services, params, caller } = asked;
    const policy = await findPolicy(services, params.id);
    return async ({ body }) => {
      const id = await services.backup.startPolicyRun(policy.value.id, caller.id as UserId, {
        compare: body?.compare === true,
      });
      await audit(asked, 'run.start', { run: id, policy: policy.value.id });
      return json({ id }, 202, { Location: `/api/runs/${id}` });
    };
  },
};

async function findPolicy(services: Services, id: string): Promise<Versioned<BackupPolicy>> {
  const policy = await services.records.policies.get(id as PolicyId);
  if (policy === undefined) throw notFound('policy');
  return policy;
}

/** The longer rules that count besides its own: of an earlier state of the policy, or of where its resources come from. */
const heldNow = ({ heldRetention }: BackupPolicy, notes: PolicyNotes | undefined): HeldRetention | undefined =>
  longest([heldRetention, notes?.heldRetention].filter((rules) => rules !== undefined));

type Notes = ReadonlyMap<PolicyId, PolicyNotes>;

/** What the runs of these policies tell about them. */
const notesOn = ({ backup }: Services, stored: readonly Versioned<BackupPolicy>[]): Promise<Notes> =>
  backup.policyNotes(stored.map(({ value }) => value));

/** The waiting change that makes the shorter rules of a policy count. */
async function waitingOn({ records }: Services): Promise<ReadonlyMap<PolicyId, string>> {
  const open = (await records.waitingChanges.list()).filter(({ value }) => isOpen(value));
  return new Map(
    open.flatMap(({ value: { id, wish } }) => (wish.kind === 'shorterRetention' ? [[wish.policyId, id]] : [])),
  );
}

function present(
  { value, etag }: Versioned<BackupPolicy>,
  services: Services,
  known?: Notes,
  waiting?: ReadonlyMap<PolicyId, string>,
): Policy {
  const waitingChange = waiting?.get(value.id);
  const notes = known?.get(value.id);
  const { troubles = [], lastRunAt } = notes ?? {};
  const held = heldNow(value, notes);
  const nextRunAt = nextSlot(value, instant(services.clock.now()));
  const { scope, schedule, quietHours, heldRetention: _held, retentionAcceptedAt: _accepted, ...rest } = value;
  return {
    ...rest,
    scope: { ...scope, include: [...scope.include], exclude: [...scope.exclude], workloads: [...scope.workloads] },
    schedule: 'times' in schedule ? { ...schedule, times: [...schedule.times] } : schedule,
    ...(quietHours === undefined ? {} : { quietHours }),
    ...(held === undefined ? {} : { heldRetention: held }),
    ...(waitingChange === undefined ? {} : { waitingChange }),
    etag: wordOf(etag),
    ...(lastRunAt === undefined ? {} : { lastRunAt }),
    ...(nextRunAt === undefined ? {} : { nextRunAt }),
    ...(troubles.length > 0 ? { troubles: [...troubles] } : {}),
  };
}

/** `null` for the quiet hours takes them away; what is not named stays, and longer retention holds until it is let go. */
export function patched(policy: BackupPolicy, change: PolicyPatch): BackupPolicy {
  const { etag: _, quietHours, ...patch } = change;
  const { quietHours: former, heldRetention: _held, ...rest } = policy;
  const hours = quietHours === undefined ? former : (quietHours ?? undefined);
  const changed = { ...rest, ...withoutNulls(patch), ...(hours === undefined ? {} : { quietHours: hours }) };
  const held = heldAfter(policy, changed);
  return { ...changed, ...(held === undefined ? {} : { heldRetention: held }) };
}

/** JSON has no way to say "not given" other than to leave it out; the parser leaves `undefined` behind. */
function withoutNulls<Value extends Partial<PolicyDraft>>(value: Value) {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [Key in keyof Value]: Exclude<Value[Key], undefined>;
  };
}

const changedNames = (patch: PolicyPatch): string =>
  Object.keys(patch)
    .filter((name) => name !== 'etag')
    .join(', ');

function insistOnWorkloads(workloads: readonly string[], services: Services): void {
  const unknown = workloads.filter((workload) => !services.connectors.has(workload));
  if (unknown.length > 0)
    throw badInput([
      {
        field: 'scope.workloads',
        message: `names ${unknown.join(', ')}, which this version does not know (it knows: ${[...services.connectors.keys()].join(', ')})`,
      },
    ]);
}

function summary(changes: readonly ProtectionChange[], resources: number): Rehearsal {
  const of = (kind: ProtectionChange['change']) => changes.filter(({ change }) => change === kind);
  const shown = (kind: ProtectionChange['change']) =>
    of(kind)
      .slice(0, 200)
      .map(({ resource }) => ({ resourceId: resource.id, name: resource.name, workload: resource.workload }));
  return {
    counts: {
      gains: of('gains').length,
      loses: of('loses').length,
      changes: of('moves').length,
      unchanged: resources - changes.length,
    },
    gains: shown('gains'),
    loses: shown('loses'),
    changes: shown('moves'),
  };
}
