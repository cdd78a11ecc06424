/** Bytes that buffers of a process may take together. Whoever holds none may wait; whoever holds some gives them back first. */
export interface MemoryBudget {
  /** Takes `bytes` at once, or nothing. */
  tryTake(bytes: number): boolean;
  /** Waits in line until `bytes` are free. More than the whole budget is granted when nobody else holds any. */
  take(bytes: number): Promise<void>;
  /** `buffer`, which was part of it and nobody uses any more, may be lent to the next who asks. */
  give(bytes: number, buffer?: Buffer): void;
  /** Takes the memory of a buffer that was given back, over the `held` bytes that it replaces; undefined when none can be had. */
  tryLend(held: number): Buffer | undefined;
  readonly used: number;
}

export function memoryBudget(limit: number): MemoryBudget {
  let used = 0;
  // One, and outside of the limit: the collector has it as soon as it looks, when nobody took it by then.
  let spare: WeakRef<Buffer> | undefined;
  const waiting: { readonly bytes: number; readonly go: () => void }[] = [];
  const free = (bytes: number): boolean => used === 0 || used + bytes <= limit;

  const tryTake = (bytes: number): boolean => {
    if (waiting.length > 0 || !free(bytes)) return false;
    used += bytes;
    return true;
  };

  return {
    tryTake,
    async take(bytes) {
      if (tryTake(bytes)) return;
      await new Promise<void>((go) => waiting.push({ bytes, go }));
    },
    give(bytes, buffer) {
      used -= bytes;
      if (buffer !== undefined && spare?.deref() === undefined) spare = new WeakRef(buffer);
      for (let next = waiting[0]; next !== undefined && free(next.bytes); next = waiting[0]) {
        waiting.shift();
        used += next.bytes;
        next.go();
      }
    },
    tryLend(held) {
      const lent = spare?.deref();
      if (lent === undefined || !tryTake(lent.length - held)) return undefined;
      spare = undefined;
      return lent;
    },
    get used() {
      return used;
    },
  };
}

/** The one budget of this process for packs being filled or sent. */
export const packMemory = memoryBudget(64 * 1024 * 1024);
