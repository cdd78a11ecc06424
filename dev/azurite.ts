import { fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { COMPILE_CACHE } from './compileCache.ts';
import { isAlive, type ProcessIdentity } from './processIdentity.ts';

export interface AzuritePorts {
  readonly blob: number;
  readonly queue: number;
  readonly table: number;
}

/** What `azurite.json` holds. Without ports it is still starting. */
export interface AzuriteState extends ProcessIdentity {
  readonly ports?: AzuritePorts;
}

export interface Azurite {
  readonly connectionString: string;
  readonly pid: number;
  readonly ports: AzuritePorts;
  /** True when an earlier start left it running. */
  readonly wasRunning: boolean;
  /** Ends it by SIGTERM and resolves when its last write is done and the process is gone. */
  stop(): Promise<void>;
}

export interface AzuriteOptions {
  readonly dataDir: string;
  /** It ends itself after this long without a holder of the data folder's lock. Default 10 minutes. */
  readonly aloneMs?: number;
}

const START_MS = 30_000;
const LAST_WRITE_MS = 60_000;
const POLL_MS = 50;
const ACCOUNT = 'devstoreaccount1';
/** The well-known key of every storage emulator: what guards the data is that it listens on loopback only. */
const ACCOUNT_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export const azuriteStateFile = (dataDir: string) => path.join(dataDir, 'azurite.json');

export function connectionString(ports: AzuritePorts): string {
  const endpoint = (service: string, port: number) => `${service}Endpoint=http://127.0.0.1:${port}/${ACCOUNT};`;
  return (
    `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${ACCOUNT_KEY};` +
    endpoint('Blob', ports.blob) +
    endpoint('Queue', ports.queue) +
    endpoint('Table', ports.table)
  );
}

/**
 * The storage of the local start, kept in `dataDir`. It runs in a session of its own, so that killing the start with its
 * whole process group leaves it alone: Azurite saves its metadata only every few seconds. The next start finds it again.
 */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  const running = await runningState(options.dataDir);
  if (running !== undefined) return toAzurite(running, true);
  await spawnAzurite(options);
  const started = await runningState(options.dataDir);
  if (started === undefined) throw new Error(`Azurite did not start. Its log is ${logFile(options.dataDir)}`);
  return toAzurite(started, false);
}

type RunningState = AzuriteState & Required<Pick<AzuriteState, 'ports'>>;

/** Waits while an Azurite of this folder is still starting: a second one on the same files would destroy them. */
async function runningState(dataDir: string): Promise<RunningState | undefined> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    const state = readState(dataDir);
    if (state === undefined || !isAlive(state)) return undefined;
    if (state.ports !== undefined) return { ...state, ports: state.ports };
    if (Date.now() > deadline)
      throw new Error(`Azurite (process ${state.pid}) has been starting for too long. Its log is ${logFile(dataDir)}`);
    await delay(POLL_MS);
  }
}

/** What azurite.json says; undefined when it is not there. */
export function readState(dataDir: string): AzuriteState | undefined {
  try {
    return JSON.parse(readFileSync(azuriteStateFile(dataDir), 'utf8')) as AzuriteState;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const logFile = (dataDir: string) => path.join(dataDir, 'logs', 'azurite.log');

async function spawnAzurite({ dataDir, aloneMs = 600_000 }: AzuriteOptions): Promise<void> {
  mkdirSync(path.dirname(logFile(dataDir)), { recursive: true });
  const log = openSync(logFile(dataDir), 'a');
  const child = fork(path.join(import.meta.dirname, 'azuriteProcess.ts'), [dataDir, String(aloneMs)], {
    detached: true,
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env },
    execArgv: [],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`Azurite ended while it started (${signal ?? code}). Its log is ${logFile(dataDir)}`)),
    );
  });
  child.disconnect();
  child.unref();
}

function toAzurite(state: RunningState, wasRunning: boolean): Azurite {
  return {
    connectionString: connectionString(state.ports),
    pid: state.pid,
    ports: state.ports,
    wasRunning,
    stop: () => stopAzurite(state),
  };
}

async function stopAzurite(state: AzuriteState): Promise<void> {
  if (!isAlive(state)) return;
  process.kill(state.pid, 'SIGTERM');
  const deadline = Date.now() + LAST_WRITE_MS;
  while (isAlive(state)) {
    if (Date.now() > deadline)
      throw new Error(`Azurite (process ${state.pid}) has not ended after ${LAST_WRITE_MS / 1000} s`);
    await delay(POLL_MS);
  }
}
