import type {
  ConflictRule,
  Destination,
  RestoreRequest,
  RestoreResult,
  Role,
  Selection,
} from '../model/restoreRequest.ts';
import type { RequestId, UserId } from '../model/ids.ts';
import type { Page } from '../records/records.ts';

/** Who asks, as the API or bot verified it. */
export interface Actor {
  readonly id: UserId;
  readonly name: string;
  readonly roles: readonly Role[];
}
export type { Role };

export interface NewRestoreRequest {
  readonly selection: Selection;
  readonly destination: Destination;
  readonly conflict: ConflictRule;
  readonly includePermissions: boolean;
  readonly reason?: string;
}

/**
 * The restore, verb by verb. Every verb checks again what `actor` may do (Fault `forbidden` with a sentence that names
 * who can), is safe to repeat, and answers with the request as it is now; a verb that came too late changes nothing and
 * fails with `conflict` naming the state it found. Unknown ids: Fault `not-found`.
 */
export interface RestoreFlow {
  /** Stores the wish in state `planning` and sends a nudge. Equal `idempotencyKey` of the same actor: the first request again. */
  create(actor: Actor, wish: NewRestoreRequest, idempotencyKey?: string): Promise<RestoreRequest>;
  get(actor: Actor, id: RequestId): Promise<RestoreRequest>;
  /** Newest first; only what the actor may see. Who may see all learns which requests do not open any more. */
  list(
    actor: Actor,
    filter: { readonly waitingForMe?: boolean },
    pageToken?: string,
  ): Promise<Page<RestoreRequest> & { readonly unreadable?: readonly RequestId[] }>;
  plan(actor: Actor, id: RequestId): Promise<RestoreRequest>;
  /** From `ready`: starts, or becomes `waiting` when the plan needs a second person. */
  run(actor: Actor, id: RequestId): Promise<RestoreRequest>;
  /** By another person than the asker; starts the restore. `version` of the card that was pressed, when one was. */
  approve(actor: Actor, id: RequestId, version?: number): Promise<RestoreRequest>;
  decline(actor: Actor, id: RequestId, reason: string, version?: number): Promise<RestoreRequest>;
  withdraw(actor: Actor, id: RequestId): Promise<RestoreRequest>;
  cancel(actor: Actor, id: RequestId): Promise<RestoreRequest>;
  /** Removes exactly what was created and is unchanged since; within 7 days. */
  undo(actor: Actor, id: RequestId): Promise<RestoreRequest>;
  /** What became of each item, in the order of the plan; items whose record is damaged among them. */
  results(actor: Actor, id: RequestId, pageToken?: string): Promise<Page<RestoreResult>>;
  /** The finished download from `range.from` on; only for the asker, once, within the hour. */
  download(
    actor: Actor,
    id: RequestId,
    range?: { readonly from: number; readonly to: number },
  ): Promise<{
    readonly size: number;
    readonly fileName: string;
    readonly mediaType: string;
    readonly bytes: AsyncIterable<Uint8Array>;
  }>;

  /** Queue: one step of work on a request (plan, run or undo) within the job's time; sends the next nudge itself. */
  onNudge(id: RequestId): Promise<void>;
  /** A nudge that broke its handler again and again: the request fails by name; what was restored before stays. */
  onPoisoned(id: RequestId): Promise<void>;
  /** Timer: expires waiting requests, nudges those without heartbeat. At start `allDead` nudges every open one at once. */
  tick(allDead: boolean): Promise<void>;
}
