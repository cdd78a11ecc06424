import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { openStorage } from '../../azure/openStorage.ts';
import { systemRandom } from '../../azure/systemRandom.ts';
import { type AzuritePorts, azuriteStateFile, connectionString } from '../../dev/azurite.ts';
import type { ResourceId } from '../../engine/model/ids.ts';
import type { Entry } from '../../engine/model/item.ts';
import { openForRecovery } from '../../engine/repository/openRepository.ts';
import { parseRecoveryKey, recoveryKeyWrapper } from '../../engine/repository/recoveryKey.ts';
import type { PointReader } from '../../engine/repository/repository.ts';
import { everything, Flow } from '../flows/harness.ts';
import { runWithKills } from './killedRun.ts';
import type { Measured } from './table.ts';
import { MemoryWatch } from './watch.ts';

const OWNER = 'ines.vogt';
/** The fresh tenant's own first run, over before anything is measured. */
const FIRST_RUN_MS = 300_000;
const PEAK_BYTES = 300 * 1024 ** 2;
/**
 * A mailbox gives 10,000 requests in 10 minutes, and Holdfast keeps to that by itself, whatever the tenant would allow.
 * A killed process forgets its window: with a kill before it is spent the run takes minutes instead of two hours.
 */
const MESSAGES_PER_LIFE = 8_500;

/** A mailbox with very many messages passes through many jobs and kills; all of it is listed and counted. */
export async function largeMailbox(messages: number): Promise<Measured[]> {
  const flow = await Flow.start({ tenant: '--seed empty --throttle off', env: { JOB_SECONDS: '20' } });
  const memory = new MemoryWatch(flow.product.dataDir);
  try {
    await flow.firstRun(FIRST_RUN_MS);
    await flow.tenant.post('generated', { user: OWNER, messages, seed: 'bulk' });
    const mailbox = await flow.resource('mail', OWNER);
    const kills = Math.max(3, Math.ceil(messages / MESSAGES_PER_LIFE) - 1);
    memory.begin();
    const { run, seconds, requests } = await runWithKills(
      flow,
      mailbox.id,
      kills,
      ({ counts }) => counts.stored / messages,
    );
    const { peaks } = memory;
    assert.equal(run.status, 'complete', run.reason);
    assert.deepEqual([run.counts.stored, run.counts.failed, run.counts.pending], [messages, 0, 0]);

    const startedAt = Date.now();
    const items = (await recovered(flow, mailbox.id)).filter(({ container }) => !container);
    const readBack = (Date.now() - startedAt) / 1000;
    assert.equal(items.length, messages);
    assert.equal(new Set(items.map(({ sourceId }) => sourceId)).size, messages, 'each is there once');
    assert.deepEqual(
      new Set(items.map(({ name }) => name)),
      new Set(Array.from({ length: messages }, (_, index) => `Generated message ${index}`)),
    );
    const newest = await flow.admin.call('getResource', { params: { id: mailbox.id } });
    assert.equal(newest.counts.items, messages);
    const ledger = await everything(flow.admin, 'listRunLedger', {
      params: { id: run.id },
      query: { outcome: 'stored' },
    });
    assert.equal(new Set(ledger.map(({ itemId }) => itemId)).size, ledger.length, 'nothing stands in the ledger twice');
    assert.equal(ledger.length, messages);
    const rows: Measured[] = [
      {
        what: `mailbox of ${messages.toLocaleString('en')}, backup`,
        seconds,
        items: messages,
        bytes: run.counts.bytesRead,
        peaks,
        requests,
        note: `${kills} kills`,
      },
      {
        what: `mailbox of ${messages.toLocaleString('en')}, listed`,
        seconds: readBack,
        items: messages,
        note: 'from storage and the recovery key alone',
      },
    ];
    assert.ok(peaks.worker < PEAK_BYTES, `the worker held ${peaks.worker} bytes`);
    return rows;
  } finally {
    memory.stop();
    await flow.product.remove();
  }
}

/** Every entry of the newest restore point, read as on the day when only the storage account and the recovery key are left. */
async function recovered(flow: Flow, resourceId: string): Promise<Entry[]> {
  const { dataDir } = flow.product;
  const state = JSON.parse(await readFile(azuriteStateFile(dataDir), 'utf8')) as { ports: AzuritePorts };
  const { blobs } = await openStorage({ connectionString: connectionString(state.ports) });
  const key = parseRecoveryKey(await readFile(path.join(dataDir, 'recovery.key'), 'utf8'));
  const repository = await openForRecovery(blobs, { recovery: recoveryKeyWrapper(key, systemRandom) });
  let newest: PointReader | undefined;
  for await (const found of repository.pointsFromBlobs(resourceId as ResourceId)) {
    assert.equal(found.kind, 'whole', 'every restore point in storage opens');
    if (found.kind === 'whole' && (newest === undefined || found.reader.point.takenAt >= newest.point.takenAt))
      newest = found.reader;
  }
  assert.ok(newest);
  return Array.fromAsync(newest.entries());
}
