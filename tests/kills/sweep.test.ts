/**
 * `kill -9` of everything that `npm start` runs, or of its worker alone, while backups, expiry and sweep work at once. The
 * calendar of every process, of the storage service too, goes on by a day and more from kill to kill. `KILLS` and
 * `KILL_SEED` as in kills.test.ts.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import {
  assertCurrent,
  contentOf,
  everything,
  Flow,
  inParallel,
  leaves,
  sha256,
  until,
  walk,
} from '../flows/harness.ts';

const ALL_KILLS = Number(process.env['KILLS'] ?? 5);
/** Days of a tenant take minutes: only where there is time for many kills. */
const HAS_TIME = ALL_KILLS >= 20;
const KILLS = Math.ceil(ALL_KILLS / 5);
const SEED = process.env['KILL_SEED'] ?? String(randomInt(1_000_000));
const OWNER = 'hugo.santos';
const HOUR = 3_600_000;

const random = seededRandom(`sweep ${SEED}`);
const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-shift-'));
const shiftFile = path.join(folder, 'shift');
let shift = 0;
let flow: Flow;

before(async () => {
  if (!HAS_TIME) return;
  console.log(`KILLS=${KILLS} KILL_SEED=${SEED}`);
  writeFileSync(shiftFile, '0');
  const preload = path.join(import.meta.dirname, 'shiftedClock.ts');
  flow = await Flow.start({
    tenant: '--seed small',
    env: { SLICE_ITEMS: '3', JOB_SECONDS: '2', SHIFT_FILE: shiftFile, NODE_OPTIONS: `--import ${preload}` },
  });
});
after(async () => {
  await flow?.product.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Timers that make things due fire at whole five minutes. */
const ROUND_MS = 300_000;
const START_MS = 12_000;

/**
 * A day and more later everything is due again: a backup, what no rule keeps, a cycle of the sweep. The product is up again
 * a moment before the timers fire.
 */
async function killAndGoOn(): Promise<void> {
  await flow.product.kill();
  shift += 26 * HOUR;
  shift += ROUND_MS - START_MS - ((Date.now() + shift) % ROUND_MS);
  writeFileSync(shiftFile, String(shift));
  await flow.startAgain();
}

/** A run that found a resource with an older one says so and does not wait: whichever was last, none is under way. */
const runsEnd = () =>
  until(
    'no run is under way',
    () => everything(flow.admin, 'listRuns', {}),
    (runs) => runs.every(({ state }) => state === 'completed'),
    120_000,
  );

const cleanup = async () => (await flow.admin.call('getCleanup', {})).last;

if (HAS_TIME)
  it(
    `killed ${KILLS} times while it lets go and sweeps, it removes nothing that a restore point needs`,
    { timeout: 90_000 * (KILLS + 4) },
    async () => {
      await flow.firstRun();
      const owned = [await flow.resource('mail', OWNER), await flow.resource('drive', OWNER)];
      for (let kill = 0; kill < KILLS; kill += 1) {
        await flow.tenant.post('churn', { count: 40, seed: `${SEED}/${kill}` });
        await flow.backUp();
        await killAndGoOn();
        await delay(START_MS / 2 + random.below(12_000));
        if (kill % 2 === 1) flow.product.killWorker();
      }
      let removed = 0;
      for (const days of [1, 2, 3]) {
        await killAndGoOn();
        await until(
          `the sweep of day ${days}`,
          cleanup,
          (last) => last?.finishedAt !== undefined && Date.parse(last.finishedAt) > Date.now() + shift - HOUR,
          90_000,
        );
        const last = await cleanup();
        assert.equal(last?.refused, undefined);
        removed += last?.deleted ?? 0;
        console.log(`day ${days}: ${JSON.stringify(last)}`);
        await runsEnd();
      }
      assert.ok(removed > 0, 'the sweep removed something');

      assert.equal((await flow.backUp()).status, 'complete');
      await assertCurrent(flow);
      let read = 0;
      for (const { id } of owned) {
        const points = await everything(flow.admin, 'listPoints', { params: { id } });
        for (const point of points) {
          const items = leaves(await walk(flow.admin, id, point.id));
          await inParallel(items, 4, async (item) => {
            assert.equal(
              sha256(await contentOf(flow.admin, id, item.id, point.id)),
              item.sha256,
              `${item.name} of ${point.takenAt}`,
            );
            read += 1;
          });
        }
        console.log(`${id}: ${points.length} restore points, ${read} items read`);
      }
      assert.deepEqual(await flow.tenant.complaints(), []);
    },
  );
