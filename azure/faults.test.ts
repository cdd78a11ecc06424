import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BlobServiceClient } from '@azure/storage-blob';
import { isFault } from '../engine/fault.ts';
import type { RunId } from '../engine/model/ids.ts';
import type { BlobStore } from '../engine/ports/blobStore.ts';
import type { Row } from '../engine/ports/tableStore.ts';
import { makeRecords } from '../engine/records/makeRecords.ts';
import { rebuildRecords } from '../engine/records/rebuildRecords.ts';
import { recoverRecords } from '../engine/records/recoverRecords.ts';
import { memorySealer } from '../engine/testing/memorySealer.ts';
import { anAuditEntry, aPolicy, aRun, aRunResource } from '../engine/testing/recordsWorld.ts';
import { azureBlobStore } from './blobStore.ts';
import { openStorage } from './openStorage.ts';
import type { AzureStorage } from './openStorage.ts';
import { systemClock } from './systemClock.ts';
import { systemRandom } from './systemRandom.ts';
import { startFaultyProxy } from './testing/faultyProxy.ts';
import type { FaultyProxy, ProxyFault } from './testing/faultyProxy.ts';
import { startAzurite } from './testing/startAzurite.ts';
import type { RunningAzurite } from './testing/startAzurite.ts';

let azurite: RunningAzurite;
let proxy: FaultyProxy;
let storage: AzureStorage;

before(async () => {
  azurite = await startAzurite();
  proxy = await startFaultyProxy(azurite.connectionString);
  storage = await openStorage(proxy);
  await storage.prepare();
});
after(async () => {
  await proxy.stop();
  await azurite.stop();
});

const writes = (method: string): boolean => method !== 'GET' && method !== 'HEAD';
const reads = (method: string): boolean => method === 'GET';
const unknown = (error: unknown): boolean =>
  isFault(error, 'unavailable') && error.outcomeUnknown && error.origin === 'storage';
const row = (key: string, value: number): Row => ({ partition: 'faults', key, columns: { value } });

describe('a blob', () => {
  it('whose answer was lost is created once, and known as ours', async () => {
    proxy.fail(writes, 'lose-answer');
    const facts = await storage.blobs.create('repository', 'lost-answer', Buffer.from('bytes'));
    assert.deepEqual(await storage.blobs.head('repository', 'lost-answer'), facts);
    assert.equal(proxy.seen.filter((request) => request.startsWith('PUT')).length, 2);
  });

  it('whose answer was lost to another writer is a conflict', async () => {
    await storage.blobs.create('repository', 'taken', Buffer.from('theirs'));
    proxy.fail(writes, 'lose-request');
    await assert.rejects(storage.blobs.create('repository', 'taken', Buffer.from('ours')), (e) =>
      isFault(e, 'conflict'),
    );
  });

  it('is written in the end when storage is busy for a while', async () => {
    proxy.fail(writes, 'busy', 'busy', 'lose-request');
    await storage.blobs.create('repository', 'patient', Buffer.from('x'));
    assert.equal(proxy.seen.length, 4);
  });

  it('replaced on condition is sent once, and says that nobody knows', async () => {
    const { etag } = await storage.blobs.replace('derived', 'conditional', Buffer.from('1'));
    proxy.fail(writes, 'lose-answer');
    await assert.rejects(storage.blobs.replace('derived', 'conditional', Buffer.from('2'), etag), unknown);
    assert.equal(proxy.seen.length, 1);
    assert.equal(Buffer.from(await storage.blobs.read('derived', 'conditional')).toString(), '2');
  });

  describe('whose answer was lost', () => {
    // The same store with pauses of a millisecond between its three tries.
    const hasty = (): BlobStore => {
      const tries = (maxTries: number) =>
        BlobServiceClient.fromConnectionString(proxy.connectionString, {
          retryOptions: { maxTries, retryDelayInMs: 1, maxRetryDelayInMs: 1 },
        });
      return azureBlobStore(tries(3), tries(1));
    };
    const isThere = async (name: string): Promise<boolean> => {
      proxy.fail(() => false);
      return (await storage.blobs.head('derived', name)) !== undefined;
    };

    it('may be there when the look whether it is ours meets a busy service', async () => {
      let puts = 0;
      proxy.fail(
        (method) => method === 'HEAD' || (method === 'PUT' && puts++ === 0),
        'lose-answer',
        'busy',
        'busy',
        'busy',
      );
      await assert.rejects(hasty().create('derived', 'perhaps ours', Buffer.from('bytes')), unknown);
      assert.equal(await isThere('perhaps ours'), true);
    });

    for (const write of ['create', 'replace'] as const)
      it(`may be there when every further try to ${write} it meets a busy service`, async () => {
        proxy.fail(writes, 'lose-answer', 'busy', 'busy');
        await assert.rejects(hasty()[write]('derived', `perhaps ${write}`, Buffer.from('bytes')), unknown);
        assert.equal(await isThere(`perhaps ${write}`), true);
      });

    it('may be gone when every further try to remove it meets a busy service', async () => {
      await storage.blobs.replace('derived', 'perhaps gone', Buffer.from('bytes'));
      proxy.fail(writes, 'lose-answer', 'busy', 'busy');
      await assert.rejects(hasty().remove('derived', 'perhaps gone'), unknown);
      assert.equal(await isThere('perhaps gone'), false);
    });
  });

  it('is read whole although an answer ends half way', async () => {
    const bytes = systemRandom.bytes(200_000);
    await storage.blobs.create('repository', 'cut', bytes);
    proxy.fail(reads, 'cut-body');
    assert.deepEqual(await storage.blobs.read('repository', 'cut'), bytes);
    proxy.fail(reads, 'cut-body', 'lose-request');
    assert.deepEqual(
      await storage.blobs.read('repository', 'cut', { from: 1000, length: 150_000 }),
      bytes.slice(1000, 151_000),
    );
  });
});

describe('a row', () => {
  it('whose answer was lost is written once, and the caller learns that nobody knows', async () => {
    const { tables } = storage;
    for (const [i, write] of [
      () => tables.change('records', 'faults', { kind: 'insert', row: row('i0', 0) }),
      () => tables.transact('records', 'faults', [{ kind: 'insert', row: row('i1', 1) }]),
    ].entries()) {
      proxy.fail(writes, 'lose-answer');
      await assert.rejects(write(), unknown);
      assert.equal(proxy.seen.length, 1);
      assert.equal((await tables.get('records', 'faults', `i${i}`))?.columns.value, i);
    }
  });

  it('is written in the end when storage is busy for a while, and read after passing trouble', async () => {
    proxy.fail(writes, 'busy', 'busy');
    await storage.tables.change('records', 'faults', { kind: 'put', row: row('patient', 5) });
    proxy.fail(reads, 'lose-request', 'busy', 'cut-body');
    assert.equal((await storage.tables.get('records', 'faults', 'patient'))?.columns.value, 5);
  });
});

describe('records in Azure storage', () => {
  it('outlive lost answers to every write, recover and rebuild', async () => {
    const services = { ...storage, sealer: memorySealer(systemRandom), clock: systemClock, random: systemRandom };
    const records = makeRecords(services);
    // Every other write is lost, before or after it took effect.
    let count = 0;
    const lost = Array.from({ length: 40 }, (_, i): ProxyFault => (i % 2 === 0 ? 'lose-answer' : 'lose-request'));
    proxy.fail((method) => writes(method) && count++ % 2 === 0, ...lost);
    const { etag } = await records.policies.create(aPolicy('p'));
    await records.audit.append(anAuditEntry('policy.change'));
    await records.policies.update(aPolicy('p', { name: 'renamed' }), etag);
    await records.runs.create(aRun('run', 1000));
    await records.runs.resources.plan('run' as RunId, [aRunResource('run', 'a')]);
    await records.audit.append(anAuditEntry('run.start'));
    proxy.fail(() => false);

    const before = (await records.audit.list()).value;
    assert.deepEqual(
      before.map(({ action }) => action),
      ['run.start', 'policy.change'],
    );
    assert.equal(await records.audit.verify(), undefined);
    assert.deepEqual(await recoverRecords(services), { safeMode: false });
    assert.equal((await records.runs.open()).length, 1);
    // The run has not ended: the table has it, and no blob brings it back.
    assert.deepEqual(await rebuildRecords(services), { rows: 3, runs: 0, requests: 0, lost: 0 });
    assert.deepEqual((await records.audit.list()).value, before);
    assert.equal((await records.policies.list())[0]?.value.name, 'renamed');
  });
});
