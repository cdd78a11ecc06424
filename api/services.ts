import type { DependencyProbe, PermissionProbe } from '../contract/service.ts';
import type { LastRuns } from '../engine/backup/duePolicies.ts';
import type { NamedGroups } from '../engine/backup/groups.ts';
import type { PolicyNotes } from '../engine/backup/lastRuns.ts';
import type { StartedHow } from '../engine/backup/startRun.ts';
import type { Connector } from '../engine/connector.ts';
import type { Instant, PolicyId, ResourceId, RunId, UserId, Workload } from '../engine/model/ids.ts';
import type { LedgerEntry, Outcome } from '../engine/model/ledger.ts';
import type { BackupPolicy } from '../engine/model/policy.ts';
import type { Run } from '../engine/model/run.ts';
import type { Clock } from '../engine/ports/clock.ts';
import type { Log } from '../engine/ports/log.ts';
import type { Random } from '../engine/ports/random.ts';
import type { Page, Records } from '../engine/records/records.ts';
import type { Catalog, Repository } from '../engine/repository/repository.ts';
import type { RestoreFlow } from '../engine/restore/restoreFlow.ts';
import type { KeyFlow } from '../engine/keys/keyFlow.ts';
import type { RetentionFlow } from '../engine/retention/retentionFlow.ts';
import type { SweepFlow } from '../engine/sweep/sweepFlow.ts';
import type { Authority } from './http/discovery.ts';
import type { RoleBook } from './roleBook.ts';
import type { VerificationFlow } from './verification.ts';
import type { Settings } from './settings.ts';

/** What answers when storage is unreachable too: enough to say who may sign in and that the app is up. */
export interface Front {
  readonly settings: Pick<Settings, 'tenantId' | 'api' | 'publicUrl'>;
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Against which tokens are checked. */
  authority(): Promise<Authority>;
  /** Where browsers are sent to sign in. */
  browserAuthority(): Promise<Authority>;
  /** Everything else, opened when it is first needed and kept; tried anew after a failure. */
  open(): Promise<Services>;
}

/** The parts that handlers call. */
export interface Services {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly repository: Repository & { readonly catalog: Catalog };
  readonly records: Records;
  /** Connectors that speak as the backup app. */
  readonly connectors: ReadonlyMap<Workload, Connector>;
  readonly backup: BackupFlow;
  readonly restore: RestoreFlow;
  readonly retention: RetentionFlow;
  readonly keys: KeyFlow;
  readonly sweep: SweepFlow;
  readonly verification: VerificationFlow;
  readonly roles: RoleBook;
  readonly probes: Probes;
}

/** A run as people see it: live counts, `stalled` when its worker is gone. */
export type ShownRun = Run & { readonly resumesAt?: Instant; readonly waitsSince?: Instant; readonly eta?: Instant };

/** engine/backup with its services filled in. */
export interface BackupFlow {
  startPolicyRun(policy: PolicyId, by: UserId, how?: StartedHow): Promise<RunId>;
  startResourceRun(resource: ResourceId, by: UserId, how?: StartedHow): Promise<RunId>;
  cancelRun(run: RunId): Promise<void>;
  describe(runs: readonly Run[]): Promise<readonly ShownRun[]>;
  ledger(
    run: RunId,
    filter: {
      readonly outcome?: Outcome;
      readonly resourceId?: ResourceId;
      readonly pageToken?: string;
      readonly limit?: number;
    },
  ): Promise<Page<LedgerEntry>>;
  /** When each policy last started, by whomever. */
  lastRuns(policies: readonly BackupPolicy[]): Promise<LastRuns>;
  /** The newest run of each policy that ended and meant all that the policy means. */
  newestEnded(policies: readonly BackupPolicy[]): Promise<readonly Run[]>;
  /** What the newest runs of each policy tell about it, and when it last started. */
  policyNotes(policies: readonly BackupPolicy[]): Promise<ReadonlyMap<PolicyId, PolicyNotes>>;
  /** The known resources are as the policies mean them from now on; Microsoft 365 is not asked. */
  applyPolicies(): Promise<void>;
  /** Who is in the groups that these policies name. Passing trouble is thrown. */
  groups(policies: readonly BackupPolicy[]): Promise<NamedGroups>;
}

/** Looks at the world as it is now; each answer is kept for a minute. */
export interface Probes {
  permissions(): Promise<readonly PermissionProbe[]>;
  dependencies(): Promise<readonly DependencyProbe[]>;
}
