import type { Clock } from '../ports/clock.ts';
import { checkMessage } from '../ports/queueRules.ts';
import type { Queue, QueueName } from '../ports/queue.ts';
import { virtualClock } from './virtualClock.ts';

export interface MemoryQueueOptions {
  readonly clock?: Clock;
  /** How long a taken message stays hidden before it appears again; default 10 min. */
  readonly visibilityMs?: number;
}

export interface TakenMessage {
  readonly message: unknown;
  /** 1 for the first delivery. */
  readonly deliveries: number;
  /** Takes it off the queue. Nothing happens when somebody else took it meanwhile. */
  done(): void;
}

export interface MemoryQueue extends Queue {
  /** The messages that are due, hidden from others for a while. They come again unless `done`. */
  take(queue: QueueName, most?: number): readonly TakenMessage[];
  /** Everything that lies in a queue, due or not, oldest first. */
  dump(queue: QueueName): readonly { readonly message: unknown; readonly dueAt: number }[];
}

interface Waiting {
  readonly text: string;
  dueAt: number;
  deliveries: number;
}

/** A queue in memory: at least once, by the clock it is given. */
export function memoryQueue(options: MemoryQueueOptions = {}): MemoryQueue {
  const clock = options.clock ?? virtualClock();
  const visibilityMs = options.visibilityMs ?? 10 * 60_000;
  const queues = new Map<QueueName, Waiting[]>();
  const waitingIn = (queue: QueueName): Waiting[] => {
    const waiting = queues.get(queue) ?? [];
    queues.set(queue, waiting);
    return waiting;
  };

  return {
    async send(queue, message, delaySeconds = 0) {
      const text = checkMessage(message, delaySeconds);
      waitingIn(queue).push({ text, dueAt: clock.now() + delaySeconds * 1000, deliveries: 0 });
    },

    take(queue, most = Infinity) {
      const waiting = waitingIn(queue);
      const due = waiting.filter(({ dueAt }) => dueAt <= clock.now()).slice(0, most);
      return due.map((entry) => {
        entry.dueAt = clock.now() + visibilityMs;
        const deliveries = ++entry.deliveries;
        const done = (): void => {
          const at = waiting.indexOf(entry);
          if (at >= 0 && entry.deliveries === deliveries) waiting.splice(at, 1);
        };
        return { message: JSON.parse(entry.text) as unknown, deliveries, done };
      });
    },

    dump: (queue) => waitingIn(queue).map(({ text, dueAt }) => ({ message: JSON.parse(text) as unknown, dueAt })),
  };
}
