import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { azuriteIn, decided, endAzurite, numberOf, Product, runList, SMALL } from './testing/product.ts';

const makeDataDir = () => mkdtempSync(path.join(tmpdir(), 'holdfast-start-'));

describe('npm start', () => {
  let dataDir: string;
  let keyFile: string;
  let items = 0;
  before(() => {
    dataDir = makeDataDir();
    keyFile = path.join(dataDir, 'recovery', 'key.txt');
  });
  after(async () => {
    await Product.killAll();
    await endAzurite(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('makes a key, protects the tenant and completes the first backup', async () => {
    const product = Product.start({ dataDir, env: SMALL, args: ['--recovery-key-file', keyFile] });
    const [, count] = await product.said(/^First backup completed: ([\d,]+) items, [\d.]+ MB, [\d.]+ s$/m);
    items = numberOf(count);
    assert.ok(items > 100);
    assert.equal(product.output.split('First backup completed').length, 2);
    await product.said(/^Ready\. Ctrl-C stops\.$/m);
    assert.equal(product.output.match(/^API /gm)?.length, 1, product.output);

    const { value } = await product.api(runList, '/runs');
    assert.equal(value.length, 1);
    const [run] = value;
    assert.equal(run?.state, 'completed');
    assert.equal(run.counts.listed, decided(run.counts) + run.counts.pending);
    assert.deepEqual(await product.complaints(), []);
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
    assert.deepEqual(await product.complaints(), []);

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
