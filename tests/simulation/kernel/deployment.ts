import { isFault } from '../../../engine/fault.ts';
import type { Composed } from '../../../api/compose.ts';
import type { WorkQueue } from '../../../api/queues/nudges.ts';
import type { QueueName } from '../../../engine/ports/queue.ts';
import type { TakenMessage } from '../../../engine/testing/memoryQueue.ts';
import type { SeededRandom } from '../../../engine/testing/seededRandom.ts';
import type { Boundary } from './boundary.ts';
import type { Host } from './host.ts';
import type { Land } from './land.ts';
import { SimProcess } from './process.ts';
import type { SimTime } from './time.ts';

const MINUTE = 60_000;
const VISIBLE_MS = 10 * MINUTE;
const BATCH = 8;
const queueNames: readonly QueueName[] = ['restore', 'backup', 'history', 'sweep'];

export interface DeploymentOptions {
  readonly time: SimTime;
  readonly boundary: Boundary;
  readonly land: Land;
  /** How many processes there are at a time. */
  readonly hosts: number;
  /** How long until another process takes the place of one that ended. */
  readonly restartMs: number;
  readonly timerMs: number;
  /** A new process knows that the one before is dead, and takes up its work at once. */
  readonly isAlone: boolean;
  readonly chance: SeededRandom;
  readonly start: (process: SimProcess) => Host;
  /** An error that is no known trouble, out of a handler or a timer. */
  readonly onDefect: (where: string, error: unknown) => void;
}

/** The Functions host: processes that come and go, deliveries at least once, timers that may fire twice or never. */
export class Deployment {
  readonly #options: DeploymentOptions;
  readonly #hosts = new Map<SimProcess, Host>();
  readonly #running = new Map<SimProcess, Map<string, number>>();
  /** Who waits for an answer of a process hears when it dies. */
  readonly #callers = new Map<SimProcess, ((error: Error) => void)[]>();
  readonly #poison: { readonly queue: QueueName; readonly message: unknown }[] = [];
  #starts = 0;
  #busy = 0;
  #isStopped = false;
  #wakeAt = Infinity;
  #callOff: () => void = () => undefined;

  constructor(options: DeploymentOptions) {
    this.#options = options;
    const { land, time } = options;
    land.queue.onMutation(({ kind }) => {
      if (kind === 'sent' || kind === 'returned') this.#wakeWhenDue(true);
    });
    for (let count = 0; count < options.hosts; count++) this.#startHost();
    this.#every('schedule', 0);
    this.#every('watchdog', 30_000);
    time.after(0, () => this.#deliver());
  }

  /** Nothing is under way and nothing waits in a queue. */
  get isIdle(): boolean {
    return this.#busy === 0 && this.#poison.length === 0 && this.#options.land.queue.nextDueAt() === undefined;
  }

  get starts(): number {
    return this.#starts;
  }

  /** One of the living hosts; undefined while there is none. */
  anyHost(): Host | undefined {
    const living = [...this.#hosts.values()].filter(({ process }) => !process.isPaused);
    return living[living.length > 1 ? this.#options.chance.below(living.length) : 0];
  }

  /** Somebody calls the API: it is answered, fails, or never comes back because the process died. */
  async call<T>(act: (composed: Composed) => Promise<T>): Promise<T> {
    const host = this.anyHost();
    if (host === undefined) throw new Error('Nobody answers');
    const death = Promise.withResolvers<never>();
    this.#callers.set(host.process, [...(this.#callers.get(host.process) ?? []), death.reject]);
    return Promise.race([host.open().then(act), death.promise]);
  }

  /** No more timers, deliveries and restarts. */
  stop(): void {
    this.#isStopped = true;
  }

  #startHost(): void {
    if (this.#isStopped) return;
    const { start, isAlone } = this.#options;
    this.#starts += 1;
    const process = new SimProcess(`host-${this.#starts}`, {
      onDeath: (dead) => this.#bury(dead),
      onResume: () => this.#deliver(),
    });
    const host = start(process);
    this.#hosts.set(process, host);
    this.#running.set(process, new Map());
    if (isAlone) this.#work(host, 'takeUp', () => host.timers.takeUp());
    this.#deliver();
  }

  #bury(dead: SimProcess): void {
    const { time, restartMs } = this.#options;
    for (const count of this.#running.get(dead)?.values() ?? []) this.#busy -= count;
    this.#running.delete(dead);
    this.#hosts.delete(dead);
    for (const reject of this.#callers.get(dead) ?? []) reject(new Error('The connection broke'));
    time.after(restartMs, () => this.#startHost());
  }

  /** Runs something in a host and keeps count of it. Faults are known trouble; anything else is a defect. */
  #work(host: Host, what: string, act: () => Promise<void>): void {
    const { process } = host;
    this.#count(process, what, 1);
    const work = async (): Promise<void> => {
      const [outcome] = await Promise.allSettled([act()]);
      if (process.isDead) return;
      if (outcome.status === 'rejected' && !isFault(outcome.reason)) this.#options.onDefect(what, outcome.reason);
      this.#count(process, what, -1);
      this.#deliver();
    };
    void work();
  }

  #count(process: SimProcess, what: string, by: number): void {
    const counts = this.#running.get(process);
    if (counts === undefined) return;
    counts.set(what, (counts.get(what) ?? 0) + by);
    this.#busy += by;
  }

  #every(name: 'schedule' | 'watchdog', offset: number): void {
    const { time, timerMs } = this.#options;
    const next = Math.floor((time.now - offset) / timerMs + 1) * timerMs + offset;
    time.at(next, () => {
      if (this.#isStopped) return;
      this.#fire(name);
      this.#every(name, offset);
    });
  }

  #fire(name: 'schedule' | 'watchdog'): void {
    const { boundary, time } = this.#options;
    const host = this.anyHost();
    if (host === undefined) return;
    const { process } = host;
    const hit = boundary.meet(process, `timer.${name}`, 'timer', '');
    const fire = (): void => {
      if (!process.isDead) this.#work(host, `timer.${name}`, () => host.timers[name]());
    };
    const [fault, ms] = [hit?.fault, hit?.ms ?? 1000];
    if (fault === 'never') return;
    if (fault === 'kill-before') return process.kill();
    if (fault === 'delay') return void time.after(ms, fire);
    if (fault === 'pause') boundary.pause(process, ms);
    fire();
    if (fault === 'twice') fire();
    if (fault === 'kill-after') process.kill();
  }

  /** What is due already waits for a host with room, unless it came just now. */
  #wakeWhenDue(hasNew = false): void {
    const { land, time } = this.#options;
    const due = queueNames.flatMap((queue) => land.queue.dump(queue).map(({ dueAt }) => dueAt));
    const next = Math.min(...due.filter((dueAt) => dueAt > time.now || hasNew));
    if (next === Infinity || next >= this.#wakeAt) return;
    this.#callOff();
    this.#wakeAt = Math.max(next, time.now);
    this.#callOff = time.at(this.#wakeAt, () => {
      this.#wakeAt = Infinity;
      this.#deliver();
    });
  }

  /** Hands out what is due to hosts that have room: eight at a time, new ones only when all of those are through. */
  #deliver(): void {
    if (this.#isStopped) return;
    const { land } = this.#options;
    for (const queue of queueNames) {
      for (const host of this.#hosts.values()) {
        const { process } = host;
        if (process.isPaused || (this.#running.get(process)?.get(queue) ?? 0) > 0) continue;
        for (const taken of land.queue.take(queue, BATCH)) this.#hand(host, queue, taken);
      }
      for (const message of land.queue.takePoison(queue)) this.#poison.push({ queue, message });
    }
    this.#deliverPoison();
    this.#wakeWhenDue();
  }

  #hand(host: Host, queue: QueueName, taken: TakenMessage): void {
    const { boundary, time, land } = this.#options;
    const { process } = host;
    if (process.isDead) return;
    const hit = boundary.meet(process, `deliver.${queue}`, 'delivery', JSON.stringify(taken.message));
    const [fault, ms] = [hit?.fault, hit?.ms ?? 1000];
    const handle = (): void => {
      if (!process.isDead) this.#work(host, queue, () => this.#handle(host, queue, taken));
    };
    if (fault === 'kill-before') return process.kill();
    // Nobody works at it: it comes again when its time of hiding is over.
    if (fault === 'never') return;
    if (fault === 'delay') return void time.after(ms, handle);
    if (fault === 'pause') boundary.pause(process, ms);
    if (fault === 'twice') land.queue.deliverAgain(queue, positionOf(land.queue.sent(queue), taken.message));
    handle();
    if (fault === 'kill-after') process.kill();
  }

  async #handle(host: Host, queue: QueueName, taken: TakenMessage): Promise<void> {
    const { boundary, time, onDefect } = this.#options;
    const { process, queues } = host;
    let isThrough = false;
    const renew = (): void => {
      if (isThrough || process.isDead || process.isPaused) return;
      // A renewal that came too late changes nothing, and nobody tells the function.
      if (taken.extend(VISIBLE_MS)) time.after(VISIBLE_MS / 2, renew);
    };
    time.after(VISIBLE_MS / 2, renew);
    try {
      await (queue === 'sweep' ? queues.onSweep(taken.message) : queues.onNudge(queue as WorkQueue, taken.message));
    } catch (error) {
      isThrough = true;
      if (!isFault(error)) onDefect(queue, error);
      taken.failed();
      return;
    }
    isThrough = true;
    await boundary.pass(process, {
      name: 'queue.done',
      kind: 'settle',
      about: queue,
      act: (shown) => {
        if (shown?.fault !== 'fail-before') taken.done();
      },
    });
  }

  #deliverPoison(): void {
    const host = this.#poison.length === 0 ? undefined : this.anyHost();
    const next = host && this.#poison.shift();
    if (host === undefined || next === undefined) return;
    const { queue, message } = next;
    this.#work(host, `poison.${queue}`, async () => {
      if (queue === 'sweep') host.queues.onSweepPoisoned(message);
      else await host.queues.onPoisoned(queue, message);
    });
  }
}

function positionOf(sent: readonly unknown[], message: unknown): number {
  const text = JSON.stringify(message);
  return sent.findLastIndex((one) => JSON.stringify(one) === text);
}
