import { setTimeout as delay } from 'node:timers/promises';
import type { Run } from '../../contract/runs.ts';
import type { Flow } from '../flows/harness.ts';

const LOOK_MS = 1_000;

export interface KilledRun {
  readonly run: Run;
  readonly seconds: number;
  readonly kills: number;
  /** What the tenant was asked, over all its lives: it counts in memory and is killed with the rest. */
  readonly requests: number;
}

/**
 * One run of one resource, whose whole process group is killed whenever another `1 / (kills + 1)` of it is done.
 * `doneOf` says how far a run is, from 0 to 1.
 */
export async function runWithKills(
  flow: Flow,
  resourceId: string,
  kills: number,
  doneOf: (run: Run) => number,
): Promise<KilledRun> {
  try {
    return await runToEnd(flow, resourceId, kills, doneOf);
  } catch (cause) {
    throw new Error(flow.product.report(), { cause });
  }
}

async function runToEnd(
  flow: Flow,
  resourceId: string,
  kills: number,
  doneOf: (run: Run) => number,
): Promise<KilledRun> {
  const startedAt = Date.now();
  await flow.tenant.remove('counters');
  const { id } = await flow.admin.call('startResourceRun', { params: { id: resourceId } });
  let killed = 0;
  let requests = 0;
  for (;;) {
    const run = await flow.admin.call('getRun', { params: { id } });
    const { total } = await flow.tenant.counters();
    if (run.state === 'completed' || run.state === 'cancelled') {
      requests += total;
      return { run, seconds: (Date.now() - startedAt) / 1000, kills: killed, requests };
    }
    if (killed < kills && doneOf(run) >= (killed + 1) / (kills + 1)) {
      killed += 1;
      requests += total;
      await flow.product.kill();
      await flow.startAgain();
      console.log(
        `  ${seconds(startedAt)} s: killed at ${(doneOf(run) * 100).toFixed(0)} % (${killed} of ${kills}), started again`,
      );
    }
    await delay(LOOK_MS);
  }
}

const seconds = (since: number): string => ((Date.now() - since) / 1000).toFixed(0);
