import { Fault } from '../fault.ts';
import type { RestoreRequest } from '../model/restoreRequest.ts';
import { judgeAsker, placesOf } from './askerChecks.ts';
import type { Places } from './askerChecks.ts';
import type { Actor } from './restoreFlow.ts';
import type { RestoreServices } from './restoreServices.ts';
import { isAlone, mayDecide, needsSecondPerson } from './rights.ts';

/**
 * Rights are looked at again by every job that carries something out: the asker's account, the roles that the newest
 * token of theirs showed, self-service, and whether it needs an approval now; then whoever gave it is looked at in the
 * same way, also when writing has begun. Nobody is signed in here, so that more cannot be known. Fault `forbidden` with
 * a sentence for the request.
 */
export async function checkStillAllowed(request: RestoreRequest, services: RestoreServices): Promise<void> {
  const { actor, places } = await checkAskerNow(request, services);
  if (!needsSecondPerson(actor, request, places.sources, places.target)) return;
  if (request.decision?.approved === true) return checkApprover(request, request.decision, services);
  if (!isAlone(await services.people()))
    throw new Fault('forbidden', 'This restore needs the approval of a second person by now. Ask for it again.');
}

/** An approval counts for as long as the person who gave it could give it. */
async function checkApprover(
  request: RestoreRequest,
  { by, name }: NonNullable<RestoreRequest['decision']>,
  services: RestoreServices,
): Promise<void> {
  const again = 'The approval does not count any more. Ask for it again.';
  if (asksDirectory(request) && !(await services.isActive(by)))
    throw new Fault('forbidden', `${name} approved it and has no active account any more. ${again}`);
  const roles = await services.rolesNow(by);
  if (roles === undefined)
    throw new Fault(
      'forbidden',
      `${name} approved it, and their roles are not confirmed: no sign-in of the last days showed one. ${again}`,
    );
  if (!mayDecide({ id: by, name, roles }, request).allowed)
    throw new Fault('forbidden', `${name} approved it and holds no role for that any more. ${again}`);
}

/** Whoever takes a download has to sign in for it; so it also works on a day without Microsoft Graph. */
const asksDirectory = ({ destination }: RestoreRequest): boolean => destination.kind !== 'download';

/** The same for taking it back, which gives nobody anything: there is nothing to approve. */
export async function checkAskerNow(
  request: RestoreRequest,
  services: RestoreServices,
): Promise<{ readonly actor: Actor; readonly places: Places }> {
  const { asker } = request;
  if (asksDirectory(request) && !(await services.isActive(asker.id)))
    throw new Fault('forbidden', `${asker.name} asked for it and has no active account any more.`);
  const roles = await services.rolesNow(asker.id);
  const actor: Actor = { ...asker, roles: roles ?? [] };
  const ids = request.points.map(({ resourceId }) => resourceId);
  const places = await placesOf(ids, request, services);
  const verdict = await judgeAsker(actor, request, places, services);
  if (!verdict.allowed) throw new Fault('forbidden', refusal(request, verdict.why, roles));
  return { actor, places };
}

function refusal({ asker }: RestoreRequest, why: string, roles: Actor['roles'] | undefined): string {
  if (roles === undefined && asker.roles.length > 0)
    return `The roles of ${asker.name} are not confirmed: no sign-in of the last days showed one. Sign in and ask for it again.`;
  return `${asker.name} may not have this carried out any more. ${why}`;
}
