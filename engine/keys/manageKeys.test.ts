import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import type { KeyWrapper } from '../ports/keyWrapper.ts';
import { makeRecords } from '../records/makeRecords.ts';
import { createRepository, openRepository } from '../repository/openRepository.ts';
import { formatRecoveryKey, makeRecoveryKey, recoveryKeyWrapper } from '../repository/recoveryKey.ts';
import { memoryBlobStore } from '../testing/memoryBlobStore.ts';
import { memoryKeyWrapper } from '../testing/memoryKeyWrapper.ts';
import { memoryTableStore } from '../testing/memoryTableStore.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { virtualClock } from '../testing/virtualClock.ts';
import { keyStatus, proveRecoveryKey, replaceRecovery, rewrap, rotate } from './manageKeys.ts';
import type { KeyServices } from './manageKeys.ts';
import { remindOfProof } from './remind.ts';

const tenant = 'contoso';
const doer = { who: 'system' } as const;
const quarterMs = 90 * 24 * 3_600_000;

async function madeDeployment() {
  const blobs = memoryBlobStore();
  const tables = memoryTableStore();
  const random = seededRandom('keys');
  const clock = virtualClock();
  const vault = memoryKeyWrapper('vault');
  const recoveryKey = makeRecoveryKey(random);
  const ports = { blobs, tables, random, clock };
  await createRepository(ports, { vault, recovery: recoveryKeyWrapper(recoveryKey, random) }, tenant);
  const open = async (outer: KeyWrapper = vault, opening: KeyWrapper = outer) => {
    const repository = await openRepository(ports, { vault: opening }, tenant);
    const records = makeRecords({ ...ports, sealer: repository });
    return { ...ports, tenant, outer, records, repository } satisfies KeyServices;
  };
  return { ...ports, vault, recoveryKey, open };
}
const actions = async ({ records }: Awaited<ReturnType<Awaited<ReturnType<typeof madeDeployment>>['open']>>) =>
  (await records.audit.list()).value.map(({ action, result }) => `${action} ${result}`);

describe('looking after the keys', () => {
  it('says which keys there are, who can open them and when the recovery key was last tried', async () => {
    const here = await madeDeployment();
    const services = await here.open();
    const before = await keyStatus(services);
    assert.deepEqual(
      before.epochs.map(({ epoch, wraps }) => [epoch, wraps.map(({ kind }) => kind)]),
      [[1, ['recovery', 'vault']]],
    );
    assert.equal(before.provedAt, undefined);
    assert.equal(before.rotatesAlone, true);
    const wrong = await proveRecoveryKey(services, formatRecoveryKey(makeRecoveryKey(here.random)), doer);
    assert.equal(wrong.isProved, false);
    assert.equal((await proveRecoveryKey(services, 'four', doer)).isProved, false);
    assert.equal((await keyStatus(services)).provedAt, undefined);
    const proof = await proveRecoveryKey(services, formatRecoveryKey(here.recoveryKey), doer);
    assert.equal(proof.isProved, true);
    assert.equal((await keyStatus(services)).provedAt, proof.at);
    assert.deepEqual(await actions(services), ['key.verify done', 'key.verify refused', 'key.verify refused']);
  });

  it('rotates, and this process seals under the new key at once', async () => {
    const services = await (await madeDeployment()).open();
    assert.deepEqual(await rotate(services, doer), { epoch: 2, isNew: true });
    assert.equal(services.repository.keys.epoch, 2);
    assert.deepEqual(await rotate(services, doer, { from: 1 }), { epoch: 2, isNew: false });
    assert.equal((await keyStatus(services)).epoch, 2);
    assert.equal((await actions(services))[0], 'key.rotate done');
    assert.equal(await services.records.audit.verify(), undefined);
  });

  it('misses the newest key records when they were taken away, and makes no other keys in their place', async () => {
    const here = await madeDeployment();
    const services = await here.open();
    await rewrap(services, doer, { vault: here.vault });
    here.blobs.tamper('repository', 'keys/1/1', () => undefined);
    await assert.rejects(
      rotate(services, doer),
      (error) => isFault(error, 'missing') && /keys\/1\/1/.test(error.message),
    );
    const other = await madeDeployment();
    const running = await other.open();
    await rotate(running, doer);
    other.blobs.tamper('repository', 'keys/2', () => undefined);
    await assert.rejects(rotate(running, doer), (error) => isFault(error, 'missing') && /keys\/2/.test(error.message));
    await assert.rejects(keyStatus(running), (error) => isFault(error, 'missing'));
  });

  it('moves to another outer key, after which the old one may be disabled', async () => {
    const here = await madeDeployment();
    const next = memoryKeyWrapper('next');
    assert.equal(await rewrap(await here.open(next, here.vault), doer, { vault: here.vault }), 1);
    here.vault.enable(false);
    const services = await here.open(next);
    assert.equal((await keyStatus(services)).outer.keyId, 'next');
    await rotate(services, doer);
    assert.equal((await here.open(next)).repository.keys.epoch, 2);
  });

  it('replaces the recovery key, and says of the old one that it was replaced', async () => {
    const here = await madeDeployment();
    const services = await here.open();
    await proveRecoveryKey(services, formatRecoveryKey(here.recoveryKey), doer);
    const next = makeRecoveryKey(here.random);
    await replaceRecovery(services, doer, recoveryKeyWrapper(next, here.random));
    const status = await keyStatus(services);
    assert.equal(status.provedAt, undefined);
    for (const rotated of [false, true]) {
      if (rotated) await rotate(services, doer);
      const old = await proveRecoveryKey(services, formatRecoveryKey(here.recoveryKey), doer);
      assert.ok(!old.isProved && /was replaced/.test(old.detail), old.detail);
      assert.equal((await proveRecoveryKey(services, formatRecoveryKey(next), doer)).isProved, true);
    }
  });

  it('reminds once a quarter of a recovery key that nobody tried', async () => {
    const here = await madeDeployment();
    const services = await here.open();
    const told = async (): Promise<unknown[]> => {
      await remindOfProof(services);
      await remindOfProof(services);
      const messages = await services.records.outbox.list();
      for (const { id } of messages) await services.records.outbox.done(id);
      return messages.map(({ message }) => message);
    };
    assert.deepEqual(await told(), []);
    await here.clock.advance(quarterMs);
    const madeAt = '2026-03-01T00:00:00.000Z';
    assert.deepEqual(await told(), [{ kind: 'recoveryKeyUnproven', since: madeAt, wasProved: false }]);
    assert.deepEqual(await told(), []);
    await here.clock.advance(quarterMs - 1000);
    await proveRecoveryKey(services, formatRecoveryKey(here.recoveryKey), doer);
    await here.clock.advance(1000);
    assert.deepEqual(await told(), []);
    await here.clock.advance(quarterMs);
    assert.equal((await told()).length, 1);
  });
});
