import { Fault } from '../fault.ts';
import type { Records } from '../records/records.ts';
import { keyStatus, proveRecoveryKey, rotate } from './manageKeys.ts';
import type { Doer, KeyServices, KeyStatus, Proof } from './manageKeys.ts';
import { remindOfProof } from './remind.ts';

/** What the rest of the app asks about keys; see manageKeys.ts for what each promises. */
export interface KeyFlow {
  status(): Promise<KeyStatus>;
  prove(typed: string, doer: Doer): Promise<Proof>;
  /** The newest epoch. Fault `conflict` where only the command can rotate, because it has to ask for the recovery key. */
  rotatesFrom(): Promise<number>;
  /** Adds an epoch after `from`; does nothing where there is one. */
  readonly rotate: (doer: Doer, from: number) => Promise<void>;
  /** Reminds of a recovery key that nobody tried for long. For a timer: may fire twice or never. */
  tick(): Promise<void>;
}

export const keyFlow = (services: KeyServices & { readonly records: Pick<Records, 'outbox'> }): KeyFlow => ({
  status: () => keyStatus(services),
  prove: (typed, doer) => proveRecoveryKey(services, typed, doer),
  async rotatesFrom() {
    const { epoch, rotatesAlone } = await keyStatus(services);
    if (rotatesAlone) return epoch;
    throw new Fault(
      'conflict',
      'The first rotation of this repository asks for the recovery key: run npm run keys -- rotate.',
      {
        origin: 'keys',
        code: 'RecoveryKeyNeeded',
      },
    );
  },
  rotate: async (doer, from) => void (await rotate(services, doer, { from })),
  tick: () => remindOfProof(services),
});
