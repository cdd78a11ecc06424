import type { WaitingChange } from '../../../../contract/retention.ts';

const hour = 3_600_000;

/** Nobody decided it yet, or its time has not come: it can still be withdrawn. */
export const isOpenChange = ({ state }: WaitingChange): boolean => state === 'asked' || state === 'approved';

/** The server closes a change that nobody confirmed within three days. */
export const closesAt = ({ askedAt }: WaitingChange): string => new Date(Date.parse(askedAt) + 72 * hour).toISOString();
