import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { type Children, endChild } from './children.ts';
import type { RunSnapshot } from './progress.ts';

/** It ends by itself when it is let go, unless something holds it up. */
const GRACE_MS = 3_000;

/** What the start asks of its operator process, and what comes back. */
export interface OperatorCalls {
  /** Makes keys, the policy and the first run where they are missing; the key is handed over on the way. Says which run is
   * under way, and whether none was completed before it; `trouble` when records are lost and nothing was made. */
  bootstrap(): Promise<{ readonly run?: string; readonly isFirst: boolean; readonly trouble?: string }>;
  /** Items with a stored version, in restore points and in runs under way. */
  storedItems(): Promise<number>;
  run(id: string): Promise<RunSnapshot | undefined>;
  check(): Promise<{ readonly lines: readonly string[]; readonly isFine: boolean }>;
}

export type ToOperator =
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly method: keyof OperatorCalls;
      readonly args: readonly string[];
    }
  | { readonly kind: 'keyKept'; readonly trouble?: string };

export type FromOperator =
  | { readonly kind: 'recoveryKey'; readonly key: string }
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown; readonly trouble?: string };

/** What went wrong over there: a sentence, or the stack of a surprise. Where it arrived here says nothing. */
export class OperatorTrouble extends Error {
  override readonly name = 'OperatorTrouble';
}

/**
 * A process that holds the product's services for the start: the start itself stays small, and trusts no certificate
 * that only the tenant needs. The recovery key comes over IPC, so that no log and no output file ever sees it.
 */
export class Operator {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #next = 0;

  constructor(
    children: Children,
    env: Readonly<Record<string, string | undefined>>,
    log: number,
    keepKey: (key: string) => Promise<void>,
  ) {
    this.#child = children.fork(path.join(import.meta.dirname, 'operatorProcess.ts'), [], {
      env,
      execArgv: [],
      stdio: ['ignore', log, log, 'ipc'],
    });
    this.#child.on('message', (message: FromOperator) => {
      if (message.kind === 'recoveryKey') void this.#keep(message.key, keepKey);
      else this.#answer(message.id, message.value, message.trouble);
    });
    this.#child.once('exit', () => {
      for (const id of this.#waiting.keys())
        this.#answer(
          id,
          undefined,
          'A part of the start ended by itself. Why stands at the end of logs/operator.log in the data folder.',
        );
    });
  }

  readonly calls: OperatorCalls = {
    bootstrap: () => this.#call('bootstrap'),
    storedItems: () => this.#call('storedItems'),
    run: (id) => this.#call('run', id),
    check: () => this.#call('check'),
  };

  /** Resolves when the process is gone: what is taken down after it is in no use any more. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await endChild(this.#child, GRACE_MS);
  }

  #call<T>(method: keyof OperatorCalls, ...args: string[]): Promise<T> {
    const id = this.#next++;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    if (this.#child.connected) this.#child.send({ kind: 'call', id, method, args } satisfies ToOperator);
    else
      this.#answer(
        id,
        undefined,
        'A part of the start has ended. Why stands at the end of logs/operator.log in the data folder.',
      );
    return waiting.promise as Promise<T>;
  }

  #answer(id: number, value: unknown, trouble: string | undefined): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (trouble === undefined) waiting?.resolve(value);
    else waiting?.reject(new OperatorTrouble(trouble));
  }

  async #keep(key: string, keepKey: (key: string) => Promise<void>): Promise<void> {
    const trouble = await keepKey(key).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (this.#child.connected)
      this.#child.send({ kind: 'keyKept', ...(trouble !== undefined && { trouble }) } satisfies ToOperator);
  }
}
