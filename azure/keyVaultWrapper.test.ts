import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../engine/fault.ts';
import type { KeyWrapper } from '../engine/ports/keyWrapper.ts';
import { keyVaultWrapper } from './keyVaultWrapper.ts';
import { systemRandom } from './systemRandom.ts';
import { fakeVault } from './testing/fakeVault.ts';
import type { FakeVault } from './testing/fakeVault.ts';

const credential = { getToken: async () => ({ token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 }) };
const wrapperOf = ({ keyId, httpClient }: Pick<FakeVault, 'keyId' | 'httpClient'>): KeyWrapper =>
  keyVaultWrapper({ keyId, credential, options: { httpClient, retryOptions: { maxRetries: 0 } } });
const unavailable = (error: unknown): boolean => isFault(error, 'key-unavailable') && error.origin === 'keys';

describe('a key in Key Vault', () => {
  it('opens what it wrapped, in another process too', async () => {
    const vault = fakeVault();
    const key = systemRandom.bytes(32);
    const wrapped = await wrapperOf(vault).wrap(key);
    assert.deepEqual(await wrapperOf(vault).unwrap(wrapped), key);
    assert.equal(Buffer.from(wrapped).includes(Buffer.from(key)), false);
  });

  it('opens what an earlier version wrapped, and wraps with the newest', async () => {
    const vault = fakeVault();
    const key = systemRandom.bytes(32);
    const old = await wrapperOf(vault).wrap(key);
    vault.rotate();
    const wrapper = wrapperOf(vault);
    const recent = await wrapper.wrap(key);
    assert.notDeepEqual(recent.slice(0, 33), old.slice(0, 33));
    assert.deepEqual(await wrapper.unwrap(old), key);
    assert.deepEqual(await wrapper.unwrap(recent), key);
  });

  it('is named without its version, whichever way it was given', () => {
    const vault = fakeVault();
    const versioned = { ...vault, keyId: `${vault.keyId}/00000000000000000000000000000001` };
    assert.equal(wrapperOf(versioned).keyId, wrapperOf(vault).keyId);
  });

  it('of another vault opens nothing', async () => {
    const wrapped = await wrapperOf(fakeVault()).wrap(systemRandom.bytes(32));
    await assert.rejects(wrapperOf(fakeVault()).unwrap(wrapped), unavailable);
  });

  it('that is disabled, deleted or forbidden is unavailable until it is back', async () => {
    const vault = fakeVault();
    const key = systemRandom.bytes(32);
    const wrapped = await wrapperOf(vault).wrap(key);
    for (const [status, code] of [
      [403, 'KeyDisabled'],
      [403, 'ForbiddenByRbac'],
      [404, 'KeyNotFound'],
    ] as const) {
      vault.refuse(status, code);
      await assert.rejects(wrapperOf(vault).unwrap(wrapped), unavailable);
      await assert.rejects(wrapperOf(vault).wrap(key), unavailable);
    }
    vault.refuse(undefined);
    assert.deepEqual(await wrapperOf(vault).unwrap(wrapped), key);
  });

  it('is worth another try while the vault is busy or in trouble', async () => {
    const vault = fakeVault();
    const wrapped = await wrapperOf(vault).wrap(systemRandom.bytes(32));
    const passing = (error: unknown): boolean => isFault(error, 'unavailable') && error.origin === 'keys';
    vault.refuse(503);
    await assert.rejects(wrapperOf(vault).unwrap(wrapped), passing);
    vault.refuse(429, 'Throttled', { 'retry-after': '7' });
    await assert.rejects(wrapperOf(vault).unwrap(wrapped), (e) => passing(e) && isFault(e) && e.retryAfterMs === 7000);
  });
});
