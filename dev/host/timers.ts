import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Cron } from 'croner';
import { timeSpanMs } from './hostJson.ts';
import type { LogSink } from './log.ts';
import type { Invocation, RetryOptions } from './protocol.ts';

export interface TimerOptions {
  readonly functionName: string;
  readonly bindingName: string;
  /** Six-part NCRONTAB, or a time span like `00:05:00`. */
  readonly schedule: string;
  readonly runOnStartup: boolean;
  readonly useMonitor: boolean;
  readonly retry: RetryOptions | undefined;
  /** File that remembers when timers ran last, so that a missed time is seen after a restart. */
  readonly stateFile: string;
  /** IANA name, from WEBSITE_TIME_ZONE; UTC in Azure when unset. */
  readonly timeZone: string;
  invoke(invocation: Invocation): Promise<void>;
  readonly log: LogSink;
}

export interface Timer {
  /** Fires no more and resolves when a run under way has ended. */
  stop(): Promise<void>;
}

const LONGEST_DELAY_MS = 2 ** 31 - 1;
/** More frequent timers are not watched for missed times, as in Azure. */
const MONITORED_INTERVAL_MS = 60_000;

export function startTimer(options: TimerOptions): Timer {
  const schedule = parseSchedule(options.schedule, options.timeZone);
  const stopping = new AbortController();
  const ended = tick(options, schedule, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

/** The time after `from` at which the timer fires next, or undefined for never. */
export type Schedule = (from: Date) => Date | undefined;

export function parseSchedule(text: string, timeZone: string): Schedule {
  if (!text.includes(' ')) {
    const interval = timeSpanMs(text);
    return (from) => new Date(from.getTime() + interval);
  }
  const cron = new Cron(text, { mode: '6-part', domAndDow: true, paused: true, timezone: timeZone });
  return (from) => cron.nextRun(from) ?? undefined;
}

async function tick(options: TimerOptions, schedule: Schedule, stopping: AbortSignal): Promise<void> {
  const state = new TimerState(options.stateFile);
  let last = state.read(options.functionName);
  const now = new Date();
  const isMonitored = options.useMonitor && isRare(schedule, now);
  const due = last === undefined ? undefined : schedule(last);
  const isPastDue = isMonitored && due !== undefined && due < now;
  let next = options.runOnStartup || isPastDue ? now : schedule(now);
  let wasPastDue = isPastDue;
  while (next !== undefined && (await reached(next, stopping))) {
    const after = schedule(new Date(Math.max(next.getTime(), Date.now())));
    await run(options, { last, next: after, isPastDue: wasPastDue }, stopping);
    last = new Date();
    if (isMonitored) state.write(options.functionName, last);
    wasPastDue = false;
    // A run that took longer than the interval skips what it covered: runs of one timer never overlap.
    next = schedule(new Date(Math.max(next.getTime(), Date.now())));
  }
}

function isRare(schedule: Schedule, now: Date): boolean {
  const first = schedule(now);
  const second = first === undefined ? undefined : schedule(first);
  return first !== undefined && second !== undefined && second.getTime() - first.getTime() >= MONITORED_INTERVAL_MS;
}

async function reached(time: Date, stopping: AbortSignal): Promise<boolean> {
  while (!stopping.aborted) {
    const ms = time.getTime() - Date.now();
    if (ms <= 0) return true;
    await delay(Math.min(ms, LONGEST_DELAY_MS), undefined, { signal: stopping }).catch(() => undefined);
  }
  return false;
}

interface Due {
  readonly last: Date | undefined;
  readonly next: Date | undefined;
  readonly isPastDue: boolean;
}

async function run(options: TimerOptions, due: Due, stopping: AbortSignal): Promise<void> {
  const tries = options.retry?.maxRetryCount ?? 0;
  for (let retryCount = 0; ; retryCount++) {
    const retryContext = retryCount === 0 ? {} : { retryContext: { retryCount, maxRetryCount: tries } };
    try {
      await options.invoke({ ...toInvocation(options, due), ...retryContext });
      return;
    } catch (error) {
      options.log({
        level: 'error',
        message: `${options.functionName} failed: ${String(error)}`,
        functionName: options.functionName,
      });
      if (retryCount >= tries || stopping.aborted) return;
      await delay(retryDelayMs(options.retry, retryCount), undefined, { signal: stopping }).catch(() => undefined);
    }
  }
}

/** Whole seconds: `@azure/functions` rounds the intervals before the runtime ever sees them. */
export function retryDelayMs(retry: RetryOptions | undefined, retryCount: number): number {
  if (retry?.retryStrategy === 'exponentialBackoff') {
    const shortest = retry.minimumInterval?.seconds ?? 0;
    const longest = retry.maximumInterval?.seconds ?? shortest;
    return Math.min(longest, shortest * 2 ** retryCount) * 1000;
  }
  return (retry?.delayInterval?.seconds ?? 0) * 1000;
}

function toInvocation(options: TimerOptions, { last, next, isPastDue }: Due): Invocation {
  const timer = {
    Schedule: { AdjustForDST: true },
    ScheduleStatus: {
      Last: last?.toISOString() ?? '0001-01-01T00:00:00',
      Next: next?.toISOString(),
      LastUpdated: last?.toISOString() ?? '0001-01-01T00:00:00',
    },
    IsPastDue: isPastDue,
  };
  return {
    invocationId: randomUUID(),
    functionName: options.functionName,
    inputData: [{ name: options.bindingName, data: { json: JSON.stringify(timer) } }],
    triggerMetadata: {},
  };
}

class TimerState {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  read(functionName: string): Date | undefined {
    const time = this.#load()[functionName];
    return time === undefined ? undefined : new Date(time);
  }

  write(functionName: string, last: Date): void {
    mkdirSync(path.dirname(this.#file), { recursive: true });
    // Written aside and renamed: a kill in between leaves the old file, never half of one.
    writeFileSync(`${this.#file}.new`, JSON.stringify({ ...this.#load(), [functionName]: last.toISOString() }));
    renameSync(`${this.#file}.new`, this.#file);
  }

  #load(): Record<string, string> {
    return existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, 'utf8')) as Record<string, string>) : {};
  }
}
