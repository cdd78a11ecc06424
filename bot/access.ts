import { defaultSettings, type Settings } from '../contract/settings.ts';
import type { ProtectedResource } from '../engine/model/resource.ts';
import type { Role } from '../engine/model/restoreRequest.ts';
import type { Records } from '../engine/records/records.ts';
import type { Actor } from '../engine/restore/restoreFlow.ts';

export const holds = (actor: Actor, ...roles: readonly Role[]): boolean =>
  roles.some((role) => actor.roles.includes(role));

/** Roles that hear about the whole tenant; everybody else hears about their own data. */
export const seesTenant = (actor: Actor): boolean =>
  holds(actor, 'Backup.Admin', 'Backup.RestoreOperator', 'Backup.Auditor');
export const mayStartRuns = (actor: Actor): boolean => holds(actor, 'Backup.Admin', 'Backup.RestoreOperator');
export const mayDecideRequests = (actor: Actor): boolean => holds(actor, 'Backup.Admin', 'Backup.Approver');

/** Which resources' names, subjects and people this person may be shown. */
export interface Sight {
  readonly selfService: boolean;
  readonly maySeeNames: (resource: Pick<ProtectedResource, 'ownerId' | 'workload'>) => boolean;
}

/** As the admins of this tenant decided it, at this moment. */
export async function sightOf(records: Pick<Records, 'settings'>, actor: Actor): Promise<Sight> {
  const [storedSelf, storedAccess] = await Promise.all([
    records.settings.get<Settings['selfService']>('selfService'),
    records.settings.get<Settings['access']>('access'),
  ]);
  const selfService = { ...defaultSettings.selfService, ...storedSelf?.value };
  const access = { ...defaultSettings.access, ...storedAccess?.value };
  const everything =
    holds(actor, 'Backup.Admin', 'Backup.RestoreOperator') ||
    (holds(actor, 'Backup.Auditor') && access.auditorsSeeNames);
  return {
    selfService: selfService.enabled,
    maySeeNames: (resource) =>
      everything ||
      (resource.ownerId === actor.id &&
        selfService.enabled &&
        (selfService.workloads === undefined || selfService.workloads.includes(resource.workload))),
  };
}
