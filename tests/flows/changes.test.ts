/** Later backups: only what changed is fetched, whatever Microsoft 365 does meanwhile, and older states stay. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Item } from '../../contract/resources.ts';
import type { PolicyDraft } from '../../contract/policies.ts';
import type { Run } from '../../contract/runs.ts';
import { stableGuid } from '../../dev/tenant/seed/ids.ts';
import { PEOPLE } from '../../dev/tenant/seed/people.ts';
import {
  assertCurrent,
  assertLedgerBalanced,
  assertSameSet,
  contentOf,
  everything,
  finishedRun,
  Flow,
  leaves,
  restored,
  sha256,
  until,
  walk,
} from './harness.ts';

const OWNER = 'ines.vogt';
/** What the group Headquarters of the demo tenant holds: no person, but these groups. */
const DEPARTMENTS = ['Finance', 'Legal', 'People', 'Management'];
let flow: Flow;

before(async () => {
  flow = await Flow.start({ tenant: '--seed small' });
  const first = await flow.firstRun();
  assert.equal(first.status, 'complete', first.reason);
});

after(async () => {
  await flow?.product.remove();
});

/** A run of everything, or of one mailbox or drive of `OWNER`: balanced, and what it fetched. */
async function backUp(
  workload?: 'mail' | 'drive',
): Promise<{ run: Run; fetched: { mails: number; exports: number; files: number } }> {
  await flow.tenant.remove('counters');
  const run =
    workload === undefined ? await flow.backUp() : await flow.backUpResource(await flow.resource(workload, OWNER));
  assert.equal(run.state, 'completed', run.reason);
  await assertLedgerBalanced(flow.admin, run);
  return { run, fetched: await flow.tenant.fetched() };
}

/** The newest restore points hold what the tenant holds: all of them, or that of one resource of `OWNER`. */
const assertUpToDate = async (workload?: 'mail' | 'drive') =>
  assertCurrent(flow, workload === undefined ? undefined : [await flow.resource(workload, OWNER)]);

const find = (items: readonly Item[], sourceId: string): Item => {
  const found = items.find((item) => item.sourceId === sourceId);
  assert.ok(found, `${sourceId} is in the backup`);
  return found;
};

describe('a backup of what did not change', () => {
  it('fetches nothing and writes no restore point, but says that it looked', async () => {
    const mailbox = await flow.resource('mail', OWNER);
    const points = await everything(flow.admin, 'listPoints', { params: { id: mailbox.id } });
    const { run, fetched } = await backUp();
    assert.equal(run.status, 'complete');
    assert.deepEqual(fetched, { mails: 0, exports: 0, files: 0 });
    const later = await everything(flow.admin, 'listPoints', { params: { id: mailbox.id } });
    assert.deepEqual(
      later.map(({ id }) => id),
      points.map(({ id }) => id),
    );
    const confirmed = (await flow.resource('mail', OWNER)).confirmedAt ?? '';
    assert.ok(confirmed > run.startedAt, `${confirmed} is later than ${run.startedAt}`);
  });
});

describe('a mailbox in which people work', () => {
  it('is fetched by what changed: moves stay one item, deletions show, the older point gives all back', async () => {
    const add = (subject: string) =>
      flow.tenant.post<{ id: string; immutableId: string }>('messages', {
        user: OWNER,
        message: { subject, body: { contentType: 'text', content: subject } },
      });
    const [moved, deleted, edited] = [await add('will move'), await add('will go'), await add('will change')];
    await backUp('mail');
    const mailbox = await flow.resource('mail', OWNER);
    const before = await walk(flow.admin, mailbox.id);
    const [pointBefore] = await everything(flow.admin, 'listPoints', { params: { id: mailbox.id } });

    const added = await add('is new');
    await flow.tenant.post('messages/change', {
      user: OWNER,
      id: moved.immutableId,
      action: 'move',
      folder: 'archive',
    });
    await flow.tenant.post('messages/change', { user: OWNER, id: deleted.immutableId, action: 'remove' });
    await flow.tenant.post('messages/change', {
      user: OWNER,
      id: edited.immutableId,
      action: 'edit',
      props: { categories: ['Changed'] },
    });
    const { run, fetched } = await backUp('mail');
    assert.equal(run.status, 'complete');
    assert.ok(fetched.mails <= 3 && fetched.files === 0, JSON.stringify(fetched));
    assert.equal(run.counts.removed, 1);
    await assertUpToDate('mail');

    const after = await walk(flow.admin, mailbox.id);
    const [was, is] = [find(before, moved.immutableId), find(after, moved.immutableId)];
    assert.equal(is.id, was.id);
    assert.notEqual(is.path, was.path);
    assert.ok(find(after, added.immutableId));
    const params = { id: mailbox.id };
    // Derived from the restore point, a moment after it.
    const gone = await until(
      'the deletion shows',
      () => everything(flow.admin, 'listItems', { params, query: { deleted: 'true' } }),
      ({ length }) => length > 0,
    );
    assert.deepEqual(
      gone.map(({ sourceId, deletedAt }) => [sourceId, deletedAt !== undefined]),
      [[deleted.immutableId, true]],
    );
    const changed = { params: { ...params, itemId: find(after, edited.immutableId).id } };
    assert.equal((await everything(flow.admin, 'listVersions', changed)).length, 2);

    assertSameSet(
      (await walk(flow.admin, mailbox.id, pointBefore?.id)).map(({ id, path }) => [id, path]),
      before.map(({ id, path }) => [id, path]),
    );
    const lost = find(before, deleted.immutableId);
    assert.equal(sha256(await contentOf(flow.admin, mailbox.id, lost.id, pointBefore?.id)), lost.sha256);
    const { request } = await restored(flow.as(OWNER), {
      selection: { items: [{ resourceId: mailbox.id, itemId: lost.id, at: pointBefore?.id ?? '' }] },
      destination: { kind: 'original' },
    });
    assert.deepEqual([request.state, request.counts?.restored], ['done', 1]);
    assert.equal((await flow.tenant.messages(OWNER)).filter(({ sha256: hash }) => hash === lost.sha256).length, 1);
  });
});

describe('a drive in which people work', () => {
  it('fetches what has another version, and moved and renamed files stay one item', async () => {
    const put = (path: string) => flow.tenant.post<{ id: string }>('files', { user: OWNER, path, size: 2_000 });
    const [renamed, moved, deleted, edited] = [
      await put('Plans/a.txt'),
      await put('Plans/b.txt'),
      await put('Plans/c.txt'),
      await put('Plans/d.txt'),
    ];
    await put('Other/e.txt');
    await backUp('drive');
    const drive = await flow.resource('drive', OWNER);
    const before = await walk(flow.admin, drive.id);
    await put('Plans/new.txt');
    const change = (id: string, more: object) => flow.tenant.post('files/change', { user: OWNER, id, ...more });
    await change(renamed.id, { action: 'rename', name: 'renamed.txt' });
    await change(moved.id, { action: 'move', target: 'Other' });
    await change(deleted.id, { action: 'delete' });
    await change(edited.id, { action: 'edit', size: 3_000 });
    const { run, fetched } = await backUp('drive');
    assert.equal(run.status, 'complete');
    // A rename and a move give a file another eTag, and business drives do not tell that its content is the same.
    assert.deepEqual([fetched.files, fetched.mails, run.counts.removed], [4, 0, 1]);
    await assertUpToDate('drive');
    const after = await walk(flow.admin, drive.id);
    for (const { id } of [renamed, moved]) assert.equal(find(after, id).id, find(before, id).id);
    assert.equal(find(after, moved.id).path, '/Other');
  });

  it('keeps the newest listing whole until a mass deletion is over, and the older point after it', async () => {
    const drive = await flow.resource('drive', OWNER);
    const before = leaves(await walk(flow.admin, drive.id));
    const [point] = await everything(flow.admin, 'listPoints', { params: { id: drive.id } });
    await flow.tenant.post('mass-delete', { user: OWNER, share: 0.6 });
    const { run } = await backUp('drive');
    assert.equal(run.counts.removed, Math.floor(before.length * 0.6));
    await assertUpToDate('drive');
    assert.equal(leaves(await walk(flow.admin, drive.id, point?.id)).length, before.length);
  });
});

describe('a busy day', () => {
  it('ends in restore points that hold exactly what the tenant holds', async () => {
    await flow.tenant.post('churn', { count: 80, seed: 'a busy day' });
    const { run, fetched } = await backUp();
    assert.equal(run.status, 'complete');
    console.log(`80 changes: ${JSON.stringify(fetched)}, ${run.counts.listed} listed`);
    await assertUpToDate();
  });
});

describe('a change feed that Microsoft 365 has thrown away', () => {
  for (const [what, workload, code] of [
    ['outlook', 'mail', undefined],
    ['drive', 'drive', 'resyncChangesApplyDifferences'],
    ['drive', 'drive', 'resyncChangesUploadDifferences'],
  ] as const)
    it(`is read anew without fetching what is known (${code ?? 'mail'})`, async () => {
      await flow.tenant.post('expire', { what, ...(code === undefined ? {} : { code }) });
      const { run, fetched } = await backUp(workload);
      assert.equal(run.status, 'complete');
      assert.deepEqual(fetched, { mails: 0, exports: 0, files: 0 });
      assert.ok(run.counts.reused > 0, 'listed again, known already');
      await assertUpToDate(workload);
    });
});

describe('Microsoft 365 asking to wait', () => {
  for (const [form, retryAfter] of [
    ['seconds', '2'],
    ['a date', 'date:3'],
  ] as const)
    it(`is obeyed: nothing is sent before the time it names in ${form}`, async () => {
      const { driveId } = await flow.tenant.user(OWNER);
      const refused = async () => (await flow.tenant.counters()).throttle.refused;
      const before = await refused();
      await flow.tenant.post('throttle', { count: 2, retryAfter, match: `/drives/${driveId}/` });
      const { run } = await backUp('drive');
      assert.equal(run.status, 'complete');
      const after = await refused();
      assert.equal((after['forced'] ?? 0) - (before['forced'] ?? 0), 2, 'asked again once after each refusal');
      assert.equal(after['before Retry-After'], undefined);
    });
});

describe('single items in trouble', () => {
  it('vanish, are skipped or fail by name, and never hold the others up', async () => {
    const put = (path: string) => flow.tenant.post<{ id: string }>('files', { user: OWNER, path, size: 2_000 });
    const [vanishing, infected, failing, fine] = [
      await put('Trouble/vanishing.txt'),
      await put('Trouble/infected.txt'),
      await put('Trouble/failing.txt'),
      await put('Trouble/fine.txt'),
    ];
    const unreadable = await flow.tenant.post<{ id: string }>('messages', {
      user: OWNER,
      message: { subject: 'unreadable' },
    });
    await flow.tenant.post('messages/change', {
      user: OWNER,
      id: unreadable.id,
      action: 'fault',
      code: 'ErrorCorruptData',
    });
    await flow.tenant.post('files/change', { user: OWNER, id: infected.id, action: 'malware' });
    await flow.tenant.post('files/change', {
      user: OWNER,
      id: failing.id,
      action: 'fault',
      status: 500,
      code: 'generalException',
    });
    await flow.tenant.post('faults', { match: `GET .*${vanishing.id}/content`, action: { kind: 'slow', ms: 4_000 } });

    await flow.tenant.remove('counters');
    const running = flow.backUpResource(await flow.resource('drive', OWNER));
    await until(
      'the run asks for the file',
      () => flow.tenant.get<{ value: unknown[] }>('faults'),
      ({ value }) => value.length === 0,
    );
    await flow.tenant.post('files/change', { user: OWNER, id: vanishing.id, action: 'delete' });
    const runs = [await running, await flow.backUpResource(await flow.resource('mail', OWNER))];
    for (const run of runs) await assertLedgerBalanced(flow.admin, run);
    const ledger = (
      await Promise.all(runs.map(({ id }) => everything(flow.admin, 'listRunLedger', { params: { id } })))
    ).flat();
    const of = (name: string) =>
      ledger
        .filter((entry) => entry.name.startsWith(name))
        .map(({ outcome, reason }) => `${outcome} ${reason ?? ''}`.trim());
    assert.deepEqual(of('vanishing'), ['vanished']);
    assert.deepEqual(of('infected'), ['skipped malware']);
    assert.deepEqual(of('unreadable'), ['skipped source-corrupt']);
    assert.match(of('failing')[0] ?? '', /^failed ./);
    assert.deepEqual(of('fine'), ['stored']);
    assert.deepEqual(
      runs.map(({ status }) => status),
      ['partial', 'completeWithSkips'],
    );

    await flow.tenant.post('files/change', { user: OWNER, id: failing.id, action: 'fault' });
    const { run: later } = await backUp('drive');
    assert.equal(later.status, 'complete', JSON.stringify(later));
    const stored = await walk(flow.admin, (await flow.resource('drive', OWNER)).id);
    for (const { id } of [failing, fine]) assert.ok(find(stored, id));
  });
});

describe('people who come and go', () => {
  it('are protected by the next run, and keep their copies when they leave', async () => {
    const alias = 'zoe.new';
    await flow.tenant.post('users', { alias, name: 'Zoe New' });
    await flow.tenant.post('messages', { user: alias, message: { subject: 'Welcome, Zoe' } });
    await flow.tenant.post('files', { user: alias, path: 'hello.txt', size: 500 });
    await backUp();
    const mailbox = await flow.resource('mail', alias);
    const drive = await flow.resource('drive', alias);
    assert.deepEqual(
      [mailbox.state, drive.state, mailbox.counts.items, drive.counts.items],
      ['protected', 'protected', 1, 1],
    );

    await flow.tenant.remove(`users?user=${alias}`);
    const { run } = await backUp();
    assert.equal(run.status, 'complete');
    const left = await flow.admin.call('getResource', { params: { id: mailbox.id } });
    assert.equal(left.state, 'gone');
    const [item] = leaves(await walk(flow.admin, mailbox.id));
    assert.match((await contentOf(flow.admin, mailbox.id, item?.id ?? '')).toString(), /Welcome, Zoe/);
  });
});

describe('a policy whose scope is a group of Entra', () => {
  it('protects who is in the groups inside it, and nobody else', async () => {
    const inside = PEOPLE.filter(({ department }) => DEPARTMENTS.includes(department)).map(({ alias }) => alias);
    const users = new Map((await flow.tenant.users()).map(({ id, upn }) => [upn.split('@')[0], id]));
    const ids = new Set(inside.map((alias) => users.get(alias)));
    assert.ok(ids.size > 2 && !ids.has(undefined));
    const body = {
      name: 'Headquarters',
      enabled: true,
      order: 0,
      scope: {
        include: [{ kind: 'group', sourceId: stableGuid('group Headquarters') }],
        exclude: [],
        workloads: ['mail', 'drive'],
        autoInclude: true,
      },
      schedule: { everyHours: 24 },
      retention: { daily: 30, weekly: 52, monthly: 84, minimumCopies: 1 },
      keepGoneDays: 365,
      options: {},
    } satisfies PolicyDraft;
    const { value } = await flow.admin.call('listPolicies', {});
    for (const { id } of value) await flow.admin.call('changePolicy', { params: { id }, body: { order: 1 } });
    const policy = await flow.admin.call('createPolicy', { body });
    const params = { id: policy.id };
    const { id } = await flow.admin.call('startPolicyRun', { params });
    const run = await finishedRun(flow.admin, id, 120_000);
    assert.deepEqual([run.state, run.status], ['completed', 'complete'], run.reason);
    const rows = await everything(flow.admin, 'listRunResources', { params: { id } });
    const resources = new Map((await everything(flow.admin, 'listResources', {})).map((one) => [one.id, one]));
    const owners = rows.map(({ resourceId }) => resources.get(resourceId)?.ownerId);
    const protectedOnes = [...resources.values()].filter(
      ({ ownerId, state }) => ids.has(ownerId) && state === 'protected',
    );
    assert.ok(rows.length > 0 && owners.every((owner) => ids.has(owner)), JSON.stringify(rows));
    assertSameSet(
      rows.map(({ resourceId }) => resourceId),
      protectedOnes.map((one) => one.id),
    );
    assert.deepEqual([...new Set(protectedOnes.map(({ policyId }) => policyId))], [policy.id]);
  });
});

describe('at the end', () => {
  it('nothing was asked that the contract does not declare, and nobody got mail', async () => {
    assert.deepEqual(await flow.tenant.complaints(), []);
  });
});
