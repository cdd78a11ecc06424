import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { patience } from './testing/patience.ts';
import { azuriteIn, decided, endAzurite, numberOf, Product, runList, SMALL } from './testing/product.ts';

describe('npm start, killed', () => {
  let dataDir: string;
  before(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'holdfast-kills-'));
  });
  afterEach(async () => {
    await Product.killAll();
    await endAzurite(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('goes on where it was: within ten seconds, without loss and without doing anything twice', async (test) => {
    const kills = Number(process.env['KILLS'] ?? 5);
    let product = Product.start({ dataDir, env: SMALL });
    for (let n = 0; n < kills; n++) {
      const seconds = await untilMoreIsStored(product, n);
      // Everything is stored: a kill would hit nobody at work.
      if (seconds === undefined) break;
      test.diagnostic(`start ${n + 1}: first new slice after ${seconds.toFixed(1)} s`);
      if (n > 0) assert.ok(seconds < 10 * patience(), `the first new slice came after ${seconds} s`);
      // The kill falls anywhere between two commits.
      await delay((n * 137) % 400);
      await product.killGroup();
      assert.ok(azuriteIn(dataDir) !== undefined, 'Azurite survives the kill of its start');
      product = Product.start({ dataDir, env: SMALL });
      await product.said(/still running from an earlier start/);
    }
    const [, count] = await product.said(/^First backup completed: ([\d,]+) items/m);
    const { value } = await product.api(runList, '/runs');
    assert.equal(value.length, 1);
    assert.equal(value[0]?.status, 'complete');
    const { counts } = value[0];
    assert.equal(counts.listed, decided(counts));
    assert.equal(counts.listed - counts.containers, numberOf(count));
    assert.deepEqual(await product.complaints(), []);
    assert.equal(await product.interrupt(), 0);
  });

  /** Seconds from the start of the process to the first item it stored itself; undefined where nothing is left to store. */
  async function untilMoreIsStored(product: Product, n: number): Promise<number | undefined> {
    const already = n === 0 ? undefined : (await product.said(/^Already stored: ([\d,]+) items/m))[1];
    const before = already === undefined ? 0 : numberOf(already);
    while ((await storedOf(product)) <= before) {
      if (await isDone(product)) return undefined;
      await delay(50);
    }
    return (Date.now() - product.startedAtMs) / 1000;
  }

  const isDone = async (product: Product): Promise<boolean> =>
    (await product.api(runList, '/runs')).value[0]?.state === 'completed';

  async function storedOf(product: Product): Promise<number> {
    const { value } = await product.api(runList, '/runs');
    const { stored, reused, containers } = value[0]?.counts ?? { stored: 0, reused: 0, containers: 0 };
    return stored + reused - containers;
  }
});
