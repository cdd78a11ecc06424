/** `npm start`: the whole product on this machine. `npm start -- --help` names the options. */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { FunctionsHost } from './host/host.ts';
import { FolderUnusable, LockHeld } from './lock.ts';
import { judgeSettings } from './start/judgeSettings.ts';
import { Local, StartError } from './start/local.ts';
import { readOptions, type StartOptions, USAGE, UsageError } from './start/options.ts';
import { OperatorTrouble } from './start/operator.ts';
import { completionLine, hasEnded, Progress, troubleLine } from './start/progress.ts';
import { Terminal } from './start/terminal.ts';

const LOOK_MS = 1_000;
const numberFormat = new Intl.NumberFormat('en');
const terminal = new Terminal();
const stopping = new AbortController();

process.exitCode = await main(process.argv.slice(2));

/** 0 stopped as asked, 1 could not go on, 2 not understood. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const hasFile = readEnvFile();
    const options = readOptions(args, process.env);
    if (options === 'help') {
      terminal.say(USAGE);
      return 0;
    }
    if (hasFile) terminal.say('Settings      .env and the environment');
    stopOnSignals();
    return await start(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

/** Settings may stand in `.env`; what the environment says already goes first. */
function readEnvFile(): boolean {
  if (!existsSync('.env')) return false;
  process.loadEnvFile('.env');
  return true;
}

async function start(options: StartOptions): Promise<number> {
  let local: Local | undefined;
  try {
    judgeSettings(process.env, options);
    terminal.say(`Holdfast · data folder ${options.dataDir}`);
    local = await Local.lay(options, terminal);
    stopping.signal.throwIfAborted();
    if (options.check) return await check(local);
    await serve(local);
    return 0;
  } catch (error) {
    terminal.endLive();
    // What fails because everything is being stopped is no news.
    if (stopping.signal.aborted) return 0;
    process.stderr.write(`${explain(error)}\n`);
    return 1;
  } finally {
    terminal.endLive();
    if (stopping.signal.aborted) terminal.say('Stopping …');
    await local?.end();
  }
}

async function serve(local: Local): Promise<void> {
  // A later start does not wait for what is there already: open work goes on as soon as a worker is up.
  const early = local.isPrepared ? startTriggered(local) : undefined;
  const prepared = prepare(local);
  await Promise.allSettled([early, prepared]);
  const { run, isFirst, stored, trouble } = await prepared;
  stopping.signal.throwIfAborted();
  const host = await (early ?? startTriggered(local));
  const addresses = local.options.headless ? [`API           ${host.url}/api`] : await browserParts(local, host.url);
  for (const address of addresses) terminal.say(address);
  if (trouble !== undefined) terminal.say(`Attention     ${trouble}`);
  if (stored > 0) terminal.say(`Already stored: ${numberFormat.format(stored)} items; they are not fetched again.`);
  if (run !== undefined) {
    await follow(local, run, isFirst);
    // What a person opens is where they look now; programs have read it above.
    if (!local.options.headless && !stopping.signal.aborted) for (const address of addresses) terminal.say(address);
  }
  if (!stopping.signal.aborted) terminal.say('Ready. Ctrl-C stops.');
  await local.operator.end();
  await stopped();
}

async function prepare(local: Local) {
  const bootstrapped = await local.operator.calls.bootstrap();
  local.notePrepared();
  return { ...bootstrapped, stored: await local.operator.calls.storedItems() };
}

async function startTriggered(local: Local): Promise<FunctionsHost> {
  const host = await local.startHost();
  host.startTriggers();
  return host;
}

async function browserParts(local: Local, url: string): Promise<string[]> {
  await local.buildConsole();
  stopping.signal.throwIfAborted();
  const chat = await local.startChat();
  return [await local.consoleLine(url), `Chat          ${chat}`];
}

/** Shows how a backup goes until it has ended or the start is stopped. */
async function follow(local: Local, id: string, isFirst: boolean): Promise<void> {
  const progress = new Progress();
  while (!stopping.signal.aborted) {
    const run = await local.operator.calls.run(id);
    if (run !== undefined && hasEnded(run)) {
      terminal.endLive();
      terminal.say(completionLine(run, isFirst));
      const trouble = troubleLine(run);
      if (trouble !== undefined) terminal.say(trouble);
      return;
    }
    if (run !== undefined) terminal.live(progress.line(run, Date.now()), Date.now());
    await Promise.race([delay(LOOK_MS), stopped()]);
  }
}

async function check(local: Local): Promise<number> {
  const { lines, isFine } = await local.operator.calls.check();
  for (const line of lines) terminal.say(line);
  return isFine ? 0 : 1;
}

/** The first signal ends everything in order, the second one at once: what is acknowledged is safe either way. */
function stopOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(130);
      stopping.abort();
    });
  }
}

function stopped(): Promise<void> {
  if (stopping.signal.aborted) return Promise.resolve();
  return new Promise((resolve) => stopping.signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Troubles that were foreseen speak for themselves; of a surprise the stack is what helps. */
function explain(error: unknown): string {
  if ([LockHeld, FolderUnusable, StartError, OperatorTrouble].some((foreseen) => error instanceof foreseen))
    return (error as Error).message;
  if (!(error instanceof Error)) return String(error);
  return error.message.includes('\n') ? error.message : (error.stack ?? error.message);
}
