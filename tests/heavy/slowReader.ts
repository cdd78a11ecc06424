import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Flow, leaves, walk } from '../flows/harness.ts';
import { runWithKills } from './killedRun.ts';
import type { Measured } from './table.ts';
import { MemoryWatch, type Peaks } from './watch.ts';

const OWNER = 'ines.vogt';
/** The fresh tenant's own first run, over before anything is measured. */
const FIRST_RUN_MS = 300_000;
const GB = 1024 ** 3;
const BYTES_PER_SECOND = 20 * 1024 ** 2;
const STALL_MS = 10_000;
/** By how much the peak of the first quarter may be passed later: garbage between two collections, never the file. */
const GROWTH_BYTES = 64 * 1024 ** 2;
const PEAK_BYTES = 300 * 1024 ** 2;

/** Somebody downloads a file of 2 GB over a slow line that stops for a while; nobody keeps for them what they do not read. */
export async function slowReader(gigabytes: number): Promise<Measured[]> {
  const flow = await Flow.start({ tenant: '--seed empty --throttle off' });
  const memory = new MemoryWatch(flow.product.dataDir);
  try {
    await flow.firstRun(FIRST_RUN_MS);
    const size = gigabytes * GB;
    await flow.tenant.post('generated', { user: OWNER, fileBytes: size, seed: 'slow', path: 'Generated/large.bin' });
    const drive = await flow.resource('drive', OWNER);
    const { run } = await runWithKills(flow, drive.id, 0, () => 0);
    assert.equal(run.status, 'complete', run.reason);
    await flow.product.stop();
    await flow.startAgain();
    const [item] = leaves(await walk(flow.admin, drive.id));
    assert.ok(item);

    memory.begin();
    const startedAt = Date.now();
    const answer = await flow
      .as(OWNER)
      .open('getContent', { params: { id: drive.id, itemId: item.id }, query: { format: 'original' } });
    let read = 0;
    let firstQuarter: Peaks | undefined;
    for await (const piece of answer.body ?? []) {
      read += piece.byteLength;
      if (firstQuarter === undefined && read > size / 4) {
        firstQuarter = memory.peaks;
        await delay(STALL_MS);
      }
      const ahead = (read / BYTES_PER_SECOND) * 1000 - (Date.now() - startedAt);
      if (ahead > 50) await delay(ahead);
    }
    assert.equal(read, size);
    const { peaks } = memory;
    assert.ok(firstQuarter);
    const growth = { worker: peaks.worker - firstQuarter.worker, host: peaks.host - firstQuarter.host };
    const megabytes = (bytes: number) => (bytes / 1024 ** 2).toFixed(0);
    assert.ok(peaks.worker < PEAK_BYTES, `the worker held ${megabytes(peaks.worker)} MB`);
    assert.ok(growth.worker < GROWTH_BYTES, `the worker grew by ${megabytes(growth.worker)} MB`);
    assert.ok(growth.host < GROWTH_BYTES, `the host grew by ${megabytes(growth.host)} MB`);
    return [
      {
        what: `${gigabytes} GB to a slow reader`,
        seconds: (Date.now() - startedAt) / 1000,
        items: 1,
        bytes: size,
        peaks,
        note: `after the first quarter: worker +${megabytes(growth.worker)} MB, host +${megabytes(growth.host)} MB`,
      },
    ];
  } finally {
    memory.stop();
    await flow.product.remove();
  }
}
