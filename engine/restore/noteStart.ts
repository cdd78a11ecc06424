import { instant } from '../model/ids.ts';
import type { RestoreRequest } from '../model/restoreRequest.ts';
import type { Actor } from './restoreFlow.ts';
import type { RestoreServices } from './restoreServices.ts';

/**
 * Writes into the audit that somebody is about to let a restore, a download or an undo begin. Called before the request
 * moves on: what cannot be written down does not begin. How it went is noted by whoever carried the wish.
 */
export async function noteStart(
  action: 'restore.start' | 'undo.start',
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
