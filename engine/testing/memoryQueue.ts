import type { Clock } from '../ports/clock.ts';
import { checkMessage } from '../ports/queueRules.ts';
import type { Queue, QueueName } from '../ports/queue.ts';
import { observers } from './observers.ts';
import { virtualClock } from './virtualClock.ts';

/** The Functions host hands a message out this often; then it goes to the poison queue. */
const mostDeliveries = 5;

export interface MemoryQueueOptions {
  readonly clock?: Clock;
  /** How long a taken message stays hidden before it appears again; default 10 min. */
  readonly visibilityMs?: number;
  /** Which of `count` due messages comes next, from 0; default the oldest. The service promises no order. */
  readonly pick?: (count: number) => number;
}

export interface TakenMessage {
  readonly message: unknown;
  /** 1 for the first delivery. */
  readonly deliveries: number;
  /** Takes it off the queue; false when the pop receipt is stale: it came again to somebody meanwhile. */
  done(): boolean;
  /** Hides it for `ms` from now, as a host does for long work; false when the pop receipt is stale. */
  extend(ms: number): boolean;
  /** What the host does when the handler threw: due again at once, or poison after the last try. */
  failed(): boolean;
}

export interface QueueMutation {
  readonly queue: QueueName;
  readonly kind: 'sent' | 'taken' | 'done' | 'returned' | 'poisoned';
  /** JSON, as it lies in the queue. */
  readonly text: string;
  readonly deliveries: number;
}

export interface MemoryQueue extends Queue {
  /** The messages that are due, hidden from others for a while. They come again unless `done`, five times at most. */
  take(queue: QueueName, most?: number): readonly TakenMessage[];
  /** Takes what came to poison off its queue. */
  takePoison(queue: QueueName): readonly unknown[];
  /** Everything that lies in a queue, due or not, oldest first. */
  dump(queue: QueueName): readonly { readonly message: unknown; readonly dueAt: number }[];
  /** Everything that was ever sent to it, in order; a position in it is what `deliverAgain` takes. */
  sent(queue: QueueName): readonly unknown[];
  /** A message that was sent before lies there once more, done or not: it was duplicated, or is very late. */
  deliverAgain(queue: QueueName, position: number, delaySeconds?: number): void;
  /** When the next message of any queue is due; undefined when all are empty. */
  nextDueAt(): number | undefined;
  /** Told of each change before the caller that made it gets its answer. Must not throw. */
  onMutation(observer: (mutation: QueueMutation) => void): () => void;
  /** A queue of its own that starts with what lies here now; observers and taken messages do not go with it. */
  fork(options?: Pick<MemoryQueueOptions, 'clock' | 'pick'>): MemoryQueue;
}

interface Waiting {
  readonly text: string;
  dueAt: number;
  deliveries: number;
  /** Grows with every delivery and extension; an older one is stale. */
  receipt: number;
}

interface Lane {
  waiting: Waiting[];
  poison: string[];
  sent: string[];
}

/** A queue in memory: at least once, by the clock it is given. */
export function memoryQueue(options: MemoryQueueOptions = {}): MemoryQueue {
  return queueOver(options, new Map());
}

function queueOver(options: MemoryQueueOptions, lanes: Map<QueueName, Lane>): MemoryQueue {
  const clock = options.clock ?? virtualClock();
  const visibilityMs = options.visibilityMs ?? 10 * 60_000;
  const observing = observers<QueueMutation>();
  const laneOf = (queue: QueueName): Lane => {
    const lane = lanes.get(queue) ?? { waiting: [], poison: [], sent: [] };
    lanes.set(queue, lane);
    return lane;
  };
  const tell = (queue: QueueName, kind: QueueMutation['kind'], text: string, deliveries: number): void => {
    if (observing.any) observing.tell({ queue, kind, text, deliveries });
  };
  const put = (queue: QueueName, text: string, delaySeconds: number): void => {
    laneOf(queue).waiting.push({ text, dueAt: clock.now() + delaySeconds * 1000, deliveries: 0, receipt: 0 });
    tell(queue, 'sent', text, 0);
  };
  const takeAway = (queue: QueueName, entry: Waiting, kind: 'done' | 'poisoned'): void => {
    const { waiting, poison } = laneOf(queue);
    waiting.splice(waiting.indexOf(entry), 1);
    if (kind === 'poisoned') poison.push(entry.text);
    tell(queue, kind, entry.text, entry.deliveries);
  };

  const handOut = (queue: QueueName, entry: Waiting): TakenMessage => {
    entry.dueAt = clock.now() + visibilityMs;
    const deliveries = ++entry.deliveries;
    let receipt = ++entry.receipt;
    tell(queue, 'taken', entry.text, deliveries);
    const isOurs = (): boolean => entry.receipt === receipt && laneOf(queue).waiting.includes(entry);
    return {
      message: JSON.parse(entry.text) as unknown,
      deliveries,
      done() {
        if (!isOurs()) return false;
        takeAway(queue, entry, 'done');
        return true;
      },
      extend(ms) {
        if (!isOurs()) return false;
        receipt = ++entry.receipt;
        entry.dueAt = clock.now() + ms;
        return true;
      },
      failed() {
        if (!isOurs()) return false;
        if (deliveries >= mostDeliveries) {
          takeAway(queue, entry, 'poisoned');
        } else {
          entry.receipt += 1;
          entry.dueAt = clock.now();
          tell(queue, 'returned', entry.text, deliveries);
        }
        return true;
      },
    };
  };

  return {
    async send(queue, message, delaySeconds = 0) {
      const text = checkMessage(message, delaySeconds);
      laneOf(queue).sent.push(text);
      put(queue, text, delaySeconds);
    },

    take(queue, most = Infinity) {
      const due = laneOf(queue).waiting.filter(({ dueAt }) => dueAt <= clock.now());
      const taken: TakenMessage[] = [];
      while (taken.length < most) {
        const [entry] = due.splice(options.pick?.(due.length) ?? 0, 1);
        if (entry === undefined) return taken;
        // Whoever had it last died over it and could not say so.
        if (entry.deliveries >= mostDeliveries) takeAway(queue, entry, 'poisoned');
        else taken.push(handOut(queue, entry));
      }
      return taken;
    },

    takePoison: (queue) =>
      laneOf(queue)
        .poison.splice(0)
        .map((text) => JSON.parse(text) as unknown),
    dump: (queue) => laneOf(queue).waiting.map(({ text, dueAt }) => ({ message: JSON.parse(text) as unknown, dueAt })),
    sent: (queue) => laneOf(queue).sent.map((text) => JSON.parse(text) as unknown),
    deliverAgain(queue, position, delaySeconds = 0) {
      const text = laneOf(queue).sent[position];
      if (text === undefined) throw new RangeError(`Queue ${queue} never had a message ${position}`);
      put(queue, text, delaySeconds);
    },
    nextDueAt() {
      const due = [...lanes.values()].flatMap(({ waiting }) => waiting.map(({ dueAt }) => dueAt));
      return due.length === 0 ? undefined : Math.min(...due);
    },
    onMutation: (observer) => observing.add(observer),
    fork: (changed = {}) =>
      queueOver(
        { ...options, ...changed },
        new Map(
          Array.from(lanes, ([name, { waiting, poison, sent }]) => [
            name,
            { waiting: waiting.map((entry) => ({ ...entry })), poison: [...poison], sent: [...sent] },
          ]),
        ),
      ),
  };
}
