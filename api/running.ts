import { readFileSync } from 'node:fs';
import { systemClock } from '../azure/systemClock.ts';
import { systemRandom } from '../azure/systemRandom.ts';
import { compose, type Composed } from './compose.ts';
import { builtConsole, serveConsole } from './console.ts';
import { consoleLog } from './consoleLog.ts';
import type { HttpAnswer, HttpCall } from './http/answer.ts';
import { discovery } from './http/discovery.ts';
import { makeHandle } from './http/handle.ts';
import { notFound, problemAnswer } from './http/problem.ts';
import { insistOnKeys } from './insistOnKeys.ts';
import { nudgeHandlers } from './queues/nudges.ts';
import type { Front } from './services.ts';
import { readSettings, type Settings } from './settings.ts';
import { once } from './once.ts';
import { openOuterKey, openStores } from './stores.ts';
import { withTenantId } from './tenantId.ts';
import { ticks } from './timers/ticks.ts';

const stopping = new AbortController();

/** The app of this process, made when it is first asked for. */
export const running = once(async () => start(await withTenantId(readSettings()), stopping.signal));

/** Ends what works: jobs stop at their next step, what they committed stays. */
export const stop = (): void => stopping.abort();

/** With a data folder for itself this process takes up all open work; in Azure the watchdog does. */
export async function takeUp(): Promise<void> {
  if (readSettings().isAlone) await (await running()).timers.takeUp();
}

export async function start(settings: Settings, signal: AbortSignal) {
  const storage = await openStores(settings);
  const open = once(async (): Promise<Composed> => {
    await storage.prepare();
    await insistOnKeys(storage.blobs);
    const outerKey = await openOuterKey(settings);
    const own = { log: consoleLog, clock: systemClock, random: systemRandom, signal };
    return compose(settings, { storage, outerKey, ...own });
  });
  const bot = once(async () => {
    if (settings.bot === undefined) return undefined;
    const { makeBot } = await import('./bot.ts');
    return makeBot(await open(), settings, settings.bot);
  });
  const now = () => systemClock.now();
  const front: Front = {
    settings,
    version,
    clock: systemClock,
    random: systemRandom,
    log: consoleLog,
    authority: discovery(settings.authorityHost, settings.tenantId, { now }),
    browserAuthority: discovery(settings.browserAuthorityHost, settings.tenantId, { now }),
    open: async () => (await open()).services,
  };
  const isLocal = settings.publicUrl?.startsWith('https:') !== true;
  return {
    http: {
      api: makeHandle(front),
      messages: botMessages(front, bot),
      console: serveConsole({ folder: builtConsole, authorityHost: settings.browserAuthorityHost, isLocal }),
    },
    queues: nudgeHandlers({ log: consoleLog, queue: storage.queue, open }),
    timers: { ...ticks(open), deliver: async () => (await bot())?.deliver() },
    front,
    open,
  };
}

/** `POST /api/messages`. Troubles before the bot is there are problem documents like those of every other route. */
const botMessages =
  (front: Front, bot: () => Promise<{ messages(call: HttpCall): Promise<HttpAnswer> } | undefined>) =>
  async (call: HttpCall): Promise<HttpAnswer> => {
    try {
      const there = await bot();
      if (there === undefined) throw notFound('address');
      return await there.messages(call);
    } catch (error) {
      const reference = Buffer.from(front.random.bytes(6)).toString('hex');
      front.log.warn('bot.unanswered', { reference, error: error instanceof Error ? error.name : 'unknown' });
      return problemAnswer(error, reference);
    }
  };

/** The version of this build, from the package that the code lies in. */
const version = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string })
  .version;
