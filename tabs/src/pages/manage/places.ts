import { addressOf } from '../../app/routing.ts';

/** Pages of the second level, in the order of the list. */
export const managePages = ['holds', 'keys', 'verification', 'drills', 'cleanup', 'audit'] as const;
export type ManagePageName = (typeof managePages)[number];

export const manageAddress = (page: ManagePageName, ...rest: readonly string[]): string =>
  addressOf('manage', [page, ...rest]);

/** Verification and drills are for whoever sees the tenant; the rest for administrators and auditors. */
export const isForWatchers = (page: ManagePageName): boolean => page === 'verification' || page === 'drills';
