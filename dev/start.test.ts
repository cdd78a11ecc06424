import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { azuriteIn, type Counts, endAzurite, Product, runList, SMALL } from './testing/product.ts';

const makeDataDir = () => mkdtempSync(path.join(tmpdir(), 'holdfast-start-'));
const numberOf = (text: string | undefined) => Number(text?.replaceAll(',', ''));
const decided = (c: Counts) => c.stored + c.reused + c.skipped + c.failed + c.vanished + c.outOfScope;

describe('npm start', () => {
  let dataDir: string;
  let keyFile: string;
  let items = 0;
  before(() => {
    dataDir = makeDataDir();
    keyFile = path.join(dataDir, 'recovery', 'key.txt');
  });
  after(async () => {
    await endAzurite(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('makes a key, protects the tenant and completes the first backup', async () => {
    const product = Product.start({ dataDir, env: SMALL, args: ['--recovery-key-file', keyFile] });
    const [, count] = await product.said(/^First backup completed: ([\d,]+) items, [\d.]+ MB, [\d.]+ s$/m);
    items = numberOf(count);
    assert.ok(items > 100);
    assert.equal(product.output.split('First backup completed').length, 2);

    const { value } = await product.api(runList, '/runs');
    assert.equal(value.length, 1);
    const [run] = value;
    assert.equal(run?.state, 'completed');
    assert.equal(run.counts.listed, decided(run.counts) + run.counts.pending);
    assert.equal(await product.interrupt(), 0);
  });

  it('gave the recovery key to its file alone', () => {
    const key = readFileSync(keyFile, 'utf8').trim();
    assert.match(key, /^[A-Za-z0-9+/]{43}=$/);
    assert.equal(statSync(keyFile).mode & 0o777, 0o600);
    assert.equal(existsSync(path.join(dataDir, 'recovery-key.pending')), false);
    for (const log of readdirSync(path.join(dataDir, 'logs'))) {
      const text = readFileSync(path.join(dataDir, 'logs', log), 'utf8');
      assert.ok(!text.includes(key) && !text.includes('demo-backup-secret'), `${log} holds a secret`);
    }
  });

  it('leaves nothing running after Ctrl-C', () => {
    assert.equal(azuriteIn(dataDir), undefined);
    assert.equal(readFileSync(path.join(dataDir, 'processes.json'), 'utf8'), '[]');
    assert.equal(existsSync(path.join(dataDir, 'lock')), false);
  });

  it('says at the second start what it need not fetch again, and shows no key', async () => {
    const product = Product.start({ dataDir, env: SMALL });
    const [, stored] = await product.said(/^Already stored: ([\d,]+) items/m);
    assert.equal(numberOf(stored), items);
    assert.doesNotMatch(product.output, /Recovery key/i);

    const second = Product.start({ dataDir, env: SMALL });
    assert.equal(await second.ended(), 1);
    assert.match(second.output, /in use by another start \(process \d+.*--data-dir PATH/s);
    assert.equal(await product.interrupt(), 0);
  });

  it('checks every permission and dependency, and ends', async () => {
    const product = Product.start({ dataDir, env: SMALL, args: ['--check'] });
    assert.equal(await product.ended(), 0);
    assert.match(product.output, /Mail\.Read/);
    assert.match(product.output, /blob storage/);
    assert.equal(azuriteIn(dataDir), undefined);
  });
});

describe('npm start, killed', () => {
  let dataDir: string;
  before(() => {
    dataDir = makeDataDir();
  });
  afterEach(async () => {
    await endAzurite(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('goes on where it was: within ten seconds, without loss and without doing anything twice', async (test) => {
    const kills = Number(process.env['KILLS'] ?? 5);
    let product = Product.start({ dataDir, env: SMALL });
    for (let n = 0; n < kills; n++) {
      const seconds = await untilMoreIsStored(product, n);
      test.diagnostic(`start ${n + 1}: first new slice after ${seconds.toFixed(1)} s`);
      if (n > 0) assert.ok(seconds < 10, `the first new slice came after ${seconds} s`);
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
    assert.equal(value[0].counts.listed, decided(value[0].counts));
    assert.equal(value[0].counts.listed, numberOf(count));
    assert.equal(await product.interrupt(), 0);
  });

  /** Seconds from the start of the process to the first item it stored itself. */
  async function untilMoreIsStored(product: Product, n: number): Promise<number> {
    const already = n === 0 ? undefined : (await product.said(/^Already stored: ([\d,]+) items/m))[1];
    const before = already === undefined ? 0 : numberOf(already);
    while ((await storedOf(product)) <= before) await delay(50);
    return (Date.now() - product.startedAtMs) / 1000;
  }

  async function storedOf(product: Product): Promise<number> {
    const { value } = await product.api(runList, '/runs');
    return (value[0]?.counts.stored ?? 0) + (value[0]?.counts.reused ?? 0);
  }
});

describe('npm start, misunderstood', () => {
  it('names an unknown flag and the flags there are', async () => {
    const product = Product.start({ dataDir: '/nowhere', args: ['--hedless'] });
    assert.equal(await product.ended(), 2);
    assert.match(product.output, /--hedless/);
    assert.match(product.output, /--recovery-key-file PATH/);
  });

  it('names the port that another program has', async () => {
    const dataDir = makeDataDir();
    const other = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const { port } = other.address() as AddressInfo;
    const product = Product.start({ dataDir, args: ['--port', String(port)] });
    assert.equal(await product.ended(), 1);
    assert.match(product.output, new RegExp(`Port ${port} is taken`));
    other.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('says every mistake in the settings at once', async () => {
    const dataDir = makeDataDir();
    const product = Product.start({ dataDir, env: { TENANT_ID: 'contoso', GRAPH_ENDPOINT: 'http://graph' } });
    assert.equal(await product.ended(), 1);
    assert.match(product.output, /GRAPH_ENDPOINT/);
    assert.match(product.output, /BACKUP_CLIENT_ID/);
    assert.doesNotMatch(product.output, /\bat \w+.*\.ts:\d+/);
    assert.equal(azuriteIn(dataDir), undefined);
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('ends with its own process group even when only the start itself is killed', async () => {
    const dataDir = makeDataDir();
    const child = spawn(
      process.execPath,
      [path.join(import.meta.dirname, 'start.ts'), '--headless', '--data-dir', dataDir, '--port', '0'],
      {
        cwd: dataDir,
        env: { ...process.env, ...SMALL },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let said = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      said += text;
      if (said.includes('API ') && child.exitCode === null) child.kill('SIGKILL');
      if (child.killed) break;
    }
    const product = Product.start({ dataDir, env: SMALL });
    await product.said(/^API /m);
    assert.equal(await product.interrupt(), 0);
    await endAzurite(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  });
});
