import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startAzurite } from '../azurite.ts';
import { COMPILE_CACHE } from '../compileCache.ts';
import { type FunctionsHost, startHost } from '../host/host.ts';
import { lockDataDir } from '../lock.ts';
import { Children, endChild } from './children.ts';
import { buildConsole, isConsoleStale } from './consoleBuild.ts';
import { openLog, startDemoTenant, tenantEnvironment, type TenantAddresses } from './demoTenant.ts';
import { consoleLine, demoPeople } from './demoPeople.ts';
import {
  choosePort,
  freePort,
  isStorageConfigured,
  isTenantConfigured,
  whyNoChat,
  workerEnvironment,
} from './environment.ts';
import { introducePeople } from './introducePeople.ts';
import { openHostLog } from './logFile.ts';
import { Operator } from './operator.ts';
import type { StartOptions } from './options.ts';
import { startPlayground } from './playground.ts';
import { handOverRecoveryKey } from './recoveryKey.ts';
import type { Terminal } from './terminal.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** What a job needs to reach the end of its slice, and not more than a person waits for after Ctrl-C. */
const GRACE_MS = 10_000;
/** The playground's usual one. */
const CHAT_PORT = 56_150;

/** Something about this machine or the settings keeps the start from going on; the message says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/**
 * Everything that runs for one start, in the order of its beginning. `end` takes it down backwards; what is acknowledged
 * is kept, however it ends.
 */
export class Local {
  readonly options: StartOptions;
  readonly #terminal: Terminal;
  readonly #closers: (() => Promise<void> | void)[] = [];
  readonly #children: Children;
  readonly #env: Record<string, string | undefined>;
  readonly #tenant: TenantAddresses | undefined;
  readonly #chatPort: number | undefined;
  readonly port: number;
  readonly operator: Operator;
  #ending: Promise<void> | undefined;

  private constructor(options: StartOptions, terminal: Terminal, parts: Foundation) {
    this.options = options;
    this.#terminal = terminal;
    this.#children = parts.children;
    this.#env = parts.env;
    this.#tenant = parts.tenant;
    this.#chatPort = parts.chatPort;
    this.port = parts.port;
    this.operator = parts.operator;
    this.#closers = parts.closers;
  }

  /** Lock, storage, tenant, settings and operator. Nothing of it stays behind when it rejects. */
  static async lay(options: StartOptions, terminal: Terminal): Promise<Local> {
    const closers: (() => Promise<void> | void)[] = [];
    try {
      return new Local(options, terminal, await layFoundation(options, terminal, closers));
    } catch (error) {
      await closeAll(closers);
      throw error;
    }
  }

  /** True when keys and policy were made by an earlier start: then the host need not wait for the operator. */
  get isPrepared(): boolean {
    return existsSync(this.#preparedMark);
  }

  notePrepared(): void {
    writeFileSync(this.#preparedMark, '');
  }

  get #preparedMark(): string {
    return path.join(this.options.dataDir, 'prepared');
  }

  /** The Functions host with the app, its HTTP side only. */
  async startHost(): Promise<FunctionsHost> {
    const { dataDir, headless } = this.options;
    const say = (line: string) => this.#terminal.say(line);
    const hostLog = openHostLog(dataDir, this.#env, headless ? say : undefined, say);
    this.#closers.push(hostLog.close);
    const host = await startHost({
      app: path.join(ROOT, 'api/main.ts'),
      hostJson: path.join(ROOT, 'api/host.json'),
      env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...this.#env },
      stateFolder: path.join(dataDir, 'host'),
      port: this.port,
      log: hostLog.log,
    });
    this.#closers.push(async () => {
      await host.stop(GRACE_MS);
      this.#children.noteOthers([]);
    });
    const workerPid = await host.workerPid();
    if (workerPid !== undefined) this.#children.noteOthers([workerPid]);
    return host;
  }

  /** Builds the console where it is missing or older than its source. */
  async buildConsole(): Promise<void> {
    if (!existsSync(path.join(ROOT, 'tabs')) || !isConsoleStale()) return;
    this.#terminal.say('Building the console …');
    const log = openLog(this.options.dataDir, 'console.log');
    await buildConsole(this.#children, log.descriptor).finally(log.close);
  }

  /** Where the console is; in the demo tenant also as whom to sign in. */
  async consoleLine(url: string): Promise<string> {
    return consoleLine(url, this.#tenant && (await demoPeople(this.#tenant.controlUrl)));
  }

  /** Starts the chat of this machine and says where it is; where there can be none, says why. */
  async startChat(): Promise<string> {
    const off = whyNoChat(this.#env, this.#tenant !== undefined);
    if (off !== undefined) return off;
    if (this.#tenant === undefined || this.#chatPort === undefined) throw new Error('The chat has no port');
    const people = await demoPeople(this.#tenant.controlUrl);
    await introducePeople(people, this.#tenant.controlUrl, `http://localhost:${this.port}/api`);
    const log = openLog(this.options.dataDir, 'playground.log');
    const { child, url } = await startPlayground({
      children: this.#children,
      dataDir: this.options.dataDir,
      env: process.env,
      botUrl: `http://localhost:${this.port}/api/messages`,
      port: this.#chatPort,
      tenantId: this.#tenant.tenantId,
      people,
      log: log.descriptor,
    }).finally(log.close);
    this.#closers.push(() => endChild(child, 3_000));
    return url;
  }

  /** Stops everything, last started first. May be called twice. */
  end(): Promise<void> {
    this.#ending ??= closeAll(this.#closers);
    return this.#ending;
  }
}

interface Foundation {
  readonly children: Children;
  readonly env: Record<string, string | undefined>;
  readonly tenant: TenantAddresses | undefined;
  readonly chatPort: number | undefined;
  readonly port: number;
  readonly operator: Operator;
  readonly closers: (() => Promise<void> | void)[];
}

async function layFoundation(
  options: StartOptions,
  terminal: Terminal,
  closers: Foundation['closers'],
): Promise<Foundation> {
  const { dataDir } = options;
  const lock = lockDataDir(dataDir);
  closers.push(lock.release);
  const children = new Children(dataDir);
  await children.endLeftovers();
  const port = await choosePort(options.port, process.env);
  if (port === undefined)
    throw new StartError(
      `Port ${options.port ?? process.env['PORT']} is taken by another program. Choose another: npm start -- --port 0`,
    );
  const [storage, tenant] = await both(
    startStorage(dataDir, terminal, closers),
    startTenant(children, dataDir, terminal, closers),
  );
  const chatPort =
    tenant === undefined || options.headless ? undefined : ((await freePort(CHAT_PORT)) ?? (await freePort(0)));
  const env = workerEnvironment(process.env, {
    dataDir,
    port,
    storage,
    chatPort,
    tenant: tenant === undefined ? {} : tenantEnvironment(tenant.addresses),
  });
  const log = openLog(dataDir, 'operator.log');
  const operator = new Operator(children, env, log.descriptor, (key) =>
    handOverRecoveryKey(key, options.recoveryKeyFile, terminal),
  );
  log.close();
  closers.push(() => operator.end());
  return { children, env, tenant: tenant?.addresses, chatPort, port, operator, closers };
}

/** Waits for both even when one fails: what the other one started must be known before all is taken down. */
async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

async function startStorage(
  dataDir: string,
  terminal: Terminal,
  closers: Foundation['closers'],
): Promise<string | undefined> {
  if (isStorageConfigured(process.env)) return undefined;
  const azurite = await startAzurite({ dataDir });
  closers.push(() => azurite.stop());
  terminal.say(
    `Storage       Azurite in ${dataDir}${azurite.wasRunning ? ' (still running from an earlier start)' : ''}`,
  );
  return azurite.connectionString;
}

async function startTenant(children: Children, dataDir: string, terminal: Terminal, closers: Foundation['closers']) {
  if (isTenantConfigured(process.env)) {
    terminal.say(
      `Tenant        ${process.env['TENANT_ID'] ?? '(no TENANT_ID)'} at ${process.env['GRAPH_ENDPOINT'] ?? 'https://graph.microsoft.com'}`,
    );
    return undefined;
  }
  const log = openLog(dataDir, 'tenant.log');
  const tenant = await startDemoTenant(children, dataDir, log.descriptor).finally(log.close);
  closers.push(() => endChild(tenant.child, 5_000));
  terminal.say(`Demo tenant   ${tenant.addresses.graphUrl} (control: ${tenant.addresses.controlUrl}/control)`);
  return tenant;
}

/** Each part is closed even when another one could not be; the first trouble is told at the end. */
async function closeAll(closers: (() => Promise<void> | void)[]): Promise<void> {
  const troubles: unknown[] = [];
  for (const close of closers.splice(0).toReversed()) {
    try {
      await close();
    } catch (error) {
      troubles.push(error);
    }
  }
  if (troubles.length > 0) throw troubles[0];
}
