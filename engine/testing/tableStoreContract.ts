import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Column, Row, RowChange, RowRange, StoredRow, TableStore } from '../ports/tableStore.ts';
import { isFault } from '../fault.ts';

const row = (partition: string, key: string, columns: Record<string, Column> = { value: 1 }): Row => ({
  partition,
  key,
  columns,
});
const conflict = (error: unknown): boolean => isFault(error, 'conflict');
const invalid = (error: unknown): boolean => isFault(error, 'invalid');

/** Every row that `query` gives, page after page. */
async function rowsOf(store: TableStore, partition: string, range: RowRange = {}): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  let pageToken: string | undefined;
  do {
    const page = await store.query('records', partition, { ...range, pageToken });
    assert.ok(page.rows.length <= (range.limit ?? 1000));
    rows.push(...page.rows);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return rows;
}

/** What every table store must do. `open` may answer the same store again: each claim uses a partition of its own. */
export function tableStoreContract(medium: string, open: () => Promise<TableStore>): void {
  describe(`${medium} as a table store`, () => {
    it('gives back every kind of column exactly', async () => {
      const store = await open();
      const columns = {
        text: 'Grüße, 数据 😀 "quoted" \u0001',
        empty: '',
        date: '2026-03-01T00:00:00.000Z',
        zero: 0,
        negative: -5,
        beyond32Bits: 2 ** 31,
        largest: Number.MAX_SAFE_INTEGER,
        smallest: Number.MIN_SAFE_INTEGER,
        yes: true,
        no: false,
        sealed: Uint8Array.from({ length: 256 }, (_, i) => i),
        nothingSealed: new Uint8Array(0),
      };
      const etag = await store.change('records', 'columns', { kind: 'insert', row: row('columns', 'k', columns) });
      const read = await store.get('records', 'columns', 'k');
      assert.deepEqual(read, { partition: 'columns', key: 'k', columns, etag });
      assert.deepEqual(await rowsOf(store, 'columns'), [read]);
    });

    it('answers undefined for a row that is not there', async () => {
      const store = await open();
      assert.equal(await store.get('records', 'absent', 'k'), undefined);
      assert.deepEqual(await rowsOf(store, 'absent'), []);
    });

    it('inserts only what is not there', async () => {
      const store = await open();
      await store.change('records', 'insert', { kind: 'insert', row: row('insert', 'k', { value: 1 }) });
      await assert.rejects(
        store.change('records', 'insert', { kind: 'insert', row: row('insert', 'k', { value: 2 }) }),
        conflict,
      );
      assert.equal((await store.get('records', 'insert', 'k'))?.columns.value, 1);
    });

    it('updates only the version that the caller read, and drops columns it no longer has', async () => {
      const store = await open();
      const first = await store.change('records', 'update', {
        kind: 'insert',
        row: row('update', 'k', { a: 1, b: 2 }),
      });
      const second = await store.change('records', 'update', {
        kind: 'update',
        row: row('update', 'k', { a: 3 }),
        ifMatch: first,
      });
      assert.notEqual(second, first);
      assert.deepEqual((await store.get('records', 'update', 'k'))?.columns, { a: 3 });
      for (const [key, ifMatch] of [
        ['k', first],
        ['absent', second],
      ] as const) {
        await assert.rejects(
          store.change('records', 'update', { kind: 'update', row: row('update', key), ifMatch }),
          conflict,
        );
      }
      assert.equal((await store.get('records', 'update', 'k'))?.etag, second);
    });

    it('puts over whatever is there, all columns at once', async () => {
      const store = await open();
      await store.change('records', 'put', { kind: 'put', row: row('put', 'k', { a: 1, b: 2 }) });
      const etag = await store.change('records', 'put', { kind: 'put', row: row('put', 'k', { b: 3 }) });
      assert.deepEqual(await store.get('records', 'put', 'k'), { ...row('put', 'k', { b: 3 }), etag });
    });

    it('removes: any version without condition, only the one read with it', async () => {
      const store = await open();
      const etag = await store.change('records', 'remove', { kind: 'insert', row: row('remove', 'k') });
      const newer = await store.change('records', 'remove', { kind: 'put', row: row('remove', 'k', { value: 2 }) });
      await assert.rejects(store.change('records', 'remove', { kind: 'remove', key: 'k', ifMatch: etag }), conflict);
      assert.equal(await store.change('records', 'remove', { kind: 'remove', key: 'k', ifMatch: newer }), '');
      assert.equal(await store.get('records', 'remove', 'k'), undefined);
      assert.equal(await store.change('records', 'remove', { kind: 'remove', key: 'k' }), '');
      await assert.rejects(store.change('records', 'remove', { kind: 'remove', key: 'k', ifMatch: newer }), conflict);
    });

    it('gives every version an ETag of its own, equal columns or not, made anew or not', async () => {
      const store = await open();
      const change = (kind: 'insert' | 'put'): Promise<string> =>
        store.change('records', 'etags', { kind, row: row('etags', 'k') });
      const etags = [await change('insert'), await change('put')];
      await store.change('records', 'etags', { kind: 'remove', key: 'k' });
      etags.push(await change('insert'));
      assert.equal(new Set(etags).size, 3);
      for (const ifMatch of etags.slice(0, 2)) {
        for (const stale of [
          { kind: 'update', row: row('etags', 'k'), ifMatch },
          { kind: 'remove', key: 'k', ifMatch },
        ] as const)
          await assert.rejects(store.change('records', 'etags', stale), conflict);
      }
      assert.equal((await store.get('records', 'etags', 'k'))?.etag, etags[2]);
    });

    it('lets one of many racing inserts win', async () => {
      const store = await open();
      const outcomes = await Promise.allSettled(
        [1, 2, 3, 4].map((value) =>
          store.change('records', 'inserts', { kind: 'insert', row: row('inserts', 'k', { value }) }),
        ),
      );
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const outcome of outcomes) if (outcome.status === 'rejected') assert.ok(conflict(outcome.reason));
    });

    it('shares no memory with who wrote and who read', async () => {
      const store = await open();
      const sealed = Uint8Array.of(1, 2, 3);
      await store.change('records', 'memory', { kind: 'put', row: row('memory', 'k', { sealed }) });
      sealed.fill(0);
      for (const read of [await store.get('records', 'memory', 'k'), (await rowsOf(store, 'memory'))[0]]) {
        assert.deepEqual(read?.columns['sealed'], Uint8Array.of(1, 2, 3));
        if (read?.columns['sealed'] instanceof Uint8Array) read.columns['sealed'].fill(0);
      }
      assert.deepEqual((await store.get('records', 'memory', 'k'))?.columns['sealed'], Uint8Array.of(1, 2, 3));
    });

    it('goes on from a page token although rows came and went meanwhile, and gives none twice', async () => {
      const store = await open();
      for (const key of ['a', 'c', 'e', 'g'])
        await store.change('records', 'moving', { kind: 'insert', row: row('moving', key) });
      let page = await store.query('records', 'moving', { limit: 2 });
      const seen = page.rows.map(({ key }) => key);
      // Everything up to here was seen; what the token names may be gone when it is used.
      for (const key of ['a', 'e']) await store.change('records', 'moving', { kind: 'remove', key });
      await store.change('records', 'moving', { kind: 'insert', row: row('moving', 'b') });
      await store.change('records', 'moving', { kind: 'insert', row: row('moving', 'f') });
      while (page.nextPageToken !== undefined) {
        page = await store.query('records', 'moving', { limit: 2, pageToken: page.nextPageToken });
        seen.push(...page.rows.map(({ key }) => key));
      }
      assert.equal(new Set(seen).size, seen.length);
      assert.deepEqual(
        ['c', 'f', 'g'].filter((key) => !seen.includes(key)),
        [],
      );
    });

    it('carries out a transaction whole, and answers ETags that hold', async () => {
      const store = await open();
      const head = await store.change('records', 'whole', { kind: 'insert', row: row('whole', 'head', { step: 1 }) });
      await store.change('records', 'whole', { kind: 'insert', row: row('whole', 'old') });
      const read = await store.change('records', 'whole', { kind: 'insert', row: row('whole', 'as-read') });
      const etags = await store.transact('records', 'whole', [
        { kind: 'update', row: row('whole', 'head', { step: 2 }), ifMatch: head },
        { kind: 'insert', row: row('whole', 'point') },
        { kind: 'put', row: row('whole', 'note') },
        { kind: 'remove', key: 'old' },
        { kind: 'remove', key: 'as-read', ifMatch: read },
        { kind: 'remove', key: 'never-there' },
      ]);
      const rows = await rowsOf(store, 'whole');
      assert.deepEqual(
        rows.map(({ key }) => key),
        ['head', 'note', 'point'],
      );
      assert.deepEqual(
        [etags[0], etags[2], etags[1]],
        rows.map(({ etag }) => etag),
      );
      assert.deepEqual(etags.slice(3), ['', '', '']);
      assert.deepEqual(await store.transact('records', 'whole', []), []);
    });

    it('changes nothing when one condition of a transaction fails', async () => {
      const store = await open();
      const stale = await store.change('records', 'none', { kind: 'insert', row: row('none', 'head', { step: 1 }) });
      await store.change('records', 'none', { kind: 'put', row: row('none', 'head', { step: 2 }) });
      const before = await rowsOf(store, 'none');
      const failing = [
        { kind: 'update', row: row('none', 'head', { step: 3 }), ifMatch: stale },
        { kind: 'insert', row: row('none', 'head') },
        { kind: 'remove', key: 'head', ifMatch: stale },
      ] as const;
      for (const change of failing) {
        const changes = [{ kind: 'insert', row: row('none', 'point') }, change] as const;
        await assert.rejects(store.transact('records', 'none', changes), conflict);
        assert.deepEqual(await rowsOf(store, 'none'), before);
      }
    });

    it('lets one of many racing writers win', async () => {
      const store = await open();
      const read = await store.change('records', 'race', { kind: 'insert', row: row('race', 'head') });
      const outcomes = await Promise.allSettled(
        [1, 2, 3, 4, 5].map((value) =>
          store.change('records', 'race', { kind: 'update', row: row('race', 'head', { value }), ifMatch: read }),
        ),
      );
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    });

    it('takes any text as key and keeps the order of UTF-16 code units', async () => {
      const store = await open();
      const ascii = Array.from({ length: 160 }, (_, i) => `k${String.fromCharCode(i)}`);
      const keys = [
        ...ascii,
        'a/b#c?d\\e',
        "it's 100%",
        '...',
        '  ',
        '~',
        '~~',
        'ünï',
        '键',
        '😀',
        '"0',
        '"1',
        '"',
        '.',
        '/',
        'x'.repeat(256),
      ];
      for (let at = 0; at < keys.length; at += 100) {
        const changes = keys
          .slice(at, at + 100)
          .map((key) => ({ kind: 'insert', row: row('any/text?#', key) }) as const);
        await store.transact('records', 'any/text?#', changes);
      }
      assert.deepEqual(
        (await rowsOf(store, 'any/text?#')).map(({ key }) => key),
        keys.toSorted(),
      );
      for (const key of ['a/b#c?d\\e', "it's 100%", 'k\u0000', 'k\u007f']) {
        assert.equal((await store.get('records', 'any/text?#', key))?.key, key);
      }
      assert.deepEqual(
        (await rowsOf(store, 'any/text?#', { from: 'k"', to: 'k%' })).map(({ key }) => key),
        ['k"', 'k#', 'k$'],
      );
      assert.equal((await store.get('records', 'any/text?#', 'k/'))?.partition, 'any/text?#');
    });

    it('pages through a range in key order without losing or repeating a row', async () => {
      const store = await open();
      const keys = Array.from({ length: 25 }, (_, i) => `k${String(i).padStart(2, '0')}`);
      await store.transact(
        'records',
        'paging',
        keys.toReversed().map((key) => ({ kind: 'insert', row: row('paging', key) })),
      );
      const found = async (range: RowRange): Promise<string[]> =>
        (await rowsOf(store, 'paging', range)).map(({ key }) => key);
      assert.deepEqual(await found({}), keys);
      assert.deepEqual(await found({ limit: 1 }), keys);
      assert.deepEqual(await found({ limit: 7 }), keys);
      assert.deepEqual(await found({ from: 'k05', to: 'k20', limit: 4 }), keys.slice(5, 20));
      assert.deepEqual(await found({ from: 'k23' }), keys.slice(23));
      assert.deepEqual(await found({ to: 'k02' }), keys.slice(0, 2));
      assert.deepEqual(await found({ from: 'l' }), []);
    });

    it('keeps tables and partitions apart', async () => {
      const store = await open();
      await store.change('records', 'apart', { kind: 'put', row: row('apart', 'k', { value: 1 }) });
      await store.change('leases', 'apart', { kind: 'put', row: row('apart', 'k', { value: 2 }) });
      await store.change('records', 'apart2', { kind: 'put', row: row('apart2', 'k', { value: 3 }) });
      assert.deepEqual(
        (await rowsOf(store, 'apart')).map(({ columns }) => columns.value),
        [1],
      );
      assert.equal((await store.get('leases', 'apart', 'k'))?.columns.value, 2);
    });

    it('finds a column of text wherever it stands', async () => {
      const store = await open();
      const wanted = Array.from({ length: 7 }, (_, i) => `texts-${i}`);
      for (const [i, text] of wanted.entries())
        await store.change('records', `texts${i % 3}`, { kind: 'put', row: row(`texts${i % 3}`, `k${i}`, { text }) });
      await store.change('records', 'texts0', { kind: 'put', row: row('texts0', 'without', { value: 1 }) });
      await store.change('leases', 'texts0', { kind: 'put', row: row('texts0', 'k', { text: 'texts-elsewhere' }) });
      const found: string[] = [];
      for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
        const page = await store.texts('records', 'text', pageToken);
        found.push(...page.texts.filter((text) => text.startsWith('texts-')));
        pageToken = page.nextPageToken;
      }
      assert.deepEqual(found.toSorted(), wanted);
    });

    it('holds a row of 704 KiB in columns of 64 KiB, and a transaction of nearly 4 MiB', async () => {
      const store = await open();
      const columns = Object.fromEntries(
        Array.from({ length: 11 }, (_, i) => [`part${i}`, new Uint8Array(64 * 1024).fill(i)]),
      );
      await store.change('records', 'large', { kind: 'put', row: row('large', 'k', columns) });
      assert.deepEqual((await store.get('records', 'large', 'k'))?.columns, columns);
      const puts = (count: number): RowChange[] =>
        Array.from({ length: count }, (_, i) => ({ kind: 'put', row: row('large', `k${i}`, columns) }));
      await store.transact('records', 'large', puts(4));
      await assert.rejects(store.transact('records', 'large', puts(5)), invalid);
      const hundred = Array.from(
        { length: 100 },
        (_, i) => ({ kind: 'put', row: row('many', `${i}`, { value: 'x'.repeat(10_000) }) }) as const,
      );
      await store.transact('records', 'many', hundred);
    });

    it('refuses what not every table can hold, before anything happens', async () => {
      const store = await open();
      const put = (columns: Record<string, Column>, key = 'k', partition = 'limits'): Promise<string> =>
        store.change('records', 'limits', { kind: 'put', row: row(partition, key, columns) });
      const kib64 = 64 * 1024;
      const tooMuch = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`part${i}`, new Uint8Array(kib64)]));
      await assert.rejects(put({ value: new Uint8Array(kib64 + 1) }), invalid);
      await assert.rejects(put({ value: 'x'.repeat(kib64 / 2 + 1) }), invalid);
      await assert.rejects(put(tooMuch), invalid);
      await assert.rejects(put(Object.fromEntries(Array.from({ length: 253 }, (_, i) => [`c${i}`, 1]))), invalid);
      await assert.rejects(put({ value: 1.5 }), invalid);
      await assert.rejects(put({ value: 2 ** 53 }), invalid);
      await assert.rejects(put({ value: '\ud800' }), invalid);
      await assert.rejects(put({ 'no-name': 1 }), invalid);
      await assert.rejects(put({ Timestamp: 'x' }), invalid);
      await assert.rejects(put({}, ''), invalid);
      await assert.rejects(put({}, 'k'.repeat(257)), invalid);
      await assert.rejects(put({}, '\udc00'), invalid);
      await assert.rejects(put({}, 'k', 'another partition'), invalid);
      const many = Array.from({ length: 101 }, (_, i) => ({ kind: 'put', row: row('limits', `k${i}`) }) as const);
      await assert.rejects(store.transact('records', 'limits', many), invalid);
      const twice = [
        { kind: 'put', row: row('limits', 'k') },
        { kind: 'remove', key: 'k' },
      ] as const;
      await assert.rejects(store.transact('records', 'limits', twice), invalid);
      await assert.rejects(store.query('records', 'limits', { limit: 1001 }), invalid);
      assert.deepEqual(await rowsOf(store, 'limits'), []);
    });
  });
}
