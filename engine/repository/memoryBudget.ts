/** Bytes that buffers of a process may take together. Whoever holds none may wait; whoever holds some gives them back first. */
export interface MemoryBudget {
  /** Takes `bytes` at once, or nothing. */
  tryTake(bytes: number): boolean;
  /** Waits in line until `bytes` are free. More than the whole budget is granted when nobody else holds any. */
  take(bytes: number): Promise<void>;
  give(bytes: number): void;
  readonly used: number;
}

export function memoryBudget(limit: number): MemoryBudget {
  let used = 0;
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
    give(bytes) {
      used -= bytes;
      for (let next = waiting[0]; next !== undefined && free(next.bytes); next = waiting[0]) {
        waiting.shift();
        used += next.bytes;
        next.go();
      }
    },
    get used() {
      return used;
    },
  };
}

/** The one budget of this process for packs being filled or sent. */
export const packMemory = memoryBudget(96 * 1024 * 1024);
