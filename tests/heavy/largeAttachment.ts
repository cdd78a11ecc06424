import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { largeMail } from '../../dev/tenant/content/largeMail.ts';
import { generatedBytes } from '../../dev/tenant/content/generatedBytes.ts';
import { Flow, leaves, planned, until, walk } from '../flows/harness.ts';
import { runWithKills } from './killedRun.ts';
import type { Measured } from './table.ts';
import { MemoryWatch } from './watch.ts';

const OWNER = 'ines.vogt';
/** The fresh tenant's own first run, over before anything is measured. */
const FIRST_RUN_MS = 300_000;
const RESTORE_MS = 900_000;
const MB = 1024 ** 2;
const PEAK_BYTES = 300 * MB;

export interface LargeAttachmentOptions {
  readonly megabytes: number;
  readonly attachments: number;
  /** Kills the product once when half of it is given back without import. */
  readonly kill: boolean;
}

interface Attached {
  readonly name: string;
  readonly sha256: string;
}

/** A message with very large attachments is backed up, and given back with import and without: byte for byte, and held nowhere. */
export async function largeAttachment(options: LargeAttachmentOptions): Promise<Measured[]> {
  const size = options.megabytes * MB;
  const seed = `attached ${options.megabytes}`;
  const bytes = size * options.attachments;
  const what = `mail with ${options.attachments} × ${options.megabytes} MB`;
  const flow = await Flow.start({ tenant: '--seed empty --throttle off', env: { JOB_SECONDS: '20' } });
  const memory = new MemoryWatch(flow.product.dataDir);
  try {
    await flow.firstRun(FIRST_RUN_MS);
    await flow.tenant.post('generated', {
      user: OWNER,
      largeMessageBytes: size,
      largeMessageAttachments: options.attachments,
      seed,
    });
    const mailbox = await flow.resource('mail', OWNER);
    memory.begin();
    const backup = await runWithKills(flow, mailbox.id, 0, () => 0);
    assert.equal(backup.run.status, 'complete', backup.run.reason);
    const rows: Measured[] = [
      {
        what: `${what}, backup`,
        seconds: backup.seconds,
        items: 1,
        bytes: backup.run.counts.bytesRead,
        peaks: memory.peaks,
        requests: backup.requests,
        note: 'exact copy and MIME',
      },
    ];
    const [item] = leaves(await walk(flow.admin, mailbox.id));
    assert.ok(item);
    const expected = await attachedOf(seed, size, options.attachments);
    const measure = async (importAllowed: boolean): Promise<void> => {
      const folder = importAllowed ? 'By import' : 'Without import';
      // A new start has forgotten what the mailbox took and allowed before.
      await flow.product.stop();
      await flow.startAgain();
      await flow.tenant.post('settings', { importExportAllowed: importAllowed });
      memory.begin();
      const startedAt = Date.now();
      const kills = await restoreInto(
        flow,
        folder,
        { resourceId: mailbox.id, itemId: item.id },
        !importAllowed && options.kill ? bytes / 2 : undefined,
      );
      rows.push({
        what: `${what}, restore ${folder.toLowerCase()}`,
        seconds: (Date.now() - startedAt) / 1000,
        items: 1,
        bytes,
        peaks: memory.peaks,
        note: `SHA-256 equal${kills === 0 ? '' : `, ${kills} kill`}`,
      });
      const { value } = await flow.tenant.get<{ value: { folder: string; attachments: Attached[] }[] }>(
        `messages?user=${OWNER}&hash=attachments`,
      );
      const back = value.filter((message) => message.folder.includes(folder));
      assert.deepEqual(
        back.map(({ attachments }) => attachments.map(({ name, sha256 }) => ({ name, sha256 }))),
        [expected],
      );
    };
    await measure(true);
    await measure(false);
    for (const { what: row, peaks } of rows)
      assert.ok(
        (peaks?.worker ?? 0) < PEAK_BYTES,
        `${row}: the worker held ${((peaks?.worker ?? 0) / MB).toFixed(0)} MB`,
      );
    return rows;
  } finally {
    memory.stop();
    await flow.product.remove();
  }
}

/** Restores one message into a new folder; answers how often the product was killed on the way. */
async function restoreInto(
  flow: Flow,
  name: string,
  item: { resourceId: string; itemId: string },
  killAfter: number | undefined,
): Promise<number> {
  const { id } = await planned(flow.as(OWNER), {
    selection: { items: [item] },
    destination: { kind: 'newFolder', name },
  });
  await flow.as(OWNER).call('runRestore', { params: { id } });
  if (killAfter !== undefined) {
    const written = async () => (await flow.tenant.counters()).bytes.written;
    await until('half of it is written', written, (bytes) => bytes > killAfter, RESTORE_MS);
    await flow.product.kill();
    await flow.startAgain();
    await flow.tenant.post('settings', { importExportAllowed: false });
  }
  const request = await until(
    'the restore ends',
    () => flow.as(OWNER).call('getRestore', { params: { id } }),
    ({ state }) => state === 'done' || state === 'failed',
    RESTORE_MS,
  );
  const results = await flow.as(OWNER).call('listRestoreResults', { params: { id } });
  assert.equal(request.state, 'done', JSON.stringify(results));
  return killAfter === undefined ? 0 : 1;
}

async function attachedOf(seed: string, size: number, count: number): Promise<Attached[]> {
  const attached: Attached[] = [];
  for (const { name, ref } of largeMail(seed, size, count).attachments) {
    const hash = createHash('sha256');
    for (const piece of generatedBytes('random', ref.split(':').at(-1) ?? '', 0, size)) {
      hash.update(piece);
      // Minutes without a look at the sockets would leave dead connections in the pool.
      await setImmediate();
    }
    attached.push({ name, sha256: hash.digest('hex') });
  }
  return attached;
}
