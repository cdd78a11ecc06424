import type { BackupSettings } from '../../../engine/backup/defaults.ts';
import type { Composed } from '../../../api/compose.ts';
import { readSettings, type Settings } from '../../../api/settings.ts';
import { nonceRecorder, type NonceRecorder } from '../../../engine/repository/testing/nonceRecorder.ts';
import { seededRandom, type SeededRandom } from '../../../engine/testing/seededRandom.ts';
import { silentLog, type SilentLog } from '../../../engine/testing/silentLog.ts';
import type { Clock } from '../../../engine/ports/clock.ts';
import { Boundary, type Fate } from './boundary.ts';
import { Deployment } from './deployment.ts';
import { startHost, type Host, type Reached } from './host.ts';
import { seedGlobals } from './globals.ts';
import { forkLand, type Land } from './land.ts';
import type { SimProcess } from './process.ts';
import { settled, SimTime } from './time.ts';
import { Trace } from './trace.ts';

/** How one run of a scenario is set up, beside its faults. */
export interface WorldOptions {
  /** What is drawn by the product, by the simulation and by chance follows from it. */
  readonly seed: string;
  readonly startAt: number;
  readonly fate?: Fate;
  readonly hosts?: number;
  readonly isAlone?: boolean;
  readonly restartMs?: number;
  /** How often timers fire; default 5 minutes. */
  readonly timerMs?: number;
  /** Calls that wait at the same moment go in an order that is drawn. */
  readonly interleaves?: boolean;
  readonly keepsTrace?: boolean;
  /** Of another deployment; forked, as this one's land is. */
  readonly beside?: Land;
  /** Adapters of storage try again before the app hears of passing trouble. */
  readonly triesAgain?: boolean;
  /** Smaller limits than the defaults: `SLICE_ITEMS`, `JOB_SECONDS`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The same for what no setting says. */
  readonly limits?: Partial<BackupSettings>;
  readonly onDefect: (where: string, error: unknown) => void;
}

const PATIENCE_MS = 20_000;
const MOST_TRIES = 2000;

/** One run: land, time, processes and the people who ask them for something. */
export class World {
  readonly time: SimTime;
  readonly clock: Clock;
  readonly land: Land;
  readonly beside?: Land;
  readonly trace: Trace;
  readonly boundary: Boundary;
  readonly deployment: Deployment;
  /** What people do is drawn from this. */
  readonly drawn: SeededRandom;
  /** What the product draws from. */
  readonly random: SeededRandom;
  readonly log: SilentLog = silentLog();
  readonly startedAt: number;
  /** Sees everything that is sent to storage, whether it arrives or not. */
  readonly nonces: NonceRecorder = nonceRecorder();
  readonly #start: (process: SimProcess, over: Reached) => Host;
  #asking = 0;

  /** `land` is not touched: the world is made of a fork of it. */
  constructor(land: Land, options: WorldOptions) {
    const { seed, fate = () => undefined } = options;
    seedGlobals(seed);
    this.startedAt = options.startAt;
    this.drawn = seededRandom(`${seed}/drawn`);
    this.time = new SimTime(options.startAt);
    this.clock = { now: () => this.time.now, sleep: (ms) => this.time.sleep(ms) };
    this.land = forkLand(land, this.clock);
    if (options.beside !== undefined) this.beside = forkLand(options.beside, this.clock);
    this.trace = new Trace(options.keepsTrace === true);
    const chooses = options.interleaves === true ? { chooses: seededRandom(`${seed}/order`) } : {};
    this.boundary = new Boundary({ time: this.time, trace: this.trace, fate, ...chooses });
    const random = (this.random = seededRandom(`${seed}/product`));
    const settings = settingsFor(this.land, options.environment);
    this.#start = (process, over) =>
      startHost({
        process,
        boundary: this.boundary,
        time: this.time,
        land: over,
        settings: { ...settings, holder: process.name, isAlone: options.isAlone === true },
        random,
        limits: options.limits ?? {},
        log: this.log,
        nonces: this.nonces,
        triesAgain: options.triesAgain === true,
      });
    this.deployment = new Deployment({
      time: this.time,
      boundary: this.boundary,
      land: this.land,
      hosts: options.hosts ?? 1,
      restartMs: options.restartMs ?? 2000,
      timerMs: options.timerMs ?? 5 * 60_000,
      isAlone: options.isAlone === true,
      chance: seededRandom(`${seed}/hosts`),
      onDefect: options.onDefect,
      start: (process) => this.#start(process, this.land),
    });
  }

  /** A process with the settings of this deployment over another storage, as when somebody took a wrong one. */
  startOver(process: SimProcess, over: Reached): Host {
    return this.#start(process, over);
  }

  /** Nobody does anything and nothing is on its way. */
  get isIdle(): boolean {
    return this.#asking === 0 && this.deployment.isIdle;
  }

  /**
   * Somebody asks the API until there is an answer, in `act`, which says itself what is an answer. An error of its own
   * kind is none: people press again.
   */
  async ask<T>(act: (composed: Composed) => Promise<T>): Promise<T> {
    this.#asking += 1;
    try {
      for (let tries = 1; ; tries++) {
        try {
          return await this.deployment.call(act);
        } catch (error) {
          if (tries === MOST_TRIES) throw error;
          await this.time.sleep(PATIENCE_MS);
        }
      }
    } finally {
      this.#asking -= 1;
    }
  }

  /** Asks every minute until it is so. */
  async until(isSo: (composed: Composed) => Promise<boolean>): Promise<void> {
    while (!(await this.deployment.call(isSo))) await this.time.sleep(60_000);
  }

  /** Lets everything happen, in time, until `isOver`, asked whenever nothing can go on without time. False: `until` came. */
  async run(until: number, isOver: () => boolean | Promise<boolean>): Promise<boolean> {
    for (;;) {
      await settled();
      if (await isOver()) return true;
      if (this.boundary.step()) continue;
      const next = this.time.nextAt;
      if (next === undefined || next > until) return false;
      this.time.step();
    }
  }
}

function settingsFor({ tenant }: Land, environment: Readonly<Record<string, string>> = {}): Settings {
  const backup = tenant.connection('backup');
  const restore = tenant.connection('restore');
  return readSettings({
    GRAPH_ENDPOINT: backup.endpoint,
    AUTHORITY_HOST: backup.authorityHost,
    TENANT_ID: tenant.tenantId,
    BACKUP_CLIENT_ID: backup.clientId,
    BACKUP_CLIENT_SECRET: 'simulated',
    RESTORE_CLIENT_ID: restore.clientId,
    RESTORE_CLIENT_SECRET: 'simulated',
    CONTENT_HOSTS: backup.contentHosts.join(','),
    STORAGE_CONNECTION_STRING: 'simulated',
    LOCAL_KEY_PATH: 'simulated',
    ...environment,
  });
}
