import { createSecretKey, hkdfSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Fault } from '../fault.ts';

/** The opened keys of one repository. Lives in memory only. */
export interface KeyRing {
  readonly tenant: string;
  /** 32 hex, random. */
  readonly repository: string;
  /** Epoch under which everything new is sealed. Grows when `lookAgain` finds that the keys were rotated. */
  readonly epoch: number;
  /** Belongs to the repository, not to an epoch: ids and chunk ids stay equal when keys rotate. */
  readonly idKey: Uint8Array;
  hasEpoch(epoch: number): boolean;
  /** Fault `key-unavailable` when this epoch was not opened. */
  epochKey(epoch: number): KeyObject;
  /**
   * Opens epochs that came since. Nothing changes when there are none; storage is listed each time. Faults as opening the
   * repository: then the ring is as it was.
   */
  lookAgain(): Promise<void>;
}

/** What the key records of a repository come to. */
export interface OpenedEpochs {
  readonly tenant: string;
  readonly repository: string;
  readonly idKey: Uint8Array;
  /** At least one. */
  readonly epochs: ReadonlyMap<number, KeyObject>;
}

export const KEY_BYTES = 32;

/** A ring over the opened epochs; the highest is the current one. `open` reads the records anew. */
export function keyRing(first: OpenedEpochs, open: (known: OpenedEpochs) => Promise<OpenedEpochs>): KeyRing {
  let opened = first;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const now = await open(opened);
    // An epoch that is gone from storage stays open here: what was sealed under it is needed still.
    opened = { ...now, epochs: new Map([...opened.epochs, ...now.epochs]) };
  };

  return {
    tenant: first.tenant,
    repository: first.repository,
    idKey: first.idKey,
    get epoch() {
      return Math.max(...opened.epochs.keys());
    },
    hasEpoch: (epoch) => opened.epochs.has(epoch),
    epochKey(epoch) {
      const key = opened.epochs.get(epoch);
      if (key === undefined) {
        throw new Fault(
          'key-unavailable',
          `The key of epoch ${epoch} is not open. Open the repository again; if keys/${epoch} is gone, bring it back.`,
          { origin: 'keys' },
        );
      }
      return key;
    },
    lookAgain() {
      looking ??= look().finally(() => (looking = undefined));
      return looking;
    },
  };
}

/**
 * A key of its own for every object: HKDF-SHA256 of the epoch key, with the object's id as salt and its purpose as info.
 * Node makes a key of bytes anew at every use; made once, deriving and each sealing take a third of the time.
 */
export const deriveKey = (epochKey: KeyObject, salt: Uint8Array | string, purpose: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', epochKey, salt, `holdfast/1 ${purpose}`, KEY_BYTES)));
