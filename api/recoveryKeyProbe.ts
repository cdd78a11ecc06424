import type { KeyVerification } from '../contract/service.ts';
import { isFault } from '../engine/fault.ts';
import type { BlobStore } from '../engine/ports/blobStore.ts';
import type { Random } from '../engine/ports/random.ts';
import { openForRecovery } from '../engine/repository/openRepository.ts';
import { parseRecoveryKey, recoveryKeyWrapper } from '../engine/repository/recoveryKey.ts';

/**
 * Tries a typed recovery key against what storage holds, without the vault: the answer is what a recovery would meet.
 * Faults when storage cannot be read; a wrong or mistyped key is an answer and no fault.
 */
export function recoveryKeyProbe(blobs: BlobStore, random: Random): (typed: string) => Promise<KeyVerification> {
  return async (typed) => {
    let keyId = '';
    try {
      const wrapper = recoveryKeyWrapper(parseRecoveryKey(typed), random);
      keyId = wrapper.keyId;
      await openForRecovery(blobs, { recovery: wrapper });
      return { result: 'ok', keyId, detail: 'This recovery key opens the repository.' };
    } catch (error) {
      if (isFault(error, 'invalid', 'key-unavailable')) return { result: 'refused', keyId, detail: error.message };
      throw error;
    }
  };
}
