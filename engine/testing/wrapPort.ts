/** Does what a call asks for, with other arguments than those it came with when given some. */
export type Act = (args?: readonly unknown[]) => Promise<unknown>;
/** Counts a call and decides what becomes of it. */
export type Pass = (name: string, act: Act, args: readonly unknown[]) => Promise<unknown>;

type Outcome =
  { readonly kind: 'done'; readonly value: unknown } | { readonly kind: 'refused'; readonly error: unknown };

export const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

export async function outcomeOf(act: Act): Promise<Outcome> {
  try {
    return { kind: 'done', value: await act() };
  } catch (error) {
    return { kind: 'refused', error };
  }
}

export function answer(outcome: Outcome): unknown {
  if (outcome.kind === 'refused') throw outcome.error;
  return outcome.value;
}

/** The texts that `args` begin with. */
export function leadingWords(args: readonly unknown[]): readonly string[] {
  const words: string[] = [];
  for (const arg of args) {
    if (typeof arg !== 'string') break;
    words.push(arg);
  }
  return words;
}

/**
 * A port whose methods go through `pass`, ports inside it too. Made once, not property by property as it is used: a
 * schedule makes thousands of calls. Methods in `immediate` do not answer a promise.
 */
export function wrapPort<T extends object>(
  name: string,
  port: T,
  immediate: ReadonlySet<string>,
  pass: Pass,
  deadOf: () => Error | undefined,
): T {
  const wrapped: object = Object.create(Object.getPrototypeOf(port) as object | null) as object;
  const ask = (property: string, args: readonly unknown[]): unknown =>
    Reflect.apply(Reflect.get(port, property) as () => unknown, port, args);

  for (const property of propertiesOf(port)) {
    const path = `${name}.${String(property)}`;
    const member: unknown = Reflect.get(port, property, port);
    if (typeof property === 'string' && typeof member === 'function') {
      const value = immediate.has(property)
        ? (...args: unknown[]): unknown => {
            const dead = deadOf();
            if (dead) throw dead;
            const result = ask(property, args);
            return isAsyncIterable(result) ? stepwise(path, result, pass, deadOf) : result;
          }
        : (...args: unknown[]): unknown => pass(path, async (sent = args) => ask(property, sent), args);
      Object.defineProperty(wrapped, property, { value, enumerable: true, configurable: true, writable: true });
    } else if (isPlainObject(member)) {
      const value = wrapPort(path, member, immediate, pass, deadOf);
      Object.defineProperty(wrapped, property, { value, enumerable: true, configurable: true });
    } else {
      const get = (): unknown => Reflect.get(port, property, port);
      Object.defineProperty(wrapped, property, { get, enumerable: true, configurable: true });
    }
  }
  return wrapped as T;
}

function stepwise(
  name: string,
  source: AsyncIterable<unknown>,
  pass: Pass,
  deadOf: () => Error | undefined,
): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]() {
      const steps = source[Symbol.asyncIterator]();
      return {
        next: () => pass(`${name}.next`, () => steps.next(), []) as Promise<IteratorResult<unknown>>,
        return: async (value?: unknown) =>
          deadOf() ? never() : ((await steps.return?.(value)) ?? { done: true, value }),
      };
    },
  };
}

/** Its own and those of its class, if it has one. */
function propertiesOf(port: object): Set<string | symbol> {
  const properties = new Set(Reflect.ownKeys(port));
  for (
    let above = Object.getPrototypeOf(port) as object | null;
    above && above !== Object.prototype;
    above = Object.getPrototypeOf(above) as object | null
  ) {
    for (const property of Reflect.ownKeys(above)) if (property !== 'constructor') properties.add(property);
  }
  return properties;
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
