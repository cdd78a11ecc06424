import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault, isFault } from '../fault.ts';
import type { KeyWrapper } from '../ports/keyWrapper.ts';
import { memoryBlobStore } from '../testing/memoryBlobStore.ts';
import type { MemoryBlobStore } from '../testing/memoryBlobStore.ts';
import { memoryKeyWrapper } from '../testing/memoryKeyWrapper.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { virtualClock } from '../testing/virtualClock.ts';
import { ensureKeys } from './ensureKeys.ts';
import { openKeys } from './openKeys.ts';
import { makeRecoveryKey, recoveryKeyWrapper } from './recoveryKey.ts';
import { rotateKeys } from './rotateKeys.ts';

const random = seededRandom('openKeys');
const recovery = recoveryKeyWrapper(makeRecoveryKey(random), random);
const vault = memoryKeyWrapper('vault');

/** A repository whose keys were rotated once. */
async function rotated(): Promise<MemoryBlobStore> {
  const blobs = memoryBlobStore();
  const ports = { blobs, random, clock: virtualClock() };
  await ensureKeys(ports, { vault, recovery }, 'contoso');
  await rotateKeys(ports, { vault }, 'contoso', 1);
  return blobs;
}

const changed = (blobs: MemoryBlobStore, name: string, change: (record: Record<string, unknown>) => object): void =>
  blobs.tamper('repository', name, (bytes) =>
    Buffer.from(JSON.stringify(change(JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>))),
  );
const opening = (blobs: MemoryBlobStore, wrappers: { vault?: KeyWrapper; recovery?: KeyWrapper } = { vault }) =>
  openKeys(blobs, wrappers, 'contoso');
const isKind = (kind: Fault['kind'], words: RegExp) => (error: unknown) =>
  isFault(error, kind) && words.test(error.message);

describe('opening the keys', () => {
  it('throws an outage of the vault as it came, although the recovery key is there too', async () => {
    const blobs = await rotated();
    for (const kind of ['unavailable', 'throttled'] as const) {
      const outage = new Fault(kind, 'Key Vault does not answer', { origin: 'keys' });
      const away: KeyWrapper = { ...vault, unwrap: () => Promise.reject(outage) };
      await assert.rejects(opening(blobs, { vault: away, recovery }), outage);
    }
  });

  it('takes the recovery key where the vault refuses, and says why when there is none', async () => {
    const blobs = await rotated();
    const refusal = new Fault('key-unavailable', 'The key is disabled', { origin: 'keys' });
    const disabled: KeyWrapper = { ...vault, unwrap: () => Promise.reject(refusal) };
    assert.equal((await opening(blobs, { vault: disabled, recovery })).epoch, 2);
    await assert.rejects(opening(blobs, { vault: disabled }), isKind('key-unavailable', /The key is disabled/));
  });

  it('uses no key of another length', async () => {
    const blobs = await rotated();
    const short: KeyWrapper = { ...vault, unwrap: async (wrapped) => (await vault.unwrap(wrapped)).subarray(1) };
    await assert.rejects(opening(blobs, { vault: short }), isKind('corrupt', /of the wrong length/));
    assert.equal((await opening(blobs, { vault: short, recovery })).epoch, 2, 'the other key counts');
  });

  it('takes no epoch whose word of the one before is changed or gone', async () => {
    for (const change of [
      (record: Record<string, unknown>) => ({ ...record, after: '0'.repeat(64) }),
      ({ after: _after, ...record }: Record<string, unknown>) => record,
    ]) {
      const blobs = await rotated();
      changed(blobs, 'keys/2', change);
      await assert.rejects(opening(blobs), isKind('corrupt', /keys\/2/));
    }
  });

  it('refuses a record that says it is another, and a name that no record has', async () => {
    const blobs = await rotated();
    changed(blobs, 'keys/2', (record) => ({ ...record, epoch: 3 }));
    await assert.rejects(opening(blobs), isKind('corrupt', /keys\/2.*another key record/));
    const odd = await rotated();
    await odd.create('repository', 'keys/two', Buffer.from('{}'));
    await assert.rejects(opening(odd), isKind('corrupt', /keys\/two/));
  });

  it('says which epoch is gone when only what was wrapped later is left', async () => {
    const blobs = await rotated();
    await blobs.create('repository', 'keys/3/1', await blobs.read('repository', 'keys/2'));
    await assert.rejects(opening(blobs), isKind('missing', /keys\/3 is missing/));
  });

  it('does not go on with the keys of another repository that was put in its place', async () => {
    const blobs = await rotated();
    const ring = await opening(blobs);
    const other = memoryBlobStore();
    const ports = { blobs: other, random, clock: virtualClock() };
    await ensureKeys(ports, { vault, recovery }, 'contoso');
    for (let epoch = 1; epoch < 3; epoch++) await rotateKeys(ports, { vault }, 'contoso', epoch);
    for (const { name } of blobs.dump()) blobs.tamper('repository', name, () => undefined);
    for (const { name, bytes } of other.dump()) await blobs.create('repository', name, bytes);
    await assert.rejects(ring.lookAgain(), isKind('corrupt', /another repository/));
    assert.equal(ring.epoch, 2);
  });
});
