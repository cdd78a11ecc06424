import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BackupServices } from '../../engine/backup/backupServices.ts';
import { finishRun } from '../../engine/backup/finishRun.ts';
import type { ResourceId, RunId } from '../../engine/model/ids.ts';
import { noCounts } from '../../engine/model/ledger.ts';
import type { Run } from '../../engine/model/run.ts';
import { aRun, aRunResource } from '../../engine/testing/recordsWorld.ts';
import { admin, policyId } from '../testing/botBench.ts';
import { placeFor, scheduledRun, world } from '../testing/deliveryBench.ts';

const hour = 3_600_000;

describe('a trouble beside a run that is still at work', () => {
  it('and comes again is told anew, whatever found everything busy meanwhile', async () => {
    const bench = await world(placeFor(admin));
    const { records, clock, deliver, sent, updated } = bench;
    const services = { records, clock, log: bench.log, tellsEveryRun: async () => false } as unknown as BackupServices;
    const begun = async (digit: string, change: Partial<Run>): Promise<RunId> => {
      const id = digit.repeat(32) as RunId;
      await records.runs.create(aRun(id, clock.now(), { policyId, state: 'running', planned: true, ...change }));
      return id;
    };
    const look = async (): Promise<readonly number[]> => {
      await clock.advance(2 * 60_000);
      await deliver();
      return [sent.length, updated.length];
    };
    await scheduledRun(bench, 1, 'failed');
    assert.deepEqual(await look(), [1, 0]);
    const long = await begun('b', { counts: noCounts });
    const row = { ...aRunResource(long, bench.mailbox.id, noCounts), state: 'done', status: 'complete' } as const;
    await records.runs.resources.plan(long, [row]);
    await clock.advance(12 * hour);
    await finishRun(services, await begun('c', { counts: noCounts, alreadyRunning: [bench.mailbox.id] }));
    assert.deepEqual(await look(), [1, 0], 'it did nothing that could be told');
    await clock.advance(2 * hour);
    await finishRun(services, long);
    assert.deepEqual(await look(), [1, 1], 'fixed');
    await clock.advance(10 * hour);
    await scheduledRun(bench, 2, 'failed');
    assert.deepEqual(await look(), [2, 1]);
    await clock.advance(25 * hour);
    assert.deepEqual(await look(), [3, 1], 'and again each day');
  });
  it('is over with a run that did all of its own well and left the rest to another one', async () => {
    const bench = await world(placeFor(admin));
    const { records, clock, log } = bench;
    await scheduledRun(bench, 1, 'failed');
    await bench.deliver();
    await clock.advance(hour);
    const id = 'b'.repeat(32) as RunId;
    const busy = { alreadyRunning: ['f'.repeat(32) as ResourceId], counts: noCounts };
    await records.runs.create(aRun(id, clock.now(), { policyId, state: 'running', planned: true, ...busy }));
    const row = { ...aRunResource(id, bench.mailbox.id, noCounts), state: 'done', status: 'complete' } as const;
    await records.runs.resources.plan(id, [row]);
    await finishRun({ records, clock, log, tellsEveryRun: async () => false } as unknown as BackupServices, id);
    await clock.advance(hour);
    await bench.deliver();
    assert.equal(bench.updated.length, 1);
  });
});
