import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type DequeuedMessageItem, QueueClient, RestError } from '@azure/storage-queue';
import type { QueueOptions } from './hostJson.ts';
import type { LogSink } from './log.ts';
import type { Invocation } from './protocol.ts';

/** A message is hidden this long while its function runs, and hidden again at half time. */
const VISIBILITY_SECONDS = 600;
const SHORTEST_POLL_MS = 100;

export interface QueueListenerOptions {
  readonly connectionString: string;
  readonly queueName: string;
  readonly functionName: string;
  readonly bindingName: string;
  readonly options: QueueOptions;
  invoke(invocation: Invocation): Promise<void>;
  readonly log: LogSink;
  /** For tests: seconds a running message stays hidden. */
  readonly visibilitySeconds?: number;
}

export interface QueueListener {
  /** Takes no more messages; resolves when those under way have ended and are deleted or given back. */
  stop(): Promise<void>;
}

/**
 * One storage queue trigger, as the Functions runtime has it: delivery at least once, several at a time, five tries,
 * then a copy to `<queue>-poison`. A renewal or delete that comes too late changes nothing and stops nobody.
 */
export function startQueueListener(options: QueueListenerOptions): QueueListener {
  const listener = new Listener(options);
  const ended = listener.poll();
  return {
    stop: async () => {
      listener.stopping.abort();
      await ended;
      await listener.drained();
    },
  };
}

class Listener {
  readonly stopping = new AbortController();
  readonly #options: QueueListenerOptions;
  readonly #queue: QueueClient;
  /** Polls again by itself, so it does not try again inside a poll: a stop would have to wait for it. */
  readonly #receiver: QueueClient;
  readonly #poison: QueueClient;
  readonly #visibilitySeconds: number;
  readonly #running = new Set<Promise<void>>();

  constructor(options: QueueListenerOptions) {
    this.#options = options;
    this.#queue = new QueueClient(options.connectionString, options.queueName);
    this.#receiver = new QueueClient(options.connectionString, options.queueName, { retryOptions: { maxTries: 1 } });
    this.#poison = new QueueClient(options.connectionString, `${options.queueName}-poison`);
    this.#visibilitySeconds = options.visibilitySeconds ?? VISIBILITY_SECONDS;
  }

  async drained(): Promise<void> {
    await Promise.all(this.#running);
  }

  async poll(): Promise<void> {
    const { batchSize, newBatchThreshold, maxPollingIntervalMs } = this.#options.options;
    let waitMs = 0;
    while (!this.stopping.signal.aborted) {
      const taken = await this.#receive(batchSize);
      for (const message of taken) this.#start(message);
      waitMs = taken.length > 0 ? 0 : nextWait(waitMs, maxPollingIntervalMs);
      if (waitMs > 0) await this.#pause(waitMs);
      while (this.#running.size > newBatchThreshold && !this.stopping.signal.aborted)
        await Promise.race([...this.#running, this.#stopped()]);
    }
  }

  #stopped(): Promise<void> {
    return new Promise((resolve) => this.stopping.signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  async #pause(ms: number): Promise<void> {
    const resumed = delay(ms, undefined, { signal: this.stopping.signal });
    await resumed.catch((error: unknown) => {
      if (!this.stopping.signal.aborted) throw error;
    });
  }

  /** An absent queue is empty; trouble with the storage is told and waited out. */
  async #receive(count: number): Promise<readonly DequeuedMessageItem[]> {
    try {
      const answer = await this.#receiver.receiveMessages({
        numberOfMessages: count,
        visibilityTimeout: this.#visibilitySeconds,
      });
      return answer.receivedMessageItems;
    } catch (error) {
      if (!(error instanceof RestError && error.statusCode === 404))
        this.#log('warning', `The queue ${this.#options.queueName} cannot be read: ${String(error)}`);
      return [];
    }
  }

  #start(message: DequeuedMessageItem): void {
    const run = this.#handle(message)
      .catch((error: unknown) =>
        this.#log('warning', `Message ${message.messageId} comes again later: ${String(error)}`),
      )
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async #handle(message: DequeuedMessageItem): Promise<void> {
    const text = this.#decode(message.messageText);
    if (text === undefined || message.dequeueCount > this.#options.options.maxDequeueCount) {
      await this.#giveUp(message, message.popReceipt);
      return;
    }
    const renewal = this.#keepHidden(message);
    const error = await this.#options.invoke(this.#toInvocation(message, text)).then(
      () => undefined,
      (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))),
    );
    const popReceipt = await renewal.stop();
    if (error === undefined) {
      await this.#ignoringMismatch(() => this.#queue.deleteMessage(message.messageId, popReceipt));
      return;
    }
    this.#log('error', `${this.#options.functionName} failed (try ${message.dequeueCount}): ${error.message}`);
    if (message.dequeueCount >= this.#options.options.maxDequeueCount) await this.#giveUp(message, popReceipt);
    else await this.#giveBack(message, popReceipt);
  }

  #decode(text: string): string | undefined {
    if (this.#options.options.messageEncoding === 'none') return text;
    const bytes = Buffer.from(text, 'base64');
    // Buffer skips what is not base64; the round trip shows it.
    return bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '') ? bytes.toString('utf8') : undefined;
  }

  /** Renews at half time until stopped. After a mismatch the message is somebody else's and renewing ends. */
  #keepHidden(message: DequeuedMessageItem): { stop(): Promise<string> } {
    const stopped = new AbortController();
    const halfTimeMs = (this.#visibilitySeconds * 1000) / 2;
    const renewing = (async () => {
      let popReceipt = message.popReceipt;
      while (await isStillRunning(halfTimeMs, stopped.signal)) {
        const renewed = await this.#ignoringMismatch(() =>
          this.#queue.updateMessage(message.messageId, popReceipt, message.messageText, this.#visibilitySeconds),
        );
        if (renewed?.popReceipt === undefined) return popReceipt;
        popReceipt = renewed.popReceipt;
      }
      return popReceipt;
    })();
    return {
      stop: () => {
        stopped.abort();
        return renewing.catch(() => message.popReceipt);
      },
    };
  }

  /** Copy, then delete: a crash in between makes a second copy, never none. */
  async #giveUp(message: DequeuedMessageItem, popReceipt: string): Promise<void> {
    await this.#poison.createIfNotExists();
    await this.#poison.sendMessage(message.messageText, { messageTimeToLive: -1 });
    await this.#ignoringMismatch(() => this.#queue.deleteMessage(message.messageId, popReceipt));
    this.#log('error', `Message ${message.messageId} was moved to ${this.#options.queueName}-poison`);
  }

  async #giveBack(message: DequeuedMessageItem, popReceipt: string): Promise<void> {
    const seconds = Math.ceil(this.#options.options.visibilityTimeoutMs / 1000);
    await this.#ignoringMismatch(() =>
      this.#queue.updateMessage(message.messageId, popReceipt, message.messageText, seconds),
    );
  }

  async #ignoringMismatch<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof RestError && (error.statusCode === 404 || error.statusCode === 400)) return undefined;
      throw error;
    }
  }

  #toInvocation(message: DequeuedMessageItem, text: string): Invocation {
    return {
      invocationId: randomUUID(),
      functionName: this.#options.functionName,
      inputData: [{ name: this.#options.bindingName, data: { string: text } }],
      triggerMetadata: {
        Id: { string: message.messageId },
        DequeueCount: { int: message.dequeueCount },
        PopReceipt: { string: message.popReceipt },
        InsertionTime: { string: message.insertedOn.toISOString() },
        ExpirationTime: { string: message.expiresOn.toISOString() },
        NextVisibleTime: { string: message.nextVisibleOn.toISOString() },
        QueueTrigger: { string: text },
      },
    };
  }

  #log(level: 'warning' | 'error', message: string): void {
    this.#options.log({ level, message, functionName: this.#options.functionName });
  }
}

async function isStillRunning(ms: number, stopped: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal: stopped }).catch(() => false);
}

/** Doubles from the shortest wait to the longest, with a little chance so that several listeners do not march in step. */
function nextWait(lastMs: number, longestMs: number): number {
  const doubled = lastMs === 0 ? SHORTEST_POLL_MS : lastMs * 2;
  return Math.min(longestMs, doubled * (0.9 + Math.random() * 0.2));
}
