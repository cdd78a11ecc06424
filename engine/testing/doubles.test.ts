import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import { watchCanaries } from './canaries.ts';
import { memoryBlobStore } from './memoryBlobStore.ts';
import { memoryQueue } from './memoryQueue.ts';
import { memorySealer } from './memorySealer.ts';
import { memoryTableStore } from './memoryTableStore.ts';
import { recordNonces } from './nonceRecorder.ts';
import type { ListFault } from './pageTokens.ts';
import { seededRandom } from './seededRandom.ts';
import { virtualClock } from './virtualClock.ts';

async function namesOf(store: BlobStore): Promise<string[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await store.list('repository', '', token);
    names.push(...page.blobs.map(({ name }) => name));
    token = page.nextPageToken;
  } while (token !== undefined);
  return names;
}

describe('a listing that is disturbed', () => {
  const withThree = async (fault: ListFault, at = 2) => {
    const store = memoryBlobStore({ pageSize: 1 });
    for (const name of ['a', 'b', 'c']) await store.create('repository', name, new Uint8Array(1));
    store.disturbLists(({ page }) => (page === at ? fault : undefined));
    return store;
  };

  it('breaks off, ends too early, leaves something out, or has an empty page', async () => {
    await assert.rejects(namesOf(await withThree('fail')), (e) => isFault(e, 'unavailable'));
    assert.deepEqual(await namesOf(await withThree('end')), ['a', 'b']);
    assert.deepEqual(await namesOf(await withThree('hide')), ['a', 'c']);
    assert.deepEqual(await namesOf(await withThree('empty')), ['a', 'b', 'c']);
    const store = await withThree('end');
    store.disturbLists(undefined);
    assert.deepEqual(await namesOf(store), ['a', 'b', 'c']);
  });

  it('is refused when its page token went stale, and never taken for complete', async () => {
    const store = await withThree('empty', 9);
    const { nextPageToken } = await store.list('repository', '');
    store.expireTokens();
    await assert.rejects(store.list('repository', '', nextPageToken), { code: 'InvalidQueryParameterValue' });
    assert.deepEqual(await namesOf(store), ['a', 'b', 'c']);
    const tables = memoryTableStore({ pageSize: 1 });
    for (const key of ['a', 'b'])
      await tables.change('records', 'p', { kind: 'put', row: { partition: 'p', key, columns: {} } });
    const page = await tables.query('records', 'p');
    tables.expireTokens();
    await assert.rejects(tables.query('records', 'p', { pageToken: page.nextPageToken }), { statusCode: 400 });
  });

  it('of rows does the same', async () => {
    const tables = memoryTableStore({ pageSize: 1 });
    for (const key of ['a', 'b'])
      await tables.change('records', 'p', { kind: 'put', row: { partition: 'p', key, columns: {} } });
    tables.disturbLists(() => 'end');
    const page = await tables.query('records', 'p');
    assert.deepEqual([page.rows.length, page.nextPageToken], [1, undefined]);
    tables.disturbLists(() => 'fail');
    await assert.rejects(tables.query('records', 'p'), (e) => isFault(e, 'unavailable'));
  });
});

describe('a message', () => {
  it('that fails five times is poison, and so is one over which five processes died', async () => {
    const clock = virtualClock();
    const queue = memoryQueue({ clock, visibilityMs: 1000 });
    await queue.send('backup', { how: 'fails' });
    for (let i = 1; i <= 5; i++) assert.equal(queue.take('backup')[0]?.failed(), true);
    await queue.send('backup', { how: 'kills' });
    for (let i = 1; i <= 5; i++) {
      assert.equal(queue.take('backup')[0]?.deliveries, i);
      await clock.advance(1000);
    }
    assert.deepEqual(queue.take('backup'), []);
    assert.deepEqual(queue.takePoison('backup'), [{ how: 'fails' }, { how: 'kills' }]);
    assert.deepEqual(queue.takePoison('backup'), []);
    assert.equal(queue.nextDueAt(), undefined);
  });

  it('comes out of order and once more, days after it was done', async () => {
    const clock = virtualClock();
    const queue = memoryQueue({ clock, pick: (count) => count - 1 });
    for (const n of [1, 2]) await queue.send('restore', { n });
    const [newest] = queue.take('restore', 1);
    assert.deepEqual(newest?.message, { n: 2 });
    newest?.done();
    queue.deliverAgain('restore', 1, 7 * 24 * 3600);
    await clock.advance(7 * 24 * 3600_000);
    assert.deepEqual(
      queue.take('restore').map(({ message }) => message),
      [{ n: 2 }, { n: 1 }],
    );
  });
});

describe('canaries', () => {
  it('are found wherever they are written in plain, in every form, and not where they are sealed', async () => {
    const [blobs, tables, queue] = [memoryBlobStore(), memoryTableStore(), memoryQueue()];
    const secret = 'canary-7f3a subject';
    const watch = watchCanaries([secret], { blobs, tables, queue });
    const sealed = memorySealer(seededRandom(1)).sealColumn('scope', 'place', Buffer.from(secret));
    const put = (key: string, value: string | Uint8Array): Promise<string> =>
      tables.change('records', 'p', { kind: 'put', row: { partition: 'p', key, columns: { value } } });
    await put('sealed', sealed);
    await blobs.create('repository', 'sealed', sealed);
    assert.equal(watch.found.size, 0);
    await put('plain', `about ${secret}`);
    for (const shift of ['', 'x', 'xy'])
      await put(`base64${shift}`, Buffer.from(`${shift}${secret} and more`).toString('base64'));
    await blobs.create('journal', 'wide', Buffer.from(secret, 'utf16le'));
    await queue.send('backup', { secret });
    watch.look('log', 'nothing of it');
    assert.deepEqual(
      [...watch.found],
      ['row records/p/plain value', ...['', 'x', 'xy'].map((shift) => `row records/p/base64${shift} value`)].concat([
        'blob journal/wide',
        'queue backup',
      ]),
    );
  });
});

describe('a recorder of nonces', () => {
  it('names a pair that sealed two different things, and lets a repeat of the same pass', () => {
    const recorder = recordNonces();
    try {
      const seal = (nonce: number, text: string): void => {
        const cipher = createCipheriv('aes-256-gcm', new Uint8Array(32), new Uint8Array(12).fill(nonce));
        cipher.update(Buffer.from(text));
        cipher.final();
      };
      for (const [nonce, text] of [
        [1, 'a'],
        [2, 'b'],
        [1, 'a'],
      ] as const)
        seal(nonce, text);
      assert.equal(recorder.reused.size, 0);
      seal(2, 'other');
      assert.deepEqual([recorder.reused.size, recorder.sealings], [1, 4]);
    } finally {
      recorder.stop();
    }
  });
});
