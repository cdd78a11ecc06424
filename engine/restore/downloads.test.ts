import assert from 'node:assert/strict';
import { test } from 'node:test';
import yauzl from 'yauzl';
import type { Instant, ItemId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import type { Destination } from '../model/restoreRequest.ts';
import { isFault } from '../fault.ts';
import { anna, restoreBench } from './testing/restoreBench.ts';

type Bench = Awaited<ReturnType<typeof restoreBench>>;

async function* text(of: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(of);
}

/** One more item in the mailbox of Anna, with these streams. */
async function add(
  bench: Bench,
  name: string,
  streams: Readonly<Record<string, string>>,
  facts: Partial<Entry> = {},
): Promise<ItemId> {
  const writer = bench.repository.packWriter();
  const stored = [];
  for (const [stream, content] of Object.entries(streams))
    stored.push(await writer.store(stream, 'mime', text(content)));
  const id = bench.repository.idOf('mail', 'anna', name) as ItemId;
  const item: Entry = {
    id,
    sourceId: name,
    parentId: bench.repository.idOf('mail', 'anna', 'inbox') as ItemId,
    name,
    kind: 'message',
    container: false,
    size: 1,
    versionTag: '1',
    streams: stored,
    ...facts,
  };
  await bench.publish(bench.mailbox, { entries: [item], packs: await writer.flush() });
  return id;
}

/** The file of a download of these items, after its check. */
async function fileOf(bench: Bench, ids: readonly ItemId[], format?: 'original' | 'zip') {
  const destination: Destination = { kind: 'download', ...(format !== undefined && { format }) };
  const made = await bench.flow.create(anna, {
    selection: { items: ids.map((itemId) => ({ resourceId: bench.mailbox.id, itemId })) },
    destination,
    conflict: 'keepBoth',
    includePermissions: false,
  });
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  const request = await bench.flow.get(anna, made.id);
  if (request.state !== 'done') return { request };
  const { fileName, bytes } = await bench.flow.download(anna, made.id);
  return { request, fileName, bytes: Buffer.concat(await Array.fromAsync(bytes)) };
}

test('one item is handed out as it is, under its own name, or in an archive where that was asked for', async () => {
  const bench = await restoreBench(['one']);
  const id = bench.repository.idOf('mail', 'anna', '0') as ItemId;
  const plain = await fileOf(bench, [id]);
  assert.deepEqual([plain.fileName, plain.bytes?.toString()], ['one 0.eml', 'one']);
  const archive = await fileOf(bench, [id], 'zip');
  const zip = await yauzl.fromBufferPromise(archive.bytes ?? Buffer.alloc(0));
  const names = (await Array.fromAsync(zip.eachEntry())).map(({ fileName }) => fileName);
  assert.deepEqual(names, ['one 0.eml', 'holdfast-manifest.json']);
});

test('what has no original bytes is handed out as Microsoft 365 described it', async () => {
  const bench = await restoreBench(['one']);
  const id = await add(bench, 'Card', { meta: '{"subject":"Card"}' });
  const { fileName, bytes } = await fileOf(bench, [id]);
  assert.deepEqual([fileName, bytes?.toString()], ['Card.json', '{"subject":"Card"}']);
});

test('a name that carries its extension gets no second one, in whatever case', async () => {
  const bench = await restoreBench(['one']);
  const id = await add(bench, 'Offer.EML', { original: 'dear' });
  assert.equal((await fileOf(bench, [id])).fileName, 'Offer.EML');
});

test('an item of a kind that no connector knows any more keeps its name', async () => {
  const bench = await restoreBench(['one']);
  const id = await add(bench, 'relic', { original: 'old' }, { kind: 'fax' });
  const { fileName, bytes } = await fileOf(bench, [id]);
  assert.deepEqual([fileName, bytes?.toString()], ['relic', 'old']);
});

test('an item is dated by when it came in, was changed, sent or made, whatever is known first', async () => {
  const bench = await restoreBench(['one']);
  const day = (number: number): Instant => `2026-02-0${number}T10:00:00.000Z` as Instant;
  const ids = [
    await add(bench, 'a', { original: 'a' }, { modifiedAt: day(1), sentAt: day(7), createdAt: day(8) }),
    await add(bench, 'b', { original: 'b' }, { sentAt: day(2), createdAt: day(8) }),
    await add(bench, 'c', { original: 'c' }, { createdAt: day(3) }),
    await add(bench, 'd', { original: 'd' }),
  ];
  const { bytes } = await fileOf(bench, ids);
  const zip = await yauzl.fromBufferPromise(bytes ?? Buffer.alloc(0));
  const dates = new Map<string, string>();
  for await (const entry of zip.eachEntry())
    dates.set(entry.fileName, entry.getLastModDate({ timezone: 'UTC' }).toISOString());
  assert.deepEqual(
    ['a.eml', 'b.eml', 'c.eml'].map((name) => dates.get(name)),
    [day(1), day(2), day(3)],
  );
  assert.ok(dates.has('d.eml'), 'undated, and there');
});

test('what has no content cannot be downloaded and says so; a download of nothing else fails', async () => {
  const bench = await restoreBench(['one']);
  const empty = await add(bench, 'husk', {});
  const { request } = await fileOf(bench, [empty]);
  assert.equal(request.state, 'failed');
  const [result] = (await bench.flow.results(anna, request.id)).value;
  assert.deepEqual([result?.outcome, result?.reason], ['failed', 'There is no content to download.']);
});

test('damaged content is not handed out: the item fails by name, the others come', async () => {
  const bench = await restoreBench(['one']);
  const damaged = await add(bench, 'torn', { original: 'torn'.repeat(50_000) });
  const reader = await bench.repository.points.open(
    bench.mailbox.id,
    (await bench.repository.points.find(bench.mailbox.id, 'latest')).id,
  );
  const pack = (await reader.item(damaged))?.streams[0]?.parts[0]?.place.pack ?? '';
  bench.blobs.tamper('repository', `packs/${pack.slice(0, 2)}/${pack}`, (bytes) => bytes.fill(7, 40, 60));
  const { request } = await fileOf(bench, [bench.repository.idOf('mail', 'anna', '0') as ItemId, damaged]);
  assert.deepEqual([request.state, request.counts?.failed], ['done', 1]);
  const results = (await bench.flow.results(anna, request.id)).value;
  assert.match(results.find(({ itemId }) => itemId === damaged)?.reason ?? '', /does not open/);
});

test('a download leaves nothing to undo', async () => {
  const bench = await restoreBench(['one']);
  const { request } = await fileOf(bench, [bench.repository.idOf('mail', 'anna', '0') as ItemId]);
  await assert.rejects(bench.flow.undo(anna, request.id), (error) => isFault(error, 'invalid'));
});
