import type { KeyStatus } from '../../../../contract/service.ts';

const quarter = 90 * 86_400_000;

export type Proof = 'proven' | 'old' | 'never';

/** Was the recovery key in force tried, and lately? The server reminds once a quarter too. */
export const proofOf = ({ provedAt }: KeyStatus, now: number): Proof =>
  provedAt === undefined ? 'never' : now - Date.parse(provedAt) > quarter ? 'old' : 'proven';
