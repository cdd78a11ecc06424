/** What the host and its worker process say to each other (Node IPC, structured clone). */

/** One value in the form of the Functions runtime's RPC contract; exactly one member is set. */
export interface RpcData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly int?: number;
}

export interface Binding {
  readonly type: string;
  readonly direction: string;
  readonly name?: string;
  readonly [property: string]: unknown;
}

export interface RetryOptions {
  readonly maxRetryCount: number;
  readonly retryStrategy: 'fixedDelay' | 'exponentialBackoff';
  readonly delayInterval?: { readonly seconds: number };
  readonly minimumInterval?: { readonly seconds: number };
  readonly maximumInterval?: { readonly seconds: number };
}

/** A function as `@azure/functions` registered it. */
export interface RegisteredFunction {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: RetryOptions;
}

export interface Invocation {
  readonly invocationId: string;
  readonly functionName: string;
  readonly inputData: readonly { readonly name: string; readonly data: RpcData }[];
  readonly triggerMetadata: Readonly<Record<string, RpcData>>;
  readonly retryContext?: { readonly retryCount: number; readonly maxRetryCount: number };
}

export type ToWorker =
  | { readonly kind: 'invoke'; readonly invocation: Invocation }
  /** Run the appTerminate hooks; the invocations under way go on until they end or the process is ended. */
  | { readonly kind: 'terminate' };

export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical';

export type FromWorker =
  | { readonly kind: 'ready'; readonly functions: readonly RegisteredFunction[]; readonly httpUri?: string }
  | { readonly kind: 'refused'; readonly message: string }
  | {
      readonly kind: 'log';
      readonly level: LogLevel;
      readonly message: string;
      readonly functionName?: string;
      readonly invocationId?: string;
    }
  | { readonly kind: 'done'; readonly invocationId: string; readonly error?: string };
