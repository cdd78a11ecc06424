import type { Actor, NewRestoreRequest, Role } from './restoreFlow.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { RestoreRequest } from '../model/restoreRequest.ts';

/** Who holds which role, as far as Holdfast knows. */
export interface RolePeople {
  readonly admins: readonly string[];
  readonly approvers: readonly string[];
}

/** What the administrators leave to people who hold no role for restores. */
export interface SelfServiceRules {
  readonly enabled: boolean;
  readonly download: boolean;
  /** Only these; all when absent. */
  readonly workloads?: readonly string[] | undefined;
}

export type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly why: string };

const has = (actor: Actor, ...roles: readonly Role[]): boolean => roles.some((role) => actor.roles.includes(role));
const allowed: Verdict = { allowed: true };
const refused = (why: string): Verdict => ({ allowed: false, why });

export const ownsAll = (actor: Actor, resources: readonly ProtectedResource[]): boolean =>
  resources.length > 0 && resources.every((resource) => resource.ownerId === actor.id);

/** May this person restore from it? Own data; everybody's with the roles for it. */
export const mayRestoreFrom = (actor: Actor, resource: ProtectedResource): boolean =>
  resource.ownerId === actor.id || has(actor, 'Backup.Admin', 'Backup.RestoreOperator');

/** Are restores left to this person at all, and this kind of destination? Says nothing of any resource. */
export function mayServeThemselves(
  actor: Actor,
  { destination }: Pick<NewRestoreRequest, 'destination'>,
  rules: SelfServiceRules,
): Verdict {
  if (has(actor, 'Backup.Admin', 'Backup.RestoreOperator')) return allowed;
  if (!rules.enabled)
    return refused('Your administrators have not switched on self-service. Ask them for the restore.');
  if (destination.kind === 'download' && !rules.download)
    return refused('Your administrators have not switched on downloads. A restore to your own mailbox or drive works.');
  return allowed;
}

/** Workloads among these that are not left to this person. */
export function keptFrom(
  actor: Actor,
  resources: readonly Pick<ProtectedResource, 'workload'>[],
  { workloads }: SelfServiceRules,
): readonly string[] {
  if (workloads === undefined || has(actor, 'Backup.Admin', 'Backup.RestoreOperator')) return [];
  return [...new Set(resources.map(({ workload }) => workload))].filter((workload) => !workloads.includes(workload));
}

/** May this person know that it exists? Who may not is answered as if it did not. */
export const mayKnow = (actor: Actor, resource: ProtectedResource): boolean =>
  mayRestoreFrom(actor, resource) || has(actor, 'Backup.Auditor');

/** May this person ask for it at all? Everybody for their own data back to themselves; operators and admins for others. */
export function mayAsk(
  actor: Actor,
  wish: Pick<NewRestoreRequest, 'destination' | 'reason'>,
  sources: readonly ProtectedResource[],
  target?: ProtectedResource,
): Verdict {
  const own = ownsAll(actor, sources);
  const ownTarget = target === undefined || target.ownerId === actor.id;
  if (own && ownTarget) return allowed;
  if (!has(actor, 'Backup.Admin', 'Backup.RestoreOperator')) {
    return refused("Only a backup administrator or a restore operator may restore another person's data.");
  }
  if (!own && (wish.reason ?? '').trim() === '') {
    return refused("Restoring another person's data needs a reason: fill in `reason`.");
  }
  return allowed;
}

/**
 * Does it take a second person? For another person's data: to a third place, as a download, or over what is live.
 * Own data never; an admin or operator giving things back to their owner, beside what is there, never.
 */
export function needsSecondPerson(
  actor: Actor,
  wish: Pick<NewRestoreRequest, 'destination' | 'conflict'>,
  sources: readonly ProtectedResource[],
  target?: ProtectedResource,
): boolean {
  const own = ownsAll(actor, sources);
  switch (wish.destination.kind) {
    case 'download':
      return !own;
    case 'resource': {
      const toOwner =
        target !== undefined &&
        target.ownerId !== undefined &&
        sources.every((source) => source.ownerId === target.ownerId);
      if (own && toOwner) return false;
      return !toOwner || wish.conflict === 'replace' || wish.conflict === 'replaceOlder';
    }
    case 'original':
    case 'newFolder':
      return !own && (wish.conflict === 'replace' || wish.conflict === 'replaceOlder');
  }
}

/** True when nobody but the asker could decide: exactly one admin, and nobody else approves. */
export function isAlone(people: RolePeople): boolean {
  return people.admins.length === 1 && people.approvers.every((person) => person === people.admins[0]);
}

/** May this person decide this request? Approvers and admins, never the asker. */
export function mayDecide(actor: Actor, request: RestoreRequest): Verdict {
  if (actor.id === request.asker.id)
    return refused('Nobody decides a request of their own: another administrator or approver has to.');
  if (!has(actor, 'Backup.Admin', 'Backup.Approver'))
    return refused('Only a backup administrator or an approver may decide a restore request.');
  return allowed;
}

/** Requests of everybody are seen by who can decide them and by auditors. */
export const seesAll = (actor: Actor): boolean => has(actor, 'Backup.Admin', 'Backup.Approver', 'Backup.Auditor');

/** May this person see the request: its asker, who can decide it, auditors. */
export const maySee = (actor: Actor, request: RestoreRequest): boolean =>
  actor.id === request.asker.id || seesAll(actor);
