import type { Connector } from '../connector.ts';
import type { UserId, Workload } from '../model/ids.ts';
import type { Role } from '../model/restoreRequest.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Queue } from '../ports/queue.ts';
import type { Random } from '../ports/random.ts';
import type { TableStore } from '../ports/tableStore.ts';
import type { Records } from '../records/records.ts';
import type { Catalog, Repository } from '../repository/repository.ts';
import type { RolePeople, SelfServiceRules } from './rights.ts';

/** What a restore works with. */
export interface RestoreServices {
  readonly repository: Repository & { readonly catalog: Pick<Catalog, 'deleted'> };
  readonly records: Records;
  readonly tables: TableStore;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Connectors that speak as the restore app. */
  readonly connectors: ReadonlyMap<Workload, Connector>;
  /** Undefined when restores into Microsoft 365 are possible; else the sentence that says why not. Downloads always work. */
  readonly noWriteAccess?: string;
  people(): Promise<RolePeople>;
  /** Roles as the newest token of the last days said; undefined when none did. */
  rolesNow(person: UserId): Promise<readonly Role[] | undefined>;
  /** Does the directory hold this person, as a member or a guest, with an account that is not blocked? Fault `unavailable` when it cannot be asked. */
  isActive(person: UserId): Promise<boolean>;
  /** As the administrators have it at this moment. */
  selfService(): Promise<SelfServiceRules>;
  /** This host instance, and whether another one is known to be gone. */
  readonly holder: string;
  isDead(holder: string): boolean;
  readonly limits: RestoreLimits;
}

export interface RestoreLimits {
  /** How long one job works before it hands on. */
  readonly jobMs: number;
  /** Items per planning and per result page. */
  readonly pageItems: number;
  /** A job without heartbeat for this long is taken over. */
  readonly aliveMs: number;
  /** Passing trouble without any progress for this long ends what is under way. */
  readonly giveUpMs: number;
  readonly approvalMs: number;
  readonly undoMs: number;
  readonly downloadMs: number;
  /** Restore points that one request reaches into: its record names each of them. */
  readonly mostPoints: number;
  /** Deleted items that a query may mean: each is written down. Items that are there are found again, however many. */
  readonly mostDeleted: number;
}

const hour = 3_600_000;
export const restoreLimits: RestoreLimits = {
  jobMs: 240_000,
  pageItems: 200,
  aliveMs: 120_000,
  giveUpMs: 24 * hour,
  approvalMs: 72 * hour,
  undoMs: 7 * 24 * hour,
  downloadMs: hour,
  mostPoints: 2_000,
  mostDeleted: 50_000,
};
