import type { RestoreSide } from '../engine/connector.ts';
import { Fault } from '../engine/fault.ts';

const refuse = (): Promise<never> =>
  Promise.reject(
    new Fault(
      'unsupported',
      'Restores into Microsoft 365 are refused: no restore app is set up (RESTORE_CLIENT_ID and its credential). Downloads work.',
      {
        origin: 'input',
        code: 'NoRestoreApp',
      },
    ),
  );

/** The giving-back side of a deployment without a restore app: says so, whatever is asked. */
export const noRestore: RestoreSide = {
  grade: refuse,
  container: refuse,
  findContainer: refuse,
  look: refuse,
  freeName: refuse,
  write: refuse,
  find: refuse,
  retire: refuse,
  undo: refuse,
};
