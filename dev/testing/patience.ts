import { availableParallelism, loadavg } from 'node:os';

/** What a machine can keep that has other work as well: with twice as much to do as it has processors, twice the time. */
export const patience = (): number => Math.max(1, (loadavg()[0] ?? 0) / (2 * availableParallelism()));
