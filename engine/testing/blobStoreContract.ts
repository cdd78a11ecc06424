import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BlobStore } from '../ports/blobStore.ts';
import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { Instant } from '../model/ids.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const hour = 3_600_000;
const text = (read: Uint8Array): string => new TextDecoder().decode(read);

/** Every name that `list` gives, page after page. */
async function namesUnder(store: BlobStore, prefix: string): Promise<string[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await store.list('repository', prefix, token);
    names.push(...page.blobs.map(({ name }) => name));
    token = page.nextPageToken;
  } while (token !== undefined);
  return names;
}

/** What every blob store must do. `open` may answer the same store again: each claim uses names of its own. */
export function blobStoreContract(medium: string, open: () => Promise<BlobStore>): void {
  describe(`${medium} as a blob store`, () => {
    it('gives back exactly the bytes that were stored, with their length and an ETag', async () => {
      const store = await open();
      const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) & 255);
      const facts = await store.create('repository', 'packs/00/exact', content);
      assert.equal(facts.length, content.length);
      assert.match(facts.modifiedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      const read = await store.read('repository', 'packs/00/exact');
      assert.deepEqual(Buffer.from(read), Buffer.from(content));
      assert.deepEqual(await store.head('repository', 'packs/00/exact'), facts);
    });

    it('stores an empty blob', async () => {
      const store = await open();
      await store.create('journal', 'empty', new Uint8Array(0));
      assert.equal((await store.read('journal', 'empty')).length, 0);
      assert.equal((await store.head('journal', 'empty'))?.length, 0);
    });

    it('keeps what it stored when the caller changes its buffer afterwards', async () => {
      const store = await open();
      for (const content of [bytes('before'), Buffer.from('before')]) {
        const name = `own-copy-${content.constructor.name}`;
        await store.create('journal', name, content);
        content.fill(0);
        assert.equal(text(await store.read('journal', name)), 'before');
      }
    });

    it('takes a repeated create of the same bytes as done, and refuses other bytes under the same name', async () => {
      const store = await open();
      const first = await store.create('repository', 'once', bytes('one'));
      assert.deepEqual(await store.create('repository', 'once', bytes('one')), first);
      await assert.rejects(store.create('repository', 'once', bytes('two')), (e) => isFault(e, 'conflict'));
      await assert.rejects(store.create('repository', 'once', bytes('one more')), (e) => isFault(e, 'conflict'));
      assert.equal(text(await store.read('repository', 'once')), 'one');
    });

    it('lets one of many racing creators win', async () => {
      const store = await open();
      const racers = ['a', 'b', 'c', 'd', 'e'].map((who) => store.create('repository', 'race', bytes(who)));
      const outcomes = await Promise.allSettled(racers);
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') assert.ok(isFault(outcome.reason, 'conflict'));
      }
    });

    it('replaces only the version that the caller read', async () => {
      const store = await open();
      const first = await store.replace('derived', 'versions', bytes('1'));
      const second = await store.replace('derived', 'versions', bytes('2'), first.etag);
      assert.notEqual(second.etag, first.etag);
      await assert.rejects(store.replace('derived', 'versions', bytes('3'), first.etag), (e) => isFault(e, 'conflict'));
      await assert.rejects(store.replace('derived', 'nothing', bytes('3'), first.etag), (e) => isFault(e, 'conflict'));
      assert.equal(text(await store.read('derived', 'versions')), '2');
      await store.replace('derived', 'versions', bytes('4'));
      assert.equal(text(await store.read('derived', 'versions')), '4');
    });

    it('gives every version an ETag of its own, equal bytes or not, made anew or not', async () => {
      const store = await open();
      const first = await store.replace('derived', 'etags', bytes('same'));
      const second = await store.replace('derived', 'etags', bytes('same'));
      assert.notEqual(second.etag, first.etag);
      await store.remove('derived', 'etags');
      const third = await store.create('derived', 'etags', bytes('same'));
      assert.equal(new Set([first.etag, second.etag, third.etag]).size, 3);
      for (const { etag } of [first, second])
        await assert.rejects(store.replace('derived', 'etags', bytes('x'), etag), (e) => isFault(e, 'conflict'));
      assert.ok(third.modifiedAt >= first.modifiedAt);
    });

    it('gives each reader bytes of its own', async () => {
      const store = await open();
      await store.create('journal', 'own-bytes', bytes('intact'));
      for (const range of [undefined, { from: 0, length: 6 }])
        (await store.read('journal', 'own-bytes', range)).fill(0);
      assert.equal(text(await store.read('journal', 'own-bytes')), 'intact');
    });

    it('lets one of many racing writers replace the version that all of them read', async () => {
      const store = await open();
      const { etag } = await store.replace('derived', 'race', bytes('0'));
      const outcomes = await Promise.allSettled(
        ['1', '2', '3', '4'].map((who) => store.replace('derived', 'race', bytes(who), etag)),
      );
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const outcome of outcomes) if (outcome.status === 'rejected') assert.ok(isFault(outcome.reason, 'conflict'));
    });

    it('takes every character that a name may have, and lists it as it is', async () => {
      const store = await open();
      const name = 'names/a b._~:=+@,-0/2026-03-01T00:00:00.000Z';
      await store.create('exports', name, bytes('x'));
      assert.equal((await store.head('exports', name))?.name, name);
      const { blobs, nextPageToken } = await store.list('exports', 'names/a b._~:=+@,');
      const listed = nextPageToken ? (await store.list('exports', 'names/a b._~:=+@,', nextPageToken)).blobs : blobs;
      assert.deepEqual(
        listed.map((blob) => blob.name),
        [name],
      );
    });

    it('reads a range, and fewer bytes where the blob ends before it', async () => {
      const store = await open();
      await store.create('repository', 'ranges', bytes('0123456789'));
      const range = async (from: number, length: number): Promise<string> =>
        text(await store.read('repository', 'ranges', { from, length }));
      assert.equal(await range(0, 3), '012');
      assert.equal(await range(4, 6), '456789');
      assert.equal(await range(8, 10), '89');
      assert.equal(await range(10, 1), '');
      assert.equal(await range(3, 0), '');
    });

    it('reads into memory that is given, or into its own, and answers with the bytes alone', async () => {
      const store = await open();
      await store.create('repository', 'into', bytes('0123456789'));
      for (const [from, length, size] of [
        [2, 4, 4],
        [2, 4, 6],
        [2, 4, 3],
        [8, 10, 10],
        [3, 0, 1],
      ] as const) {
        const read = await store.read('repository', 'into', { from, length }, new Uint8Array(size).fill(1));
        assert.equal(text(read), '0123456789'.slice(from, from + length));
      }
    });

    it('says not-found for a read and nothing for a head of what is not there', async () => {
      const store = await open();
      await assert.rejects(store.read('repository', 'absent'), (e) => isFault(e, 'not-found'));
      await assert.rejects(store.read('repository', 'absent', { from: 0, length: 5 }), (e) => isFault(e, 'not-found'));
      assert.equal(await store.head('repository', 'absent'), undefined);
    });

    it('removes a blob, and is content when it is gone already', async () => {
      const store = await open();
      await store.create('exports', 'short-lived', bytes('x'));
      await store.remove('exports', 'short-lived');
      await store.remove('exports', 'short-lived');
      assert.equal(await store.head('exports', 'short-lived'), undefined);
    });

    it('keeps containers apart', async () => {
      const store = await open();
      await store.create('repository', 'same-name', bytes('r'));
      await store.create('journal', 'same-name', bytes('j'));
      assert.equal(text(await store.read('repository', 'same-name')), 'r');
      assert.equal(text(await store.read('journal', 'same-name')), 'j');
    });

    it('lists names under a prefix in ascending order, page after page', async () => {
      const store = await open();
      const names = Array.from(
        { length: 25 },
        (_, i) => `records/2026-03-01T00:00:${String(i).padStart(2, '0')}.000Z-id`,
      );
      for (const name of names.toReversed()) await store.create('repository', name, bytes(name));
      await store.create('repository', 'recordz/other', bytes('not listed'));
      assert.deepEqual(await namesUnder(store, 'records/'), names);
      assert.deepEqual(await namesUnder(store, 'records/2026-03-01T00:00:1'), names.slice(10, 20));
      assert.deepEqual(await namesUnder(store, 'nothing/'), []);
      for (const name of names.slice(0, 20)) await store.remove('repository', name);
      assert.deepEqual(await namesUnder(store, 'records/'), names.slice(20));
    });

    it('lists the same facts that head gives', async () => {
      const store = await open();
      await store.create('repository', 'facts/one', bytes('123'));
      const page = await store.list('repository', 'facts/');
      const listed =
        page.nextPageToken === undefined ? page : await store.list('repository', 'facts/', page.nextPageToken);
      assert.deepEqual(listed.blobs, [await store.head('repository', 'facts/one')]);
    });

    it('puts off the end of a protection and never brings it forward, where it knows such dates', async (t) => {
      const store = await open();
      const { protection } = store;
      if (protection === undefined || !(await protection.isOn('repository')))
        return t.skip(`${medium} has no version-level immutability switched on`);
      await store.create('repository', 'dated/one', bytes('1'));
      const dates = async () => (await protection.list('repository', 'dated/')).blobs;
      assert.deepEqual(await dates(), [{ name: 'dated/one' }]);
      const { modifiedAt } = await store.create('repository', 'clock', bytes('now'));
      const later = (ms: number): Instant => instant(Math.ceil((Date.parse(modifiedAt) + ms) / 1000) * 1000);
      for (const until of [later(2 * hour), later(3 * hour), later(3 * hour)]) {
        await protection.extend('repository', 'dated/one', until);
        assert.deepEqual(await dates(), [{ name: 'dated/one', until }]);
      }
      await assert.rejects(protection.extend('repository', 'dated/one', later(hour)), (e) => isFault(e, 'conflict'));
      await assert.rejects(protection.extend('repository', 'dated/none', later(hour)), (e) => isFault(e, 'not-found'));
      assert.equal((await dates())[0]?.until, later(3 * hour));
    });

    it('refuses names that not every storage can hold, and more than one request may carry', async () => {
      const store = await open();
      for (const name of ['', '/a', 'a/', 'a//b', 'a/../b', 'a.', 'a\nb', 'a\\b', 'ä', 'a'.repeat(1025)]) {
        await assert.rejects(store.create('repository', name, bytes('x')), (e) => isFault(e, 'invalid'), name);
      }
      const large = new Uint8Array(32 * 1024 * 1024 + 1);
      await assert.rejects(store.create('repository', 'large', large), (e) => isFault(e, 'too-large'));
    });
  });
}
