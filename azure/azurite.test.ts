import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TableClient } from '@azure/data-tables';
import { QueueServiceClient, RestError } from '@azure/storage-queue';
import { isFault } from '../engine/fault.ts';
import { blobStoreContract } from '../engine/testing/blobStoreContract.ts';
import { queueContract } from '../engine/testing/queueContract.ts';
import { tableStoreContract } from '../engine/testing/tableStoreContract.ts';
import { openStorage } from './openStorage.ts';
import type { AzureStorage } from './openStorage.ts';
import { startAzurite } from './testing/startAzurite.ts';
import type { RunningAzurite } from './testing/startAzurite.ts';

let azurite: RunningAzurite;
let storage: AzureStorage;

before(async () => {
  azurite = await startAzurite();
  storage = await openStorage(azurite);
  await storage.prepare();
});
after(() => azurite.stop());

blobStoreContract('Azurite', async () => storage.blobs);
tableStoreContract('Azurite', async () => storage.tables);
queueContract('Azurite', async () => {
  const service = QueueServiceClient.fromConnectionString(azurite.connectionString);
  for (const name of ['restore', 'backup', 'history', 'sweep']) await service.getQueueClient(name).clearMessages();
  return {
    queue: storage.queue,
    async receive(name) {
      const client = service.getQueueClient(name);
      const { receivedMessageItems } = await client.receiveMessages({ numberOfMessages: 32 });
      return receivedMessageItems.map(({ messageId, messageText, popReceipt, dequeueCount }) => ({
        message: JSON.parse(Buffer.from(messageText, 'base64').toString()) as unknown,
        deliveries: dequeueCount,
        done: () => unlessStale(() => client.deleteMessage(messageId, popReceipt)),
        giveBack: () => unlessStale(() => client.updateMessage(messageId, popReceipt, messageText, 0)),
      }));
    },
  };
});

/** False when the queue says that somebody else has the message by now. */
async function unlessStale(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    assert.ok(error instanceof RestError && (error.statusCode === 400 || error.statusCode === 404), String(error));
    return false;
  }
}

describe('numbers in rows', () => {
  it('travel as 64 bits, since the service refuses larger ones as plain numbers', async () => {
    await storage.tables.change('records', 'numbers', {
      kind: 'put',
      row: { partition: 'numbers', key: 'k', columns: { small: 1, large: 2 ** 40 } },
    });
    const raw = TableClient.fromConnectionString(azurite.connectionString, 'records', {
      allowInsecureConnection: true,
    });
    const { small, large } = await raw.getEntity('numbers', 'k');
    assert.deepEqual([small, large], [1n, 2n ** 40n]);
  });
});

describe('storage account', () => {
  it('is prepared again without harm', async () => {
    await storage.blobs.create('repository', 'kept', new Uint8Array(3));
    await storage.prepare();
    assert.equal((await storage.blobs.read('repository', 'kept')).length, 3);
  });

  it('that does not answer is unavailable, and nothing happened', async () => {
    const port = /BlobEndpoint=http:\/\/127\.0\.0\.1:(\d+)/.exec(azurite.connectionString)?.[1] ?? '';
    const nobody = await openStorage({ connectionString: azurite.connectionString.replaceAll(port, '1') });
    await assert.rejects(
      nobody.blobs.head('repository', 'x'),
      (e) => isFault(e, 'unavailable') && e.origin === 'storage',
    );
  });

  it('with a wrong key says that the sign-in was not accepted', async () => {
    const forged = azurite.connectionString.replace('AccountKey=Eby8', 'AccountKey=AAAA');
    const stranger = await openStorage({ connectionString: forged });
    const isRefused = (error: unknown): boolean =>
      isFault(error, 'unauthorized', 'forbidden') && error.origin === 'storage';
    await assert.rejects(stranger.blobs.create('repository', 'x', new Uint8Array(1)), isRefused);
    await assert.rejects(stranger.tables.get('records', 'p', 'k'), isRefused);
    await assert.rejects(stranger.queue.send('backup', {}), isRefused);
  });
});
