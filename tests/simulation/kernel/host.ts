import { once } from '../../../api/once.ts';
import { compose, type Composed } from '../../../api/compose.ts';
import { nudgeHandlers } from '../../../api/queues/nudges.ts';
import type { Settings } from '../../../api/settings.ts';
import { ticks } from '../../../api/timers/ticks.ts';
import type { AzureStorage } from '../../../azure/openStorage.ts';
import type { BackupSettings } from '../../../engine/backup/defaults.ts';
import { memoryBudget } from '../../../engine/repository/memoryBudget.ts';
import type { NonceRecorder } from '../../../engine/repository/testing/nonceRecorder.ts';
import type { Log } from '../../../engine/ports/log.ts';
import type { Random } from '../../../engine/ports/random.ts';
import type { Boundary } from './boundary.ts';
import type { Land } from './land.ts';
import { clockOf, portsOf, type Outside } from './ports.ts';
import type { SimProcess } from './process.ts';
import type { SimTime } from './time.ts';
import { wireOf } from './wire.ts';

/** As `azure/openStorage.ts` sets them. */
const adapterTries = { tries: 5, pauseMs: 300 };
const PACK_MEMORY = 96 * 1024 * 1024;

/** What a process is given to reach. */
export type Reached = Outside & Pick<Land, 'tenant'>;

export interface HostParts {
  readonly process: SimProcess;
  readonly boundary: Boundary;
  readonly time: SimTime;
  readonly land: Reached;
  readonly settings: Settings;
  readonly random: Random;
  readonly limits: Partial<BackupSettings>;
  readonly log: Log;
  readonly nonces: NonceRecorder;
  /** The adapters try again by themselves; without it the app hears of every trouble. */
  readonly triesAgain: boolean;
}

/** What runs in one process of the app: the shipped composition, its queue handlers and its timers. */
export interface Host {
  readonly process: SimProcess;
  readonly queues: ReturnType<typeof nudgeHandlers>;
  readonly timers: ReturnType<typeof ticks>;
  readonly open: () => Promise<Composed>;
}

/** One process, put together as `api/running.ts` does, over ports that can be disturbed. */
export function startHost({
  process,
  boundary,
  time,
  land,
  settings,
  random,
  limits,
  log,
  nonces,
  triesAgain,
}: HostParts): Host {
  const clock = clockOf(process, time);
  const ports = portsOf(process, boundary, land, triesAgain ? { ...adapterTries, clock } : undefined);
  const { queue } = ports;
  const [blobs, tables] = [nonces.blobs(ports.blobs), nonces.tables(ports.tables)];
  const storage: AzureStorage = {
    blobs,
    tables,
    queue,
    prepare: async () => undefined,
    askQueues: async () => undefined,
  };
  const open = once(() =>
    compose(settings, {
      storage,
      outerKey: ports.key,
      log,
      clock,
      random,
      limits,
      wire: wireOf(process, boundary, clock, land.tenant),
      budget: memoryBudget(PACK_MEMORY),
      signal: new AbortController().signal,
    }),
  );
  return { process, open, queues: nudgeHandlers({ log, queue, open }), timers: ticks(open) };
}
