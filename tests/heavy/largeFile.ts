import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { generatedBytes } from '../../dev/tenant/content/generatedBytes.ts';
import { Flow, leaves, planned, until, walk } from '../flows/harness.ts';
import { runWithKills } from './killedRun.ts';
import type { Measured } from './table.ts';
import { MemoryWatch } from './watch.ts';

const OWNER = 'ines.vogt';
/** The fresh tenant's own first run, over before anything is measured. */
const FIRST_RUN_MS = 300_000;
const GB = 1024 ** 3;
const PEAK_BYTES = 300 * 1024 ** 2;

export interface LargeFileOptions {
  readonly gigabytes: number;
  readonly kills: number;
  /** Brings it back into OneDrive too, killed once on the way. The tenant then keeps a second copy on disk. */
  readonly restore: boolean;
}

/** A file of many gigabytes passes through many jobs and kills, and is the same afterwards, byte for byte. */
export async function largeFile({ gigabytes, kills, restore }: LargeFileOptions): Promise<Measured[]> {
  const size = gigabytes * GB;
  const seed = `large ${gigabytes}`;
  const flow = await Flow.start({ tenant: '--seed empty --throttle off', env: { JOB_SECONDS: '20' } });
  const memory = new MemoryWatch(flow.product.dataDir);
  try {
    await flow.firstRun(FIRST_RUN_MS);
    await flow.tenant.post('generated', { user: OWNER, fileBytes: size, seed, path: 'Generated/large.bin' });
    const drive = await flow.resource('drive', OWNER);
    memory.begin();
    const backup = await runWithKills(flow, drive.id, kills, ({ counts }) => counts.bytesRead / size);
    const backupPeaks = memory.peaks;
    assert.equal(backup.run.status, 'complete', backup.run.reason);
    const [item] = leaves(await walk(flow.admin, drive.id));
    assert.ok(item);
    assert.equal(item.size, size);
    const rows: Measured[] = [
      {
        what: `${gigabytes} GB file, backup`,
        seconds: backup.seconds,
        items: 1,
        bytes: size,
        peaks: backupPeaks,
        requests: backup.requests,
        note: `${backup.kills} kills`,
      },
    ];

    const original = await sha256OfGenerated(seed, size);
    assert.equal(item.sha256, original, 'the SHA-256 in the backup is that of the file');

    memory.begin();
    const startedAt = Date.now();
    const answer = await flow
      .as(OWNER)
      .open('getContent', { params: { id: drive.id, itemId: item.id }, query: { format: 'original' } });
    const stored = createHash('sha256');
    for await (const piece of answer.body ?? []) stored.update(piece);
    assert.equal(stored.digest('hex'), original, 'what comes back is the file');
    rows.push({
      what: `${gigabytes} GB file, read back`,
      seconds: (Date.now() - startedAt) / 1000,
      items: 1,
      bytes: size,
      peaks: memory.peaks,
      note: 'SHA-256 equal',
    });
    if (restore) rows.push(await restoreFile(flow, memory, { resourceId: drive.id, itemId: item.id, size, original }));
    for (const { what, peaks } of rows)
      assert.ok((peaks?.worker ?? 0) < PEAK_BYTES, `${what}: the worker held ${peaks?.worker} bytes`);
    return rows;
  } finally {
    memory.stop();
    await flow.product.remove();
  }
}

/** Lets go between the pieces: minutes without a look at the sockets would leave dead connections in the pool. */
async function sha256OfGenerated(seed: string, size: number): Promise<string> {
  const hash = createHash('sha256');
  for (const piece of generatedBytes('random', seed, 0, size)) {
    hash.update(piece);
    await setImmediate();
  }
  return hash.digest('hex');
}

async function restoreFile(
  flow: Flow,
  memory: MemoryWatch,
  what: { resourceId: string; itemId: string; size: number; original: string },
): Promise<Measured> {
  memory.begin();
  const startedAt = Date.now();
  const { id } = await planned(flow.as(OWNER), {
    selection: { items: [{ resourceId: what.resourceId, itemId: what.itemId }] },
    destination: { kind: 'newFolder', name: 'Large again' },
  });
  await flow.as(OWNER).call('runRestore', { params: { id } });
  const written = async () => (await flow.tenant.counters()).bytes.written;
  await until('half of it is written', written, (bytes) => bytes > what.size / 2, 1_200_000);
  await flow.product.kill();
  await flow.startAgain();
  const request = await until(
    'the restore ends',
    () => flow.as(OWNER).call('getRestore', { params: { id } }),
    ({ state }) => state === 'done' || state === 'failed',
    1_200_000,
  );
  const seconds = (Date.now() - startedAt) / 1000;
  assert.deepEqual([request.state, request.counts?.restored], ['done', 1]);
  const { value } = await flow.tenant.get<{ value: { path: string; sha256?: string }[] }>(
    `files?user=${OWNER}&hash=all`,
  );
  const back = value.filter(({ path }) => path.includes('Large again/'));
  assert.deepEqual(
    back.map(({ sha256 }) => sha256),
    [what.original],
  );
  return {
    what: `${what.size / GB} GB file, restore`,
    seconds,
    items: 1,
    bytes: what.size,
    peaks: memory.peaks,
    note: '1 kill',
  };
}
