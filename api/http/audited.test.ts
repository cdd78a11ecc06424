import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { paths, type RouteName } from '../../contract/paths.ts';
import type { AppRole } from '../../contract/roles.ts';
import { allPages } from '../../engine/backup/allPages.ts';
import { instant, type ItemId, type PointId, type RequestId, type UserId } from '../../engine/model/ids.ts';
import { scriptedPlace } from '../../engine/restore/testing/scriptedPlace.ts';
import { aBrake } from '../../engine/retention/testing/cases.ts';
import { listingShrank } from '../../engine/sweep/listing.ts';
import { noCounts, reportSetting, type SweepReport } from '../../engine/sweep/report.ts';
import { anAuditEntry } from '../../engine/testing/recordsWorld.ts';
import { furnished } from '../testing/furnished.ts';
import { mailStandIn } from '../testing/mailStandIn.ts';
import { carl } from '../testing/people.ts';
import type { ApiWorld } from '../testing/world.ts';
import { deeds } from './audit.ts';

const approver = 'dddddddd-0000-4000-8000-00000000000d';
const stranger = 'eeeeeeee-0000-4000-8000-00000000000e';
const unknown = 'f'.repeat(32);

/** Routes that change nothing although they are no GET. */
const CHANGES_NOTHING: readonly RouteName[] = ['rehearsePolicy', 'previewRetention', 'verifyAudit'];
const changes = (Object.keys(paths) as RouteName[]).filter(
  (name) => paths[name].method !== 'GET' && !CHANGES_NOTHING.includes(name),
);

let world: ApiWorld;
const tokenOf = (person: string, ...roles: readonly AppRole[]) => world.signIn.person(person, roles);
const admin = () => tokenOf(carl, 'Backup.Admin');

interface Case {
  readonly path: string;
  readonly body?: unknown;
  /** Whoever may; an admin without a word. */
  readonly token?: string;
}

const restore = (selection: object = { resourceId: world.mail.anna.id }, more: object = {}) => ({
  selection,
  destination: { kind: 'original' },
  conflict: 'keepBoth',
  includePermissions: false,
  reason: 'Lost',
  ...more,
});

async function send(
  name: RouteName,
  { path, body, token }: Case,
): Promise<{ status: number; answer: { id?: string; state?: string } }> {
  const answer = await world.send(path, {
    method: paths[name].method,
    token: token ?? (await admin()),
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  return { status: answer.status, answer: (text === '' ? {} : JSON.parse(text)) as { id?: string; state?: string } };
}

/** A request of its own, planned and in the state that the change needs. */
/** A verification that is through. */
async function verified(): Promise<string> {
  const { verification } = world.services;
  const id = await verification.start({ level: 'sampling' }, 'system' as UserId);
  await verification.onNudge({ verify: id });
  return id;
}

async function request(state: 'ready' | 'waiting' | 'done'): Promise<string> {
  const destination =
    state === 'waiting' ? { kind: 'resource', resourceId: world.mail.ben.id } : { kind: 'newFolder', name: 'Back' };
  const { answer } = await send('createRestore', {
    path: '/api/restore-requests',
    body: restore(undefined, { destination }),
  });
  const id = answer.id ?? '';
  await workedOn(id, 'planning');
  if (state === 'ready') return id;
  await send('runRestore', { path: `/api/restore-requests/${id}/run` });
  if (state === 'done') await workedOn(id, 'running');
  return id;
}

const aHold = { on: { kind: 'user', sourceId: carl }, reason: 'Case 1' };
const hold = async (): Promise<string> => (await send('setHold', { path: '/api/holds', body: aHold })).answer.id ?? '';
const change = async (): Promise<string> =>
  (await send('releaseHold', { path: `/api/holds/${await hold()}/release` })).answer.id ?? '';

/** Does what messages in the queue would have done, for as long as the request is in `state`. */
async function workedOn(id: string, state: string): Promise<void> {
  const token = await admin();
  for (let steps = 0; steps < 20; steps++) {
    const { answer } = await send('getRestore', { path: `/api/restore-requests/${id}`, token });
    if (answer.state !== state) return;
    await world.services.restore.onNudge(id as RequestId);
  }
  assert.fail(`the request stays ${state}`);
}

/** One change of each kind, as somebody may make it. */
const cases: Partial<Record<RouteName, () => Promise<Case>>> = {
  createPolicy: async () => ({
    path: '/api/policies',
    body: {
      name: 'Second',
      scope: { include: [{ kind: 'all' }], exclude: [], workloads: ['mail'], autoInclude: true },
      schedule: { everyHours: 24 },
      retention: { daily: 1, weekly: 1, monthly: 1, minimumCopies: 1 },
    },
  }),
  changePolicy: async () => ({ path: `/api/policies/${world.policy.id}`, body: { name: 'Renamed' } }),
  acceptRetention: async () => {
    const retention = { daily: 1, weekly: 0, monthly: 0, minimumCopies: 1 };
    await send('changePolicy', { path: `/api/policies/${world.policy.id}`, body: { retention } });
    return { path: `/api/policies/${world.policy.id}/accept-retention` };
  },
  startPolicyRun: async () => ({ path: `/api/policies/${world.policy.id}/runs` }),
  cancelRun: async () => {
    const { answer } = await send('startPolicyRun', { path: `/api/policies/${world.policy.id}/runs` });
    return { path: `/api/runs/${answer.id ?? ''}/cancel` };
  },
  startResourceRun: async () => ({ path: `/api/resources/${world.mail.anna.id}/runs` }),
  removePolicy: async () => ({ path: `/api/policies/${world.policy.id}` }),
  createRestore: async () => ({ path: '/api/restore-requests', body: restore() }),
  planRestore: async () => ({ path: `/api/restore-requests/${await request('ready')}/plan` }),
  runRestore: async () => ({ path: `/api/restore-requests/${await request('ready')}/run` }),
  withdrawRestore: async () => ({ path: `/api/restore-requests/${await request('ready')}/withdraw` }),
  cancelRestore: async () => ({ path: `/api/restore-requests/${await request('ready')}/cancel` }),
  undoRestore: async () => ({ path: `/api/restore-requests/${await request('done')}/undo` }),
  approveRestore: async () => ({
    path: `/api/restore-requests/${await request('waiting')}/approve`,
    token: await tokenOf(approver, 'Backup.Approver'),
  }),
  declineRestore: async () => ({
    path: `/api/restore-requests/${await request('waiting')}/decline`,
    body: { reason: 'No' },
    token: await tokenOf(approver, 'Backup.Approver'),
  }),
  setHold: async () => ({ path: '/api/holds', body: aHold }),
  releaseHold: async () => ({ path: `/api/holds/${await hold()}/release` }),
  approveChange: async () => ({
    path: `/api/waiting-changes/${await change()}/approve`,
    token: await tokenOf(approver, 'Backup.Admin'),
  }),
  withdrawChange: async () => ({ path: `/api/waiting-changes/${await change()}/withdraw` }),
  resumeExpiry: async () => {
    const { id } = world.mail.anna;
    const { records, clock } = world.services;
    await records.brakes.create(id, { ...aBrake(instant(clock.now())), resourceId: id }, anAuditEntry('expiry.pause'));
    return { path: `/api/resources/${id}/resume-expiry`, body: { reason: 'Looked at it' } };
  },
  giveUpPoint: async () => {
    const { id } = await world.publish(world.mail.ben, [{ name: 'lost', content: 'x' }]);
    world.blobs.tamper('repository', `points/${world.mail.ben.id}/${id}`, () => undefined);
    return { path: `/api/resources/${world.mail.ben.id}/points/${id}/give-up`, body: { reason: 'Lost for good' } };
  },
  acceptListing: async () => {
    const at = instant(world.services.clock.now());
    const report = { cycle: 1, startedAt: at, ...noCounts, refused: 'The list shrank.', refusedCode: listingShrank };
    await world.services.records.settings.put<SweepReport>(reportSetting, report);
    return { path: '/api/cleanup/accept-listing', body: { reason: 'Looked at it' } };
  },
  putSettings: async () => ({ path: '/api/settings/selfService', body: { enabled: false, download: false } }),
  acceptLoss: async () => {
    const { services, mail } = world;
    const [point, at] = ['f'.repeat(32) as PointId, instant(services.clock.now())];
    const itemId = 'e'.repeat(32) as ItemId;
    const why = { sourceId: 's', name: 'n', reason: 'gone', packs: [], kind: 'missing', area: 'content' } as const;
    await services.repository.damage.note(mail.ben.id, [
      { ...why, itemId, at, point, points: [point], inNewest: false },
    ]);
    return { path: `/api/resources/${mail.ben.id}/accept-loss`, body: { reason: 'Lost for good' } };
  },
  startVerification: async () => ({ path: '/api/verify' }),
  startRepair: async () => ({ path: `/api/verifications/${await verified()}/repair` }),
  startDrill: async () => ({ path: '/api/drills' }),
  rotateKeys: async () => ({ path: '/api/keys/rotate' }),
  verifyKey: async () => ({ path: '/api/keys/verify', body: { recoveryKey: `${'A'.repeat(43)}=` } }),
};

/** Where the role lets everybody ask, the refusal comes from what is asked: somebody else's data or request. */
const refusals: Partial<Record<RouteName, () => Promise<Case & { readonly status: 403 | 404 | 409 }>>> = {
  createRestore: async () => ({
    path: '/api/restore-requests',
    body: restore(),
    token: await tokenOf(stranger),
    status: 404,
  }),
  approveRestore: async () => ({ path: `/api/restore-requests/${await request('waiting')}/approve`, status: 403 }),
  declineRestore: async () => ({
    path: `/api/restore-requests/${await request('waiting')}/decline`,
    body: { reason: 'No' },
    status: 403,
  }),
  // Only who asked may start or withdraw it, whatever else they are.
  runRestore: async () => ({
    path: `/api/restore-requests/${await request('ready')}/run`,
    token: await tokenOf(approver, 'Backup.Admin'),
    status: 403,
  }),
  withdrawRestore: async () => ({
    path: `/api/restore-requests/${await request('ready')}/withdraw`,
    token: await tokenOf(approver, 'Backup.Admin'),
    status: 403,
  }),
  // Nobody who sees a request is kept from these; what refuses them is how far it has come.
  planRestore: async () => ({ path: `/api/restore-requests/${await request('done')}/plan`, status: 409 }),
  cancelRestore: async () => ({ path: `/api/restore-requests/${await request('done')}/cancel`, status: 409 }),
  undoRestore: async () => ({ path: `/api/restore-requests/${await request('ready')}/undo`, status: 409 }),
};

const noted = async (action: string) =>
  (await Array.fromAsync(allPages((token) => world.services.records.audit.list(token)))).filter(
    (entry) => entry.action === action,
  );

describe('the audit', () => {
  before(async () => {
    world = await furnished();
    const { connectors } = world.services;
    assert.ok(connectors instanceof Map);
    connectors.set('mail', { ...mailStandIn, restore: scriptedPlace().connector.restore });
  });

  it('knows every change that the API offers', () => {
    assert.deepEqual(Object.keys(deeds).toSorted(), changes.toSorted());
    assert.deepEqual(Object.keys(cases).toSorted(), changes.toSorted());
  });

  for (const name of Object.keys(cases) as RouteName[]) {
    const deed = deeds[name] ?? '';
    it(`holds one entry for each ${deed} (${name})`, async () => {
      const one = await cases[name]?.();
      assert.ok(one);
      const before = (await noted(deed)).length;
      const { status, answer } = await send(name, one);
      assert.ok(status < 300, `${status}: ${JSON.stringify(answer)}`);
      const after = await noted(deed);
      assert.equal(after.length, before + 1);
    });

    it(`holds one entry for each refused ${deed} (${name})`, async () => {
      const refusal = await refusals[name]?.();
      const stranded = {
        path: `/api${paths[name].path.replace('{name}', 'access').replaceAll(/\{\w+\}/g, unknown)}`,
        token: await tokenOf(stranger, 'Backup.Auditor'),
        status: 403,
      };
      const one = refusal ?? stranded;
      const before = (await noted(deed)).length;
      assert.equal((await send(name, one)).status, one.status);
      const after = await noted(deed);
      assert.deepEqual([after.length, after[0]?.result], [before + 1, 'refused']);
    });
  }
});
