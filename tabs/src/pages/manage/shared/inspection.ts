import type { Drill, Verification } from '../../../../../contract/verification.ts';

/** It is still on its way, so that looking again is worth it. */
export const isUnderWay = ({ state }: Pick<Verification | Drill, 'state'>): boolean =>
  state === 'queued' || state === 'running';
