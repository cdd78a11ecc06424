import type { Me } from '../../../../contract/roles.ts';
import { addressOf } from '../../app/routing.ts';

/** Pages of the second level, in the order of the list. */
export const managePages = [
  'health',
  'holds',
  'keys',
  'verification',
  'drills',
  'cleanup',
  'access',
  'notifications',
  'reports',
  'audit',
] as const;
export type ManagePageName = (typeof managePages)[number];

export const manageAddress = (page: ManagePageName, ...rest: readonly string[]): string =>
  addressOf('manage', [page, ...rest]);

/** Verification, drills and reports are for whoever sees the tenant, health for administrators; the rest for auditors too. */
export function mayOpen(page: ManagePageName, { can }: Me): boolean {
  switch (page) {
    case 'verification':
    case 'drills':
    case 'reports':
      return can.seeTenant;
    case 'health':
      return can.changeSettings;
    default:
      return can.seeAudit === 'all';
  }
}
