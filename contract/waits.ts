/** What a run, or a resource in it, waits for. */
export type WaitsFor = 'storage' | 'microsoft365';

/** By the reason that comes with the wait: trouble of storage and of its keys is told as such, in its first word. */
export const waitsFor = (reason: string | undefined): WaitsFor =>
  reason !== undefined && /^storage\b/i.test(reason) ? 'storage' : 'microsoft365';
