/** The disk under the local storage fills up in the middle of the day: nothing is lost, it is said what to do, and it goes on. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Resource } from '../../contract/resources.ts';
import { assertCurrent, contentOf, everything, finishedRun, Flow, leaves, sha256, until, walk } from './harness.ts';
import { Product } from './product.ts';

const OWNER = 'ines.vogt';
/** Enough for queue messages and rows, too little for a pack. */
const LEFT_BYTES = 300_000;
const FILE_BYTES = 4 * 1024 ** 2;

let product: Product;
let disk: string;
let flow: Flow | undefined;
let isMounted = false;

before(async () => {
  product = await Product.make({ tenant: '--seed small' });
  disk = path.join(product.dataDir, 'azurite');
  mkdirSync(disk);
  isMounted = mounted();
  if (isMounted) flow = new Flow(product, await product.start());
});

after(async () => {
  // With a full disk Azurite cannot save its lists and does not end.
  rmSync(fillerFile(), { force: true });
  await product.stop();
  // What a failed test left running may still hold it.
  if (isMounted) execFileSync('umount', ['--lazy', disk]);
  await product.remove();
});

const fillerFile = () => path.join(disk, 'filler');

/** False where this process may not mount. */
function mounted(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a full disk under the local storage', () => {
  it('makes the run wait and say so, loses nothing, and is over when there is room', async (context) => {
    if (flow === undefined) return context.skip('a small disk to fill takes the right to mount one');
    const { admin, tenant } = flow;
    assert.equal((await flow.firstRun()).status, 'complete');
    const drive = await flow.resource('drive', OWNER);
    const points = () => everything(admin, 'listPoints', { params: { id: drive.id } });
    const pointsBefore = await points();
    await tenant.post('files', { user: OWNER, path: 'Too large for now.bin', size: FILE_BYTES });

    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(fillerFile(), Buffer.alloc(bavail * bsize - LEFT_BYTES));
    const { id } = await admin.call('startResourceRun', { params: { id: drive.id } });
    const waiting = await until(
      'the run waits',
      () => admin.call('getRun', { params: { id } }),
      ({ state }) => state === 'waiting' || state === 'completed',
    );
    assert.equal(waiting.state, 'waiting');
    assert.match(waiting.reason ?? '', /^Storage (had trouble with|does not answer).*: check that its disk has room/);
    assert.deepEqual(await points(), pointsBefore);
    const held = leaves(await walk(admin, drive.id));
    // Content goes out only after it is written down who asked for it; what room is left may just take that.
    const [one] = held;
    const given = await contentOf(admin, drive.id, one?.id ?? '').then(sha256, String);
    assert.ok(given === one?.sha256 || /check that its disk has room/.test(given), given);

    rmSync(fillerFile());
    const run = await finishedRun(admin, id, 240_000);
    assert.equal(run.status, 'complete', run.reason);
    await assertCurrent(flow, [drive]);
    await assertReadable(flow, drive);
    assert.deepEqual(await tenant.complaints(), []);
  });
});

/** What was backed up comes out, byte for byte. */
async function assertReadable({ admin }: Flow, { id }: Resource): Promise<void> {
  const items = leaves(await walk(admin, id));
  assert.ok(items.length > 0);
  for (const item of items) assert.equal(sha256(await contentOf(admin, id, item.id)), item.sha256, item.name);
}
