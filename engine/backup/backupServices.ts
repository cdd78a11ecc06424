import type { Connector } from '../connector.ts';
import type { Workload } from '../model/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Queue } from '../ports/queue.ts';
import type { Random } from '../ports/random.ts';
import type { Records } from '../records/records.ts';
import type { Repository } from '../repository/repository.ts';
import type { BackupSettings } from './defaults.ts';

/** What a backup works with. */
export interface BackupServices {
  readonly repository: Repository;
  readonly records: Records;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Connectors that speak as the backup app. */
  readonly connectors: ReadonlyMap<Workload, Connector>;
  /** Ids of the people in a group, members of members included. Faults as Graph's. */
  groupMembers(groupId: string, signal: AbortSignal): Promise<ReadonlySet<string>>;
  readonly settings: BackupSettings;
  /** Do administrators want a report of every run, also of those that went as well as the one before? */
  tellsEveryRun(): Promise<boolean>;
  /** This host instance, and whether another one is known to be gone. */
  readonly holder: string;
  isDead(holder: string): boolean;
  /** Fires when the host stops: jobs end at their next step, what they committed stays. */
  readonly signal: AbortSignal;
}

/** One queue message of a backup: ids and nothing else. Without a resource the run is to be planned. */
export interface BackupNudge {
  readonly run: string;
  readonly resource?: string;
}
