import type { Verdict } from '../contract/verdict.ts';
import type { Run } from '../engine/model/run.ts';
import type { Instant, PolicyId, ResourceId, RunId, UserId } from '../engine/model/ids.ts';
import type { LedgerEntry, Outcome } from '../engine/model/ledger.ts';
import type { ProtectedResource } from '../engine/model/resource.ts';
import type { SearchQuery } from '../engine/model/restoreRequest.ts';
import type { Clock } from '../engine/ports/clock.ts';
import type { Log } from '../engine/ports/log.ts';
import type { Page, Records } from '../engine/records/records.ts';
import type { Repository } from '../engine/repository/repository.ts';
import type { Actor, RestoreFlow } from '../engine/restore/restoreFlow.ts';
import type { RetentionFlow } from '../engine/retention/retentionFlow.ts';
import type { SearchHit } from '../engine/search/searchPoints.ts';

/** What the bot asks of the rest of the app; filled in by api/. Every call is authorised by what lies behind it. */
export interface BotServices {
  readonly clock: Clock;
  readonly log: Log;
  readonly records: Records;
  readonly points: Repository['points'];
  readonly restore: RestoreFlow;
  /** The person behind a verified activity, with the roles they hold now; undefined for guests without a role and for other tenants. */
  actor(user: UserId, name: string): Promise<Actor | undefined>;
  startPolicyRun(policy: PolicyId, by: UserId): Promise<RunId>;
  startResourceRun(resource: ResourceId, by: UserId): Promise<RunId>;
  cancelRun(run: RunId): Promise<void>;
  /** Is the tenant safe? The same answer as in the console. */
  verdict(): Promise<Verdict>;
  /** Changes that make protection weaker: whoever agrees or withdraws must be an administrator, which the caller sees to. */
  readonly retention: Pick<RetentionFlow, 'approve' | 'withdraw'>;
  /** What is known to be damaged in storage and not healed. */
  damage(): Promise<{ readonly items: number; readonly others: number }>;
  /** Live counts and the state as people see it. */
  describeRuns(
    runs: readonly Run[],
  ): Promise<readonly (Run & { readonly resumesAt?: Instant; readonly eta?: Instant })[]>;
  ledger(
    run: RunId,
    filter: { readonly outcome?: Outcome; readonly pageToken?: string; readonly limit?: number },
  ): Promise<Page<LedgerEntry>>;
  /**
   * Hits as they are found, newest first for up to 64 resources together; ends by itself when all was looked at.
   * `unreadable` is told of each resource whose copy is damaged or gone: what it holds may be
   * missing among the hits.
   */
  search(
    query: SearchQuery,
    maySee: (resource: ProtectedResource) => boolean,
    unreadable: (resource: ProtectedResource) => void,
  ): AsyncIterable<SearchHit>;
  /** Address of a place in the console: `overview`, `restore/{id}`, … */
  consoleUrl(place: string): string;
}
