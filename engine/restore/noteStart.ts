import { instant } from '../model/ids.ts';
import type { RestoreRequest } from '../model/restoreRequest.ts';
import type { Actor } from './restoreFlow.ts';
import type { RestoreServices } from './restoreServices.ts';

/** What somebody is about to do with a request; `restore.start` is also a download. */
export type Begun =
  | 'restore.start'
  | 'undo.start'
  | 'plan.start'
  | 'approval.start'
  | 'decline.start'
  | 'withdraw.start'
  | 'cancel.start';

/**
 * Writes into the audit that somebody is about to move a request on. Called before it moves: what cannot be written down
 * does not begin, and a crash in between leaves no deed without an entry. How it went is noted by whoever carried the
 * wish.
 */
export async function noteStart(
  action: Begun,
  actor: Actor,
  request: RestoreRequest,
  { records, clock }: Pick<RestoreServices, 'records' | 'clock'>,
): Promise<void> {
  await records.audit.append({
    at: instant(clock.now()),
    who: actor.id,
    name: actor.name,
    action,
    on: {
      request: request.id,
      destination: request.destination.kind,
      ...(request.owners.length === 0 ? {} : { owners: request.owners.join(' ') }),
    },
    result: 'done',
  });
}
