import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import { boundaries, boundary, everyFault, faultAt } from './boundary.ts';
import { memoryBlobStore } from './memoryBlobStore.ts';
import { memoryQueue } from './memoryQueue.ts';
import { memoryTableStore } from './memoryTableStore.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const isLost = (error: unknown): boolean => isFault(error, 'unavailable') && error.outcomeUnknown;

describe('processes that count together', () => {
  it('share one numbering, and a kill of one leaves the other alive', async () => {
    const blobs = memoryBlobStore();
    const all = boundaries(faultAt(2, 'kill-before'));
    const [one, two] = [all.process('one'), all.process('two')];
    const [first, second] = [one.wrap('blobs', blobs), two.wrap('blobs', blobs)];
    await first.create('journal', 'a', bytes('a'));
    await assert.rejects(
      two.run(() => second.create('journal', 'b', bytes('b'))),
      { name: 'Killed' },
    );
    await first.create('journal', 'c', bytes('c'));
    assert.deepEqual(
      all.calls.map(({ number, process, name, on }) => [number, process, name, ...on]),
      [
        [1, 'one', 'blobs.create', 'journal', 'a'],
        [2, 'two', 'blobs.create', 'journal', 'b'],
        [3, 'one', 'blobs.create', 'journal', 'c'],
      ],
    );
    assert.deepEqual([one.killed, two.killed, one.hits.length, all.hits.length], [false, true, 0, 1]);
  });

  it('are all tried by everyFault', async () => {
    const runs = await everyFault(async (process, all) => {
      const blobs = memoryBlobStore();
      const work = async (name: string, of = process): Promise<unknown> =>
        of.run(() => of.wrap('blobs', blobs).create('journal', name, bytes(name))).catch(() => undefined);
      await work('a');
      await work('b', all.process('second'));
    });
    assert.equal(runs, 1 + 2 * 4);
  });
});

describe('a late write', () => {
  it('is an error to its caller, and takes effect after other writes, with the bytes that were sent', async () => {
    const blobs = memoryBlobStore();
    const all = boundaries(faultAt(1, 'late'), { lateBy: 2 });
    const wrapped = all.process().wrap('blobs', blobs);
    const sent = bytes('sent');
    await assert.rejects(wrapped.create('journal', 'late', sent), isLost);
    sent.fill(0);
    await wrapped.create('journal', 'other', bytes('x'));
    assert.equal(await blobs.head('journal', 'late'), undefined);
    assert.equal(all.late, 1);
    await wrapped.head('journal', 'other');
    assert.equal(Buffer.from(await blobs.read('journal', 'late')).toString(), 'sent');
    assert.ok((blobs.peek('journal', 'late')?.etag ?? '') > (blobs.peek('journal', 'other')?.etag ?? ''));
  });

  it('takes effect although its process is dead, and not where its condition no longer holds', async () => {
    const tables = memoryTableStore();
    const row = (value: number) => ({ partition: 'p', key: 'head', columns: { value } });
    const read = await tables.change('resources', 'p', { kind: 'insert', row: row(1) });
    const all = boundaries((call) => (call.number <= 2 ? 'late' : undefined));
    const zombie = all.process('zombie');
    const wrapped = zombie.wrap('tables', tables);
    await assert.rejects(wrapped.change('resources', 'p', { kind: 'update', row: row(2), ifMatch: read }), isLost);
    await assert.rejects(wrapped.change('resources', 'p', { kind: 'update', row: row(3), ifMatch: read }), isLost);
    zombie.kill();
    all.arrive();
    assert.equal(tables.peek('resources', 'p', 'head')?.columns.value, 2);
  });
});

describe('a duplicated call', () => {
  it('takes effect twice and answers once', async () => {
    const queue = memoryQueue();
    const blobs = memoryBlobStore();
    const process = boundary(() => 'duplicate');
    await process.wrap('queue', queue).send('backup', { n: 1 });
    assert.equal(queue.dump('backup').length, 2);
    const facts = await process.wrap('blobs', blobs).create('journal', 'a', bytes('a'));
    assert.deepEqual(await blobs.head('journal', 'a'), facts);
  });

  it('of a conditional write answers what the first did', async () => {
    const blobs = memoryBlobStore();
    const { etag } = await blobs.replace('derived', 'a', bytes('1'));
    const process = boundary(() => 'duplicate');
    const facts = await process.wrap('blobs', blobs).replace('derived', 'a', bytes('2'), etag);
    assert.equal(blobs.peek('derived', 'a')?.etag, facts.etag);
  });
});

describe('a delayed call', () => {
  it('lets others go first', async () => {
    const blobs = memoryBlobStore();
    const wrapped = boundary(faultAt(1, 'delay')).wrap('blobs', blobs);
    const outcomes = await Promise.allSettled([
      wrapped.create('journal', 'same', bytes('slow')),
      wrapped.create('journal', 'same', bytes('fast')),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'fulfilled'],
    );
  });
});

describe('a wrapped port', () => {
  it('of a class has its methods and private state, and shows what changes', async () => {
    class Counter {
      #count = 0;
      readonly name = 'counter';
      async add(): Promise<number> {
        return ++this.#count;
      }
      get count(): number {
        return this.#count;
      }
    }
    const process = boundary();
    const wrapped = process.wrap('counter', new Counter());
    assert.equal(await wrapped.add(), 1);
    assert.deepEqual([wrapped.count, wrapped.name, wrapped instanceof Counter], [1, 'counter', true]);
    assert.equal(process.calls.length, 1);
  });
});
