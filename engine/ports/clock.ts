/** Time comes from outside, so that a test can ask about last March. Nothing in the engine reads a clock itself. */
export interface Clock {
  /** Milliseconds since 1970, this machine's view. */
  now(): number;
  /** Resolves after `ms`; rejects with Fault `cancelled` when `signal` fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
