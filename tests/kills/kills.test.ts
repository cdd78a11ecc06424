/**
 * `kill -9` of everything that `npm start` runs, and of its worker alone, at moments nobody chose, while it backs up and restores. Azurite has a
 * session of its own, as the storage service has one. `KILLS=20` kills more often, `KILL_SEED=…` repeats the moments.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Resource } from '../../contract/resources.ts';
import type { RestoreRequest } from '../../contract/restore.ts';
import type { Run } from '../../contract/runs.ts';
import { patience } from '../../dev/testing/patience.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import {
  assertCurrent,
  assertLedgerBalanced,
  assertSameSet,
  everything,
  finishedRun,
  Flow,
  until,
} from '../flows/harness.ts';

const KILLS = Number(process.env['KILLS'] ?? 5);
const SEED = process.env['KILL_SEED'] ?? String(randomInt(1_000_000));
/** Jobs and slices so small that every way to go on is taken. */
const SMALL = { SLICE_ITEMS: '3', JOB_SECONDS: '2' };
const OWNER = 'hugo.santos';
const FIRST_SLICE_MS = 10_000;

const random = seededRandom(SEED);
let flow: Flow;
let killed = 0;

before(async () => {
  console.log(`KILLS=${KILLS} KILL_SEED=${SEED}`);
  flow = await Flow.start({ tenant: '--seed small', byNpm: true, env: SMALL });
});

after(async () => {
  await flow?.product.remove();
});

const doneOf = ({ counts }: Run) => counts.listed - counts.pending;

/** Kills everything after up to `mostMs`, starts again, and says what the new start says of what it need not fetch. */
async function killAndRestart(mostMs: number): Promise<{ startedAt: number; stored: number }> {
  const waited = random.below(mostMs);
  await delay(waited);
  await flow.product.kill();
  killed += 1;
  const startedAt = Date.now();
  await flow.startAgain();
  const said = await flow.product.line(
    /^(?:Already stored: ([\d,]+) items|Backing up|Backup |First backup|Waiting|Looking)/,
    20_000,
  );
  const stored = Number((said[1] ?? '0').replaceAll(',', ''));
  console.log(
    `kill ${killed} after ${waited} ms; up again in ${Date.now() - startedAt} ms; ${stored} items need not be fetched again`,
  );
  return { startedAt, stored };
}

/** Kills the functions alone now and then, where there is time for that: another process of the same start takes over late. */
async function killWorkerToo(): Promise<void> {
  if (KILLS < 20 || random.below(3) > 0) return;
  const waited = random.below(2_000);
  await delay(waited);
  if (flow.product.killWorker()) console.log(`the worker alone was killed after ${waited} ms`);
}

/** The run that is under way, or the newest one. */
async function newestRun(): Promise<Run> {
  const { value } = await flow.admin.call('listRuns', {});
  assert.ok(value[0]);
  return value[0];
}

/** An open run moves on within ten seconds of the start of the process. */
async function assertMovesOn(startedAt: number): Promise<void> {
  const before = await newestRun();
  const moved = (run: Run) =>
    run.state === 'completed' || doneOf(run) > doneOf(before) || run.counts.listed > before.counts.listed;
  await until('a new slice', newestRun, moved);
  const ms = Date.now() - startedAt;
  const limit = FIRST_SLICE_MS * patience();
  console.log(`first new slice ${ms} ms after the start`);
  assert.ok(ms <= limit, `the first new slice came ${ms} ms after the start, later than ${limit} ms`);
}

async function assertWhole(run: Run): Promise<void> {
  assert.deepEqual([run.state, run.status], ['completed', 'complete'], run.reason);
  await assertLedgerBalanced(flow.admin, run);
  await assertCurrent(flow);
}

describe('killed while it backs up', () => {
  const kills = Math.ceil(KILLS * 0.6);

  it(
    `${kills} times, it loses nothing, stores nothing twice and balances its ledger`,
    { timeout: 60_000 * (kills + 3) },
    async () => {
      await flow.tenant.post('generated', { user: OWNER, messages: 120, seed: 'kills', folder: 'inbox' });
      let stored = 0;
      for (let kill = 0; kill < kills; kill += 1) {
        const run = await newestRun();
        if (run.state === 'completed') {
          await assertWhole(run);
          await flow.tenant.post('churn', { count: 60, seed: `${SEED}/${kill}` });
          const policies = await flow.admin.call('listPolicies', {});
          await flow.admin.call('startPolicyRun', { params: { id: policies.value[0]?.id ?? '' } });
        }
        await killWorkerToo();
        const again = await killAndRestart(4_000);
        assert.ok(
          again.stored >= stored || run.state === 'completed',
          `${again.stored} items are stored, ${stored} were before`,
        );
        stored = again.stored;
        if ((await newestRun()).state !== 'completed') await assertMovesOn(again.startedAt);
      }
      const { id } = await newestRun();
      await assertWhole(await finishedRun(flow.admin, id, 120_000));
    },
  );
});

describe('killed while it gives back', () => {
  const kills = KILLS - Math.ceil(KILLS * 0.6);

  it(`${kills} times, every item comes back, and none of them twice`, { timeout: 60_000 * (kills + 3) }, async () => {
    await finishedRun(flow.admin, (await newestRun()).id, 120_000);
    for (let number = 0; number < 40; number += 1)
      await flow.tenant.post('files', { user: OWNER, path: `Kept/${number}.bin`, size: 1_000 + number });
    let round = await loseAndAskBack();
    for (let kill = 0; kill < kills;) {
      if (!(await isUnderWay(round))) {
        // Whoever is killed with nothing to do shows nothing.
        await assertGivenBack(round);
        round = await loseAndAskBack();
        continue;
      }
      await killWorkerToo();
      await killAndRestart(3_000);
      kill += 1;
    }
    await assertGivenBack(round);
  });

  it('at the end nothing was asked that the contract does not declare, and nobody got mail', async () => {
    assert.deepEqual(await flow.tenant.complaints(), []);
  });
});

/** What a person lost, and the requests that bring it back. */
interface Round {
  readonly requests: readonly RestoreRequest[];
  readonly messages: readonly DemoMessage[];
  readonly files: readonly DemoFile[];
}

type DemoMessage = Awaited<ReturnType<Flow['tenant']['messages']>>[number];
type DemoFile = Awaited<ReturnType<Flow['tenant']['files']>>[number];

/** Backs a mailbox and a drive up, takes everything out of them, and asks for it back. */
async function loseAndAskBack(): Promise<Round> {
  const resources = [await flow.resource('mail', OWNER), await flow.resource('drive', OWNER)];
  for (const resource of resources) await assertBackedUp(resource);
  const [messages, files] = [await flow.tenant.messages(OWNER), await filesNow()];
  for (const { id } of messages) await flow.tenant.post('messages/change', { user: OWNER, id, action: 'remove' });
  await flow.tenant.post('mass-delete', { user: OWNER, share: 1 });
  return { requests: await Promise.all(resources.map(giveBack)), messages, files };
}

const filesNow = async (): Promise<readonly DemoFile[]> =>
  (await flow.tenant.files(OWNER)).filter(({ folder }) => !folder);

const hasEnded = ({ state }: RestoreRequest): boolean => state === 'done' || state === 'failed';

async function isUnderWay({ requests }: Round): Promise<boolean> {
  const now = await Promise.all(requests.map(({ id }) => flow.as(OWNER).call('getRestore', { params: { id } })));
  return !now.every(hasEnded);
}

/** Every item is back at its place with its bytes, once, and its result says so. */
async function assertGivenBack({ requests, messages, files }: Round): Promise<void> {
  for (const { id } of requests) {
    const params = { id };
    const ended = await until(
      'the restore ends',
      () => flow.as(OWNER).call('getRestore', { params }),
      hasEnded,
      120_000,
    );
    assert.deepEqual([ended.state, ended.counts?.failed], ['done', 0], ended.trouble);
    const results = await everything(flow.as(OWNER), 'listRestoreResults', { params });
    assert.deepEqual([...new Set(results.map(({ outcome }) => outcome))], ['restored']);
  }
  assertSameSet(
    (await flow.tenant.messages(OWNER)).map(({ folder, sha256 }) => [folder, sha256]),
    messages.map(({ folder, sha256 }) => [folder, sha256]),
  );
  assertSameSet(
    (await filesNow()).map(({ path, sha256 }) => [path, sha256]),
    files.map(({ path, sha256 }) => [path, sha256]),
  );
}

async function assertBackedUp(resource: Resource): Promise<void> {
  assert.equal((await flow.backUpResource(resource)).status, 'complete');
  await assertCurrent(flow, [resource]);
}

/** Starts giving everything back where it was; the answer comes when it is under way. */
async function giveBack({ id }: Resource): Promise<RestoreRequest> {
  const api = flow.as(OWNER);
  const request = await api.call('createRestore', {
    body: { selection: { resourceId: id }, destination: { kind: 'original' } },
  });
  const params = { id: request.id };
  await until(
    'the plan is ready',
    () => api.call('getRestore', { params }),
    ({ state }) => state !== 'planning',
  );
  return api.call('runRestore', { params });
}
