/** The product against a server it has never seen, by settings alone: other ids, a certificate, stricter limits, faults. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DEFAULT_THROTTLE } from '../../dev/tenant/options.ts';
import { type ForeignTenant, startForeignTenant } from './foreignTenant.ts';
import {
  assertCurrent,
  assertLedgerBalanced,
  assertSameSet,
  contentOf,
  everything,
  Flow,
  leaves,
  PEOPLE,
  restored,
  sha256,
  until,
  walk,
  whatWasWrong,
} from './harness.ts';
import { Product } from './product.ts';
import { TenantControl } from './tenantControl.ts';

let foreign: ForeignTenant;
let flow: Flow;
let slow: string;
const SLOW_FILES = 12;

before(async () => {
  foreign = await startForeignTenant({
    certificate: true,
    corpusDir: undefined,
    linkSeconds: 4,
    deltaReplay: 5,
    throttle: { ...DEFAULT_THROTTLE, compression: 60, outlookConcurrency: 2, outlookRequestsPer10Min: 120 },
  });
  const { faults, state } = foreign.tenant;
  Object.assign(state.tunables, { exportTakesImmutableIds: false });
  // What happens on any day: connections break, answers are cut, gateways show pages, services ask to wait.
  for (const [match, times, action] of [
    ['GET .*/content', 4, { kind: 'drop' }],
    ['GET /download', 4, { kind: 'truncate' }],
    ['GET .*messages/delta', 3, { kind: 'html' }],
    ['GET .*/\\$value', 4, { kind: 'status', status: 503, retryAfter: '1' }],
    ['GET .*/\\$value', 3, { kind: 'status', status: 504, emptyBody: true }],
    ['GET .*root/delta', 2, { kind: 'status', status: 429, retryAfter: '2' }],
    ['POST .*exportItems', 3, { kind: 'dropAfter' }],
    ['GET .*mailFolders/delta', 2, { kind: 'status', status: 500, code: 'UnknownError' }],
    ['GET /v1.0/users\\?', 1, { kind: 'status', status: 502, emptyBody: true }],
  ] as const)
    faults.arm({ match, times, action });
  // One drive takes its time, so that people look at it while its first backup is under way.
  const control = new TenantControl(foreign.tenant.controlUrl);
  slow = (await control.user(PEOPLE.admin)).driveId ?? '';
  for (let number = 0; number < SLOW_FILES; number++)
    await control.post('files', { user: PEOPLE.admin, path: `Slow/${number}.txt`, size: 1_000 });
  faults.arm({ match: `GET .*${slow}.*/content`, times: SLOW_FILES, action: { kind: 'slow', ms: 1_500 } });
  const product = await Product.make({
    env: { ...foreign.settings, SLICE_ITEMS: '3', POINT_ITEMS: '5', JOB_SECONDS: '2' },
  });
  const addresses = await product.start();
  flow = new Flow(product, { ...addresses, control: foreign.tenant.controlUrl });
});

after(async () => {
  await flow?.product.remove();
  await foreign?.stop();
});

describe('a server known by settings alone', () => {
  it('has a restore point to look into while its first backup goes on, which says that it is not all', async () => {
    const drives = await until(
      'the drive is known',
      () => everything(flow.admin, 'listResources', { query: { workload: 'drive' } }),
      (all) => all.some(({ sourceId }) => sourceId === slow),
    );
    const drive = drives.find(({ sourceId }) => sourceId === slow)?.id ?? '';
    const [point] = await until(
      'a restore point with a file shows',
      () => everything(flow.admin, 'listPoints', { params: { id: drive } }),
      ([newest]) => (newest?.counts.items ?? 0) > 0,
      // Jobs of two seconds take turns with all the others, whose faults ask for pauses.
      180_000,
    );
    assert.equal(point?.status, 'partial', 'while the rest is read');
    assert.match(point?.reason ?? '', /still running: \d+ of \d+ items so far/);
    const { value } = await flow.admin.call('listRuns', {});
    assert.notEqual(value.at(-1)?.state, 'completed');
    const [item] = leaves(await walk(flow.admin, drive, point?.id));
    assert.equal(sha256(await contentOf(flow.admin, drive, item?.id ?? '', point?.id)), item?.sha256);
  });

  it('is backed up in slices of three items and jobs of two seconds, whatever goes wrong on the way', async () => {
    const run = await flow.firstRun();
    assert.deepEqual([run.state, run.status], ['completed', 'complete'], await whatWasWrong(flow.admin, run));
    await assertLedgerBalanced(flow.admin, run);
    await assertCurrent(flow);
    assert.deepEqual(
      foreign.tenant.faults.list().map(({ match }) => match),
      [],
      'every fault was met',
    );
  });

  it('gets back what it lost, with links that live for seconds', async () => {
    const owner = PEOPLE.member;
    const [mailbox, drive] = [await flow.resource('mail', owner), await flow.resource('drive', owner)];
    const lost = [
      await flow.tenant.messages(owner),
      (await flow.tenant.files(owner)).filter(({ folder }) => !folder),
    ] as const;
    assert.ok(lost[0].length > 0 && lost[1].length > 0);
    for (const { id } of lost[0]) await flow.tenant.post('messages/change', { user: owner, id, action: 'remove' });
    await flow.tenant.post('mass-delete', { user: owner, share: 1 });
    foreign.tenant.faults.arm({
      match: 'POST .*createImportSession',
      times: 1,
      action: { kind: 'status', status: 503, retryAfter: '1' },
    });
    foreign.tenant.faults.arm({ match: 'PUT /upload', times: 1, action: { kind: 'dropAfter' } });
    for (const { id } of [mailbox, drive]) {
      const { request } = await restored(flow.as(owner), {
        selection: { resourceId: id },
        destination: { kind: 'original' },
      });
      assert.deepEqual([request.state, request.counts?.failed], ['done', 0], request.trouble);
    }
    assertSameSet(
      (await flow.tenant.messages(owner)).map(({ sha256, folder }) => [sha256, folder]),
      lost[0].map(({ sha256, folder }) => [sha256, folder]),
    );
    const files = (await flow.tenant.files(owner)).filter(({ folder }) => !folder);
    assertSameSet(
      files.map(({ path, sha256 }) => [path, sha256]),
      lost[1].map(({ path, sha256 }) => [path, sha256]),
    );
  });

  it('saw nothing that its contract does not declare, and nobody got mail', async () => {
    assert.deepEqual(await flow.tenant.complaints(), []);
  });
});
