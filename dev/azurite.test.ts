import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { startAzurite, azuriteStateFile, connectionString, type AzuriteState } from './azurite.ts';
import { isAlive } from './processIdentity.ts';

const azuriteModule = path.join(import.meta.dirname, 'azurite.ts');
const lockModule = path.join(import.meta.dirname, 'lock.ts');

/** A start like `npm start`: takes the lock, starts Azurite, writes blobs and rows, and says each that was acknowledged. */
const writer = `
  import { startAzurite } from ${JSON.stringify(azuriteModule)};
  import { lockDataDir } from ${JSON.stringify(lockModule)};
  import { BlobServiceClient } from '@azure/storage-blob';
  import { TableClient } from '@azure/data-tables';
  const [dataDir, round] = process.argv.slice(1);
  lockDataDir(dataDir);
  const azurite = await startAzurite({ dataDir });
  const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient('kept');
  await container.createIfNotExists();
  const table = TableClient.fromConnectionString(azurite.connectionString, 'kept', { allowInsecureConnection: true });
  await table.createTable();
  console.log('pid ' + azurite.pid + ' ' + azurite.wasRunning);
  for (let n = 0; ; n++) {
    await container.getBlockBlobClient(round + '-' + n).upload('x'.repeat(1000 + n), 1000 + n);
    await table.createEntity({ partitionKey: round, rowKey: String(n), size: 1000 + n });
    console.log('kept ' + n);
  }
`;

const stateIn = (dataDir: string) =>
  existsSync(azuriteStateFile(dataDir))
    ? (JSON.parse(readFileSync(azuriteStateFile(dataDir), 'utf8')) as AzuriteState)
    : undefined;

describe('Azurite of the local start', () => {
  let dataDir: string;
  let azuritePid = 0;
  before(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'holdfast-azurite-'));
  });
  after(() => {
    const state = stateIn(dataDir);
    if (state !== undefined && isAlive(state)) process.kill(state.pid, 'SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Lets a start write until it has kept `count`, then kills its whole process group. Returns what it said. */
  async function writeAndKill(round: string, count: number): Promise<{ wasRunning: boolean; kept: number }> {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', writer, dataDir, round], {
      cwd: path.join(import.meta.dirname, '..'),
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      said += text;
      if (said.includes(`kept ${count}\n`) && child.pid !== undefined && child.exitCode === null)
        process.kill(-child.pid, 'SIGKILL');
    }
    const [, pid, wasRunning] = /^pid (\d+) (\w+)/.exec(said) ?? [];
    azuritePid = Number(pid);
    return { wasRunning: wasRunning === 'true', kept: said.split('kept ').length - 1 };
  }

  it('keeps all that was acknowledged when the process group of the start is killed, and is found again', async () => {
    const first = await writeAndKill('first', 20);
    const pidBefore = azuritePid;
    assert.equal(first.wasRunning, false);
    const second = await writeAndKill('second', 5);
    assert.equal(second.wasRunning, true);
    assert.equal(azuritePid, pidBefore);

    const azurite = await startAzurite({ dataDir });
    const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient('kept');
    const table = TableClient.fromConnectionString(azurite.connectionString, 'kept', { allowInsecureConnection: true });
    for (let n = 0; n < first.kept; n++) {
      const bytes = await container.getBlockBlobClient(`first-${n}`).downloadToBuffer();
      const row = await table.getEntity('first', String(n));
      assert.equal(bytes.length, row['size']);
    }
  });

  it('ends by SIGTERM with its last write done, and starts again on the same data', async () => {
    const azurite = await startAzurite({ dataDir });
    const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient('kept');
    await container.getBlockBlobClient('last').upload('last', 4);
    await azurite.stop();
    assert.equal(existsSync(azuriteStateFile(dataDir)), false);

    const again = await startAzurite({ dataDir });
    assert.equal(again.wasRunning, false);
    const kept = BlobServiceClient.fromConnectionString(again.connectionString).getContainerClient('kept');
    assert.equal((await kept.getBlockBlobClient('last').downloadToBuffer()).toString(), 'last');
    assert.equal(again.connectionString, connectionString(again.ports));
    await again.stop();
  });

  it('ends without a last write when its folder was taken away', async () => {
    const gone = mkdtempSync(path.join(tmpdir(), 'holdfast-azurite-'));
    await startAzurite({ dataDir: gone, aloneMs: 2_000 });
    const state = stateIn(gone);
    assert.ok(state !== undefined);
    rmSync(gone, { recursive: true, force: true });
    while (isAlive(state)) await delay(50);
    assert.equal(existsSync(azuriteStateFile(gone)), false);
    rmSync(gone, { recursive: true, force: true });
  });

  it('ends itself when nobody holds the data folder for the time it was given', async () => {
    const alone = mkdtempSync(path.join(tmpdir(), 'holdfast-azurite-'));
    const script = `import { startAzurite } from ${JSON.stringify(azuriteModule)};
      await startAzurite({ dataDir: process.argv[1], aloneMs: 2000 });`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script, alone], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await once(child, 'exit');
    const state = stateIn(alone);
    assert.ok(state !== undefined);
    while (isAlive(state)) await delay(50);
    assert.equal(existsSync(azuriteStateFile(alone)), false);
    rmSync(alone, { recursive: true, force: true });
  });
});
