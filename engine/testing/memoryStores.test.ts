import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import { blobStoreContract } from './blobStoreContract.ts';
import { memoryBlobStore } from './memoryBlobStore.ts';
import { memoryKeyWrapper } from './memoryKeyWrapper.ts';
import { memoryQueue } from './memoryQueue.ts';
import { memoryTableStore } from './memoryTableStore.ts';
import { queueContract } from './queueContract.ts';
import { tableStoreContract } from './tableStoreContract.ts';
import { virtualClock } from './virtualClock.ts';

blobStoreContract('memory', async () => memoryBlobStore());
blobStoreContract('memory with dates of protection', async () => memoryBlobStore({ immutable: ['repository'] }));
blobStoreContract('memory with short and empty pages', async () => memoryBlobStore({ pageSize: 3, emptyPages: true }));
tableStoreContract('memory', async () => memoryTableStore());
tableStoreContract('memory with short and empty pages', async () =>
  memoryTableStore({ pageSize: 3, emptyPages: true }),
);
queueContract('memory', async () => {
  const queue = memoryQueue();
  return {
    queue,
    receive: async (name) =>
      queue.take(name).map((taken) => ({
        message: taken.message,
        deliveries: taken.deliveries,
        done: async () => taken.done(),
        giveBack: async () => taken.extend(0),
      })),
  };
});

describe('memory blob store', () => {
  it('is full at its limit and leaves what it holds as it was', async () => {
    const store = memoryBlobStore();
    await store.create('repository', 'kept', new Uint8Array(10));
    store.limitTo(15);
    await assert.rejects(store.create('repository', 'more', new Uint8Array(6)), (e) => isFault(e, 'storage-full'));
    await store.create('repository', 'fits', new Uint8Array(5));
    await store.remove('repository', 'kept');
    await store.create('repository', 'more', new Uint8Array(6));
    assert.equal(store.dump().length, 2);
  });

  it('refuses to remove or replace what a policy protects', async () => {
    const store = memoryBlobStore();
    store.protect((container) => container === 'repository');
    await store.create('repository', 'pack', new Uint8Array(1));
    await assert.rejects(store.remove('repository', 'pack'), (e) => isFault(e, 'conflict'));
    await assert.rejects(store.replace('repository', 'pack', new Uint8Array(2)), (e) => isFault(e, 'conflict'));
    await store.remove('repository', 'absent');
  });
});

describe('memory queue', () => {
  it('delivers again what was taken and not done, and never what was done', async () => {
    const clock = virtualClock();
    const queue = memoryQueue({ clock, visibilityMs: 1000 });
    await queue.send('backup', { n: 1 });
    await queue.send('backup', { n: 2 }, 5);
    const [first] = queue.take('backup');
    assert.deepEqual(queue.take('backup'), []);
    await clock.advance(1000);
    const [again] = queue.take('backup');
    assert.deepEqual([again?.message, again?.deliveries], [{ n: 1 }, 2]);
    // The first reader is a zombie by now: its delete must not take the message from the second.
    first?.done();
    assert.equal(queue.dump('backup').length, 2);
    again?.done();
    await clock.advance(4000);
    assert.deepEqual(
      queue.take('backup').map(({ message }) => message),
      [{ n: 2 }],
    );
  });
});

describe('memory key wrapper', () => {
  it('unwraps what it wrapped, nothing else, and nothing while disabled', async () => {
    const wrapper = memoryKeyWrapper('a');
    const wrapped = await wrapper.wrap(new Uint8Array([1, 2, 3]));
    assert.deepEqual(await memoryKeyWrapper('a').unwrap(wrapped), new Uint8Array([1, 2, 3]));
    await assert.rejects(memoryKeyWrapper('b').unwrap(wrapped), (e) => isFault(e, 'key-unavailable'));
    wrapper.enable(false);
    await assert.rejects(wrapper.unwrap(wrapped), (e) => isFault(e, 'key-unavailable'));
  });
});
