import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { QueueClient } from '@azure/storage-queue';
import { type Azurite, startAzurite } from '../azurite.ts';
import { startFixtureHost } from './fixture-app/start.ts';
import type { QueueOptions } from './hostJson.ts';
import { startQueueListener } from './queueListener.ts';

const OPTIONS: QueueOptions = {
  batchSize: 8,
  newBatchThreshold: 0,
  maxDequeueCount: 5,
  maxPollingIntervalMs: 200,
  visibilityTimeoutMs: 0,
  messageEncoding: 'base64',
};

describe('storage queue triggers', () => {
  let dataDir: string;
  let azurite: Azurite;
  before(async () => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'holdfast-queue-'));
    azurite = await startAzurite({ dataDir });
  });
  after(async () => {
    await azurite.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const queue = async (name: string) => {
    const client = new QueueClient(azurite.connectionString, name);
    await client.createIfNotExists();
    return client;
  };
  const encode = (message: object) => Buffer.from(JSON.stringify(message)).toString('base64');
  const count = async (client: QueueClient) => (await client.getProperties()).approximateMessagesCount;

  it('hand an object to the function and delete the message after it', async () => {
    await using host = await startFixtureHost({ STORAGE_CONNECTION_STRING: azurite.connectionString });
    const work = await queue('work');
    host.startTriggers();
    await work.sendMessage(encode({ id: 'a', does: 'succeed' }));
    await host.said(/job a try 1 starts/);
    await host.said(/job a is done/);
    await host.stop(5_000);
    assert.equal(await count(work), 0);
  });

  it('try five times, then copy the message to the poison queue and delete it', async () => {
    await using host = await startFixtureHost({ STORAGE_CONNECTION_STRING: azurite.connectionString });
    const work = await queue('work');
    const poison = await queue('work-poison');
    host.startTriggers();
    const text = encode({ id: 'b', does: 'throw' });
    await work.sendMessage(text);
    await host.said(/moved to work-poison/);
    const tries = host.lines.filter((line) => /job b try \d starts/.test(line.message)).map((line) => line.message);
    assert.deepEqual(
      tries,
      [1, 2, 3, 4, 5].map((n) => `job b try ${n} starts`),
    );
    const { receivedMessageItems } = await poison.receiveMessages({ numberOfMessages: 32 });
    assert.deepEqual(
      receivedMessageItems.map((message) => message.messageText),
      [text],
    );
    await poison.clearMessages();
    await host.stop(5_000);
    assert.equal(await count(work), 0);
  });

  it('give a message again when its worker died with it, and the others that died with it too', async () => {
    await using host = await startFixtureHost({ STORAGE_CONNECTION_STRING: azurite.connectionString });
    const work = await queue('work');
    host.startTriggers();
    await work.sendMessage(encode({ id: 'innocent', does: 'work', ms: 1_500 }));
    await host.said(/job innocent try 1 starts/);
    const pid = await host.workerPid();
    process.kill(pid ?? 0, 'SIGKILL');
    await host.said(/job innocent try 2 starts/);
    await host.said(/job innocent is done/);
    await host.stop(5_000);
    assert.equal(await count(work), 0);
  });

  it('give back what was under way when the host stops without waiting for it', async () => {
    await using host = await startFixtureHost({ STORAGE_CONNECTION_STRING: azurite.connectionString });
    const work = await queue('work');
    host.startTriggers();
    await work.sendMessage(encode({ id: 'long', does: 'work', ms: 60_000 }));
    await host.said(/job long try 1 starts/);
    await host.stop(0);
    const { receivedMessageItems } = await work.receiveMessages();
    assert.equal(receivedMessageItems.length, 1);
    await work.clearMessages();
  });

  const listen = async (name: string, invoke: () => Promise<void>, visibilitySeconds?: number) => {
    const client = await queue(name);
    const listener = startQueueListener({
      connectionString: azurite.connectionString,
      queueName: name,
      functionName: name,
      bindingName: 'message',
      options: OPTIONS,
      invoke,
      log: () => undefined,
      ...(visibilitySeconds !== undefined && { visibilitySeconds }),
    });
    return { client, listener };
  };

  it('keep a message hidden for as long as its function runs', async () => {
    let starts = 0;
    const started = Promise.withResolvers<void>();
    const working = Promise.withResolvers<void>();
    const invoke = () => {
      starts++;
      started.resolve();
      return working.promise;
    };
    const { client, listener } = await listen('renewed', invoke, 2);
    await client.sendMessage(encode({}));
    await started.promise;
    const until = Date.now() + 3_500;
    // Longer than it was hidden at first: without renewal it would be seen here, or started twice.
    while (Date.now() < until) assert.equal((await client.peekMessages()).peekedMessageItems.length, 0);
    working.resolve();
    await listener.stop();
    assert.equal(starts, 1);
    assert.equal(await count(client), 0);
  });

  it('take the next batch only when the last one is down to the threshold', async () => {
    let running = 0;
    let highest = 0;
    let done = 0;
    const finished = Promise.withResolvers<void>();
    const { client, listener } = await listen('batches', async () => {
      highest = Math.max(highest, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (++done === 20) finished.resolve();
    });
    for (let n = 0; n < 20; n++) await client.sendMessage(encode({ n }));
    await finished.promise;
    await listener.stop();
    assert.ok(highest <= OPTIONS.batchSize);
    assert.equal(await count(client), 0);
  });

  it('put a text that is not base64 aside instead of choking on it', async () => {
    let starts = 0;
    const { client, listener } = await listen('garbled', async () => void starts++);
    const poison = await queue('garbled-poison');
    await client.sendMessage('{"not": "base64"}');
    while ((await count(poison)) === 0);
    await listener.stop();
    assert.equal(starts, 0);
    assert.equal(await count(client), 0);
  });
});
