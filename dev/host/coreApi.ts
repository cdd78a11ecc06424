import Module from 'node:module';
import type { LogLevel, RegisteredFunction } from './protocol.ts';

export type HookCallback = (context: object) => unknown;
export type FunctionCallback = (...args: unknown[]) => unknown;

/** The part of an invocation that `@azure/functions` asks the runtime for. */
export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly request: object;
  readonly metadata: RegisteredFunction;
  state?: string;
  log(level: LogLevel, category: string, message: string): void;
}

export interface InvocationContext {
  readonly invocationId: string;
}

export interface InvocationModel {
  getArguments(): Promise<{ readonly context: InvocationContext; readonly inputs: unknown[] }>;
  invokeFunction(context: InvocationContext, inputs: unknown[], handler: FunctionCallback): Promise<unknown>;
  getResponse(context: InvocationContext, result: unknown): Promise<object>;
}

export interface ProgrammingModel {
  getInvocationModel(context: CoreInvocationContext): InvocationModel;
  getCapabilities(capabilities: Record<string, string>): Promise<Record<string, string>>;
}

/**
 * Stands in for `@azure/functions-core`, the module that Azure's worker has built in and no registry carries.
 * As in Azure, registering a name twice or after the start throws.
 */
export class CoreApi {
  readonly functions = new Map<
    string,
    { readonly metadata: RegisteredFunction; readonly callback: FunctionCallback }
  >();
  readonly #hooks = new Map<string, Set<HookCallback>>();
  readonly #log: (level: LogLevel, message: string) => void;
  #model: ProgrammingModel | undefined;
  #isLocked = false;

  constructor(log: (level: LogLevel, message: string) => void) {
    this.#log = log;
  }

  /** Undefined until the app has registered its first function. */
  get model(): ProgrammingModel | undefined {
    return this.#model;
  }

  /** From here on the app has started and may register nothing more. */
  lock(): void {
    this.#isLocked = true;
  }

  async runHooks(name: string, context: object): Promise<void> {
    for (const callback of this.#hooks.get(name) ?? []) await callback(context);
  }

  /** What `require('@azure/functions-core')` gives. */
  exports(): object {
    return {
      version: '3.12.0',
      hostVersion: '4.1040.0',
      registerFunction: (metadata: RegisteredFunction, callback: FunctionCallback) =>
        this.#register(metadata, callback),
      registerHook: (name: string, callback: HookCallback) => this.#hook(name, callback),
      setProgrammingModel: (model: ProgrammingModel) => {
        this.#model = model;
      },
      getProgrammingModel: () => this.#model,
      log: (level: LogLevel, _category: string, message: string) => this.#log(level, message),
      Disposable: Once,
    };
  }

  /** Makes `require('@azure/functions-core')` answer with this API, wherever in the process it is called. */
  install(): void {
    const core = this.exports();
    Module.prototype.require = new Proxy(Reflect.get(Module.prototype, 'require') as NodeJS.Require, {
      apply: (target, thisArgument, args: [string]): unknown =>
        args[0] === '@azure/functions-core' ? core : Reflect.apply(target, thisArgument, args),
    });
  }

  #register(metadata: RegisteredFunction, callback: FunctionCallback): Once {
    if (this.#isLocked)
      throw new Error(`A function can only be registered during app startup: ${metadata.name} came late`);
    if (this.functions.has(metadata.name))
      throw new Error(`A function with the name "${metadata.name}" is already registered`);
    this.functions.set(metadata.name, { metadata, callback });
    return new Once(() => this.functions.delete(metadata.name));
  }

  #hook(name: string, callback: HookCallback): Once {
    const callbacks = this.#hooks.get(name) ?? new Set();
    this.#hooks.set(name, callbacks.add(callback));
    return new Once(() => callbacks.delete(callback));
  }
}

class Once {
  #undo: (() => void) | undefined;

  constructor(undo: () => void) {
    this.#undo = undo;
  }

  dispose(): void {
    this.#undo?.();
    this.#undo = undefined;
  }
}
