import { createSecretKey, hkdfSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Fault } from '../fault.ts';

/** The opened keys of one repository. Lives in memory only. */
export interface KeyRing {
  readonly tenant: string;
  /** 32 hex, random. */
  readonly repository: string;
  /** Epoch under which everything new is sealed. */
  readonly epoch: number;
  /** Belongs to the repository, not to an epoch: ids and chunk ids stay equal when keys rotate. */
  readonly idKey: Uint8Array;
  hasEpoch(epoch: number): boolean;
  /** Fault `key-unavailable` when this epoch was not opened. */
  epochKey(epoch: number): KeyObject;
}

export const KEY_BYTES = 32;

/** A ring over the opened epochs; the highest is the current one. */
export function keyRing(
  tenant: string,
  repository: string,
  idKey: Uint8Array,
  epochs: ReadonlyMap<number, KeyObject>,
): KeyRing {
  return {
    tenant,
    repository,
    epoch: Math.max(...epochs.keys()),
    idKey,
    hasEpoch: (epoch) => epochs.has(epoch),
    epochKey(epoch) {
      const key = epochs.get(epoch);
      if (key === undefined) {
        throw new Fault(
          'key-unavailable',
          `The key of epoch ${epoch} is not open. Open the repository again; if keys/${epoch} is gone, bring it back.`,
          { origin: 'keys' },
        );
      }
      return key;
    },
  };
}

/**
 * A key of its own for every object: HKDF-SHA256 of the epoch key, with the object's id as salt and its purpose as info.
 * Node makes a key of bytes anew at every use; made once, deriving and each sealing take a third of the time.
 */
export const deriveKey = (epochKey: KeyObject, salt: Uint8Array | string, purpose: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', epochKey, salt, `holdfast/1 ${purpose}`, KEY_BYTES)));
