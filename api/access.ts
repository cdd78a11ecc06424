import { defaultSettings, type Settings } from '../contract/settings.ts';
import type { Me } from '../contract/roles.ts';
import type { ProtectedResource } from '../engine/model/resource.ts';
import type { Records } from '../engine/records/records.ts';
import { type Caller, hasRole } from './http/caller.ts';

/** What the admins of this tenant decided, with the defaults where they decided nothing. */
export async function sharedSettings(records: Pick<Records, 'settings'>): Promise<Settings> {
  const decided = await records.settings.some(['access', 'selfService', 'notifications', 'verification']);
  const orDefault = <Name extends keyof Settings>(name: Name): Settings[Name] => ({
    ...defaultSettings[name],
    ...(decided.get(name)?.value as Partial<Settings[Name]> | undefined),
  });
  return {
    access: orDefault('access'),
    selfService: orDefault('selfService'),
    notifications: orDefault('notifications'),
    verification: orDefault('verification'),
  };
}

type Owned = Pick<ProtectedResource, 'ownerId' | 'workload'>;

/** Roles that look at the whole tenant; everybody else is held to what belongs to them. */
export const seesTenant = (caller: Caller): boolean => hasRole(caller, 'admin', 'operator', 'auditor');

const owns = (caller: Caller, resource: Owned): boolean =>
  caller.kind === 'person' && resource.ownerId !== undefined && resource.ownerId === caller.id;

/** Own data, as far as the admins leave it to its owners. */
const usesOwn = (caller: Caller, resource: Owned, { selfService }: Settings): boolean =>
  owns(caller, resource) &&
  selfService.enabled &&
  (selfService.workloads === undefined || selfService.workloads.includes(resource.workload));

/** May the caller know that this resource exists? Who may not gets the answer for an unknown id. */
export const maySee = (caller: Caller, resource: Owned, settings: Settings): boolean =>
  seesTenant(caller) || usesOwn(caller, resource, settings);

/** May the caller read names, subjects and people of its items? Else they see kinds, sizes and dates. */
export const maySeeNames = (caller: Caller, resource: Owned, settings: Settings): boolean =>
  hasRole(caller, 'admin', 'operator') ||
  usesOwn(caller, resource, settings) ||
  (hasRole(caller, 'auditor') && settings.access.auditorsSeeNames);

/** Why the caller may not look into the content of a resource that they may see; undefined when they may. */
export function contentRefusal(caller: Caller, resource: Owned, settings: Settings): string | undefined {
  if (usesOwn(caller, resource, settings)) return undefined;
  const { contentAccess, operatorsReadContent } = settings.access;
  if (!hasRole(caller, 'admin', 'operator'))
    return 'Auditors see what was backed up, never what is in it. Ask its owner, or an administrator for a restore.';
  if (contentAccess === 'nobody')
    return 'Nobody may look into other people’s content here: the setting contentAccess says so. A restore to its owner works.';
  if (contentAccess === 'secondPerson')
    return 'Looking into other people’s content takes a second person here. Ask for a download: it goes to an approver.';
  if (hasRole(caller, 'admin') || operatorsReadContent) return undefined;
  return 'Restore operators may not look into other people’s content here: an administrator can allow it in the settings. A restore to its owner works.';
}

/** What the console draws for this person. */
export function permissionsOf(caller: Caller, { access, selfService }: Settings): Me['can'] {
  const isAdmin = hasRole(caller, 'admin');
  const isOperator = hasRole(caller, 'operator');
  return {
    seeTenant: seesTenant(caller),
    browseEverybody: seesTenant(caller),
    readContentOfEverybody:
      access.contentAccess === 'admins' && (isAdmin || (isOperator && access.operatorsReadContent)),
    restoreForEverybody: isAdmin || isOperator,
    useOwnData: caller.kind === 'person' && selfService.enabled,
    startRuns: isAdmin || isOperator,
    changePolicies: isAdmin,
    changeSettings: isAdmin,
    approve: hasRole(caller, 'admin', 'approver'),
    seeAudit: hasRole(caller, 'admin', 'auditor') ? 'all' : 'own',
  };
}
