import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import type { FaultKind } from '../fault.ts';
import type { KeyWrapper } from '../ports/keyWrapper.ts';
import { boundary, boundaryFaults, faultAt } from '../testing/boundary.ts';
import { memoryBlobStore } from '../testing/memoryBlobStore.ts';
import type { MemoryBlobStore } from '../testing/memoryBlobStore.ts';
import { memoryKeyWrapper } from '../testing/memoryKeyWrapper.ts';
import { memoryTableStore } from '../testing/memoryTableStore.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { virtualClock } from '../testing/virtualClock.ts';
import type { KeyWrappers } from './keyRecords.ts';
import { createRepository, openForRecovery, openRepository } from './openRepository.ts';
import { makeRecoveryKey, recoveryKeyWrapper } from './recoveryKey.ts';

const random = seededRandom('keys');
const recovery = recoveryKeyWrapper(makeRecoveryKey(random), random);
const otherRecovery = recoveryKeyWrapper(makeRecoveryKey(random), random);
const vault = memoryKeyWrapper('vault');

const portsOn = (blobs: MemoryBlobStore, seed = 'process') => ({
  blobs,
  tables: memoryTableStore(),
  random: seededRandom(seed),
  clock: virtualClock(),
});
const create = (blobs: MemoryBlobStore, wrappers: KeyWrappers = { vault, recovery }, seed?: string) =>
  createRepository(portsOn(blobs, seed), wrappers, 'contoso');
const open = (blobs: MemoryBlobStore, wrappers: KeyWrappers, tenant = 'contoso') =>
  openRepository(portsOn(blobs), wrappers, tenant);
const refuses = (attempt: Promise<unknown>, kind: FaultKind, words: RegExp): Promise<void> =>
  assert.rejects(attempt, (error) => isFault(error, kind) && words.test(error.message));

describe('keys of a repository', () => {
  it('open with the vault key or with the recovery key, to the same ids', async () => {
    const blobs = memoryBlobStore();
    const made = await create(blobs);
    const byVault = await open(blobs, { vault });
    const byRecovery = await open(blobs, { recovery });
    for (const repository of [byVault, byRecovery]) {
      assert.equal(repository.id, made.id);
      assert.equal(repository.idOf('mail', 'anna'), made.idOf('mail', 'anna'));
    }
    assert.match(made.idOf('mail', 'anna'), /^[0-9a-f]{32}$/);
    assert.notEqual(made.idOf('mail', 'anna'), made.idOf('maila', 'nna'));
    assert.equal((await openForRecovery(blobs, { recovery })).tenant, 'contoso');
  });

  it('never exist in the clear in storage', async () => {
    const blobs = memoryBlobStore();
    let wrapped: Uint8Array | undefined;
    const spy: KeyWrapper = { ...vault, wrap: (key) => vault.wrap((wrapped = Uint8Array.from(key))) };
    await create(blobs, { vault: spy, recovery });
    assert.ok(wrapped !== undefined);
    for (const { bytes } of blobs.dump()) {
      for (const key of [wrapped.subarray(0, 32), wrapped.subarray(32)]) {
        const text = Buffer.from(bytes).toString('latin1');
        assert.ok(!Buffer.from(bytes).includes(Buffer.from(key)) && !text.includes(Buffer.from(key).toString('hex')));
      }
    }
  });

  it('let the recovery key in when the vault key is disabled, and refuse when nothing else is given', async () => {
    const blobs = memoryBlobStore();
    const key = memoryKeyWrapper('to be disabled');
    await create(blobs, { vault: key, recovery });
    key.enable(false);
    await refuses(open(blobs, { vault: key }), 'key-unavailable', /disabled/);
    await open(blobs, { vault: key, recovery });
  });

  it('refuse a wrong recovery key in words, and never make a new key in an existing repository', async () => {
    const blobs = memoryBlobStore();
    await create(blobs);
    const before = blobs.writes;
    await refuses(open(blobs, { recovery: otherRecovery }), 'key-unavailable', /not the one of this repository/);
    await refuses(create(blobs, { recovery: otherRecovery }), 'key-unavailable', /not the one of this repository/);
    await refuses(
      create(blobs, { vault, recovery: otherRecovery }),
      'key-unavailable',
      /not the one of this repository/,
    );
    await refuses(open(blobs, { vault: memoryKeyWrapper('another') }), 'key-unavailable', /./);
    assert.equal(blobs.writes, before);
  });

  it('are not made over content whose config or key record is gone', async () => {
    for (const gone of ['config', 'keys/1']) {
      const blobs = memoryBlobStore({ emptyPages: true });
      await create(blobs);
      await blobs.create('repository', `packs/aa/${'a'.repeat(32)}`, new Uint8Array(1));
      blobs.tamper('repository', gone, () => undefined);
      await refuses(create(blobs), 'key-unavailable', new RegExp(`${gone} is missing`));
      await refuses(
        open(blobs, { vault }),
        gone === 'config' ? 'missing' : 'key-unavailable',
        new RegExp(`${gone} is missing`),
      );
    }
  });

  it('stop an older app, which names the version it needs, and another tenant', async () => {
    const blobs = memoryBlobStore();
    await create(blobs);
    await refuses(open(blobs, { vault }, 'fabrikam'), 'invalid', /another tenant/);
    const newer = { product: 'holdfast', format: 7, somethingNew: true };
    blobs.tamper('repository', 'config', () => Buffer.from(JSON.stringify(newer)));
    await refuses(open(blobs, { vault }), 'unsupported', /repository format 7; this one reads up to 1/);
    await refuses(create(blobs), 'unsupported', /format 7/);
  });

  it('end as one when creators race, at every interleaving of their calls', async () => {
    for (let first = 0; first < 8; first++) {
      const blobs = memoryBlobStore();
      const one = boundary();
      const turns: (() => void)[] = [];
      // The first creator stops after `first` calls until the second has finished.
      const wrapped = one.wrap('blobs', blobs);
      const gate = Promise.withResolvers<void>();
      const stopping = new Proxy(wrapped, {
        get: (target, name, receiver) => {
          const method: unknown = Reflect.get(target, name, receiver);
          if (typeof method !== 'function') return method;
          return async (...args: unknown[]): Promise<unknown> => {
            if (one.calls.length >= first) await gate.promise;
            return Reflect.apply(method, target, args) as unknown;
          };
        },
      });
      turns.push(gate.resolve);
      const slow = createRepository({ ...portsOn(blobs, 'slow'), blobs: stopping }, { vault, recovery }, 'contoso');
      const quick = await create(blobs, { vault, recovery }, 'quick');
      for (const turn of turns) turn();
      const late = await slow;
      assert.equal(late.id, quick.id);
      assert.equal(late.idOf('x'), quick.idOf('x'));
      assert.equal(blobs.dump().length, 2);
    }
  });

  it('are whole after a fault at any call of their making', async () => {
    const clean = boundary();
    await createRepository(
      { ...portsOn(memoryBlobStore()), blobs: clean.wrap('blobs', memoryBlobStore()) },
      { vault },
      'contoso',
    );
    for (const { number } of clean.calls) {
      for (const fault of boundaryFaults) {
        const blobs = memoryBlobStore();
        const process = boundary(faultAt(number, fault));
        const attempt = createRepository(
          { ...portsOn(blobs, 'first'), blobs: process.wrap('blobs', blobs) },
          { vault },
          'contoso',
        );
        const [outcome] = await Promise.allSettled([process.run(() => attempt)]);
        const again = await create(blobs, { vault }, 'second');
        if (outcome.status === 'fulfilled') assert.equal(again.idOf('x'), outcome.value.idOf('x'));
        assert.equal(process.hits.length, 1);
      }
    }
  });

  it('say corrupt, and which object, when one bit of config or key record flips', async () => {
    const whole = memoryBlobStore();
    await create(whole);
    for (const { name, bytes } of whole.dump()) {
      for (let bit = 0; bit < bytes.length * 8; bit += 5) {
        const blobs = memoryBlobStore();
        for (const blob of whole.dump()) await blobs.create(blob.container, blob.name, blob.bytes);
        blobs.tamper('repository', name, (changed) => {
          changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          return changed;
        });
        const [outcome] = await Promise.allSettled([open(blobs, { vault })]);
        if (outcome.status === 'fulfilled') {
          // Only the bytes that the other key wrapped can change unseen by this one: then the recovery key says so.
          await assert.rejects(open(blobs, { recovery }), (error) => isFault(error, 'corrupt', 'key-unavailable'));
          continue;
        }
        assert.ok(
          isFault(outcome.reason, 'corrupt', 'key-unavailable', 'unsupported', 'invalid'),
          String(outcome.reason),
        );
      }
    }
  });
});
