/**
 * Azurite's own process: `azuriteProcess.ts DATA_DIR ALONE_MS`. It tells where it listens through DATA_DIR/azurite.json,
 * and ends itself when nobody has held the data folder's lock for ALONE_MS.
 */
import { randomInt } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { type AzuritePorts, type AzuriteState, azuriteStateFile, readState } from './azurite.ts';
import { acquireLock, holderOf } from './lock.ts';
import { identityOf } from './processIdentity.ts';

const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_000;

const [dataDir, aloneText] = process.argv.slice(2);
if (dataDir === undefined || aloneText === undefined) throw new Error('usage: azuriteProcess.ts DATA_DIR ALONE_MS');
const identity = identityOf(process.pid);
if (identity === undefined) throw new Error('This process cannot be told apart from others on this system');

// Two on the same files would destroy them; a start that was killed may have left one that is just coming up.
const lock = acquireLock(path.join(dataDir, 'azurite.lock'), ({ pid }) => `Azurite runs already (process ${pid})`);
process.once('exit', () => {
  if (isNamed()) rmSync(azuriteStateFile(dataDir), { force: true });
  lock.release();
});

writeState({ ...identity });
const ports = await freePorts();
process.argv.splice(2, Infinity, ...azuriteArguments(path.join(dataDir, 'azurite'), ports));
createRequire(import.meta.url)('azurite/dist/src/azurite.js');
await Promise.all(Object.values(ports).map(listening));
writeState({ ...identity, ports });
watchOverLoneliness(dataDir, Number(aloneText));
process.send?.('ready');

function writeState(state: AzuriteState): void {
  const file = azuriteStateFile(dataDir as string);
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** True while azurite.json names this process. */
function isNamed(): boolean {
  return readState(dataDir as string)?.pid === process.pid;
}

function azuriteArguments(location: string, { blob, queue, table }: AzuritePorts): string[] {
  const services = { blob, queue, table };
  const hostsAndPorts = Object.entries(services).flatMap(([name, port]) => [
    `--${name}Host`,
    '127.0.0.1',
    `--${name}Port`,
    String(port),
  ]);
  // A newer SDK asks for a newer API version than Azurite knows, and uses nothing new of it.
  return ['--location', location, '--silent', '--skipApiVersionCheck', '--disableTelemetry', ...hostsAndPorts];
}

/**
 * Ports below those that the system gives to outgoing connections: one of these, taken between this look and Azurite's
 * own listening, would end the start.
 */
async function freePorts(): Promise<AzuritePorts> {
  const found = new Set<number>();
  while (found.size < 3) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
    if (await isFree(port)) found.add(port);
  }
  const [blob = 0, queue = 0, table = 0] = found;
  return { blob, queue, table };
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    await once(server.close(), 'close');
    return true;
  } catch (error) {
    if (['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

async function listening(port: number): Promise<void> {
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      return;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function watchOverLoneliness(folder: string, aloneMs: number): void {
  let lastCompany = Date.now();
  const timer = setInterval(
    () => {
      // The folder was removed, and may be there again with another Azurite on it: a last write would spoil that one.
      if (!isNamed()) process.exit(1);
      if (holderOf(folder) !== undefined) lastCompany = Date.now();
      if (Date.now() - lastCompany < aloneMs) return;
      clearInterval(timer);
      process.kill(process.pid, 'SIGTERM');
    },
    Math.min(5_000, aloneMs / 4),
  );
  timer.unref();
}
