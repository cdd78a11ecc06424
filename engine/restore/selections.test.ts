import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../fault.ts';
import type { ItemId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import type { Selection } from '../model/restoreRequest.ts';
import { anna, restoreBench } from './testing/restoreBench.ts';

type Bench = Awaited<ReturnType<typeof restoreBench>>;

const idOf = (bench: Bench, name: string): ItemId => bench.repository.idOf('mail', 'anna', name) as ItemId;

async function* text(of: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(of);
}

/** What stands at the target after a restore of the selection into a new folder, and where. */
async function restored(bench: Bench, selection: Selection): Promise<readonly string[]> {
  const made = await bench.flow.create(anna, {
    selection,
    destination: { kind: 'newFolder', name: 'Back' },
    conflict: 'keepBoth',
    includePermissions: false,
  });
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(anna, made.id)).state, 'done');
  return bench.place.objects
    .map(({ container, bytes }) => `${container.split('/').slice(1).join('/')}: ${bytes}`)
    .toSorted();
}

test('chosen items come back alone, without the folders they share', async () => {
  const bench = await restoreBench();
  const items = ['0', '2'].map((name) => ({ resourceId: bench.mailbox.id, itemId: idOf(bench, name) }));
  assert.deepEqual(await restored(bench, { items }), ['Back: one', 'Back: three']);
});

test('a folder comes back under its name with all that is in it, however it was chosen', async () => {
  for (const kind of ['items', 'folders'] as const) {
    const bench = await restoreBench();
    const chosen = [{ resourceId: bench.mailbox.id, itemId: idOf(bench, 'inbox') }];
    const selection: Selection = kind === 'items' ? { items: chosen } : { folders: chosen };
    assert.deepEqual(await restored(bench, selection), [
      'Back/Posteingang: one',
      'Back/Posteingang: three',
      'Back/Posteingang: two',
    ]);
  }
});

test('a folder comes back with what lies deeper, and without its neighbours', async () => {
  const bench = await restoreBench(['one']);
  const folder = (name: string, parent: string): Entry => ({
    id: idOf(bench, name),
    sourceId: name,
    parentId: idOf(bench, parent),
    name,
    kind: 'mailFolder',
    container: true,
    size: 0,
    versionTag: '1',
    streams: [],
  });
  const writer = bench.repository.packWriter();
  const mail = async (name: string, parent: string): Promise<Entry> => {
    const original = await writer.store('original', 'mime', text(name));
    const meta = await writer.store('meta', 'text', text(JSON.stringify({ of: name })));
    const streams = [original, meta];
    return { ...folder(name, parent), kind: 'message', container: false, sha256: original.sha256, streams };
  };
  const entries = [
    folder('Projects', 'inbox'),
    folder('Roof', 'Projects'),
    folder('Garden', 'inbox'),
    await mail('offer', 'Projects'),
    await mail('tiles', 'Roof'),
    await mail('roses', 'Garden'),
  ];
  await bench.publish(bench.mailbox, { entries, packs: await writer.flush() });
  const told: unknown[] = [];
  const { restore } = bench.place.connector;
  const writing = restore.write.bind(restore);
  restore.write = (target, container, entry, order, context) => {
    told.push(order.meta);
    return writing(target, container, entry, order, context);
  };
  const folders = [{ resourceId: bench.mailbox.id, itemId: idOf(bench, 'Projects') }];
  assert.deepEqual(await restored(bench, { folders }), ['Back/Projects/Roof: tiles', 'Back/Projects: offer']);
  assert.deepEqual(told, [{ of: 'offer' }, { of: 'tiles' }], 'with what else is known of each');
});

test('items of one mailbox may come from different moments', async () => {
  const bench = await restoreBench();
  const before = (await bench.repository.points.find(bench.mailbox.id, 'latest')).id;
  await bench.loses(bench.mailbox, 0);
  const items = [
    { resourceId: bench.mailbox.id, itemId: idOf(bench, '0'), at: before },
    { resourceId: bench.mailbox.id, itemId: idOf(bench, '1') },
  ];
  assert.deepEqual(await restored(bench, { items }), ['Back: one', 'Back: two']);
});

test('an item or a folder that the restore point does not hold ends the request by name', async () => {
  const bench = await restoreBench();
  const nobody = [{ resourceId: bench.mailbox.id, itemId: idOf(bench, 'nobody') }];
  for (const selection of [{ items: nobody }, { folders: nobody }]) {
    const made = await bench.flow.create(anna, {
      selection,
      destination: { kind: 'original' },
      conflict: 'keepBoth',
      includePermissions: false,
    });
    await bench.work(bench.flow);
    const ended = await bench.flow.get(anna, made.id);
    assert.equal(ended.state, 'failed');
    assert.match(ended.trouble ?? '', new RegExp(`${idOf(bench, 'nobody')} is not in the restore point`));
  }
});

test('nothing of another person can be chosen, and it is not said whether it exists', async () => {
  const bench = await restoreBench();
  for (const selection of [
    { items: [{ resourceId: bench.other.id, itemId: idOf(bench, '0') }] },
    { folders: [{ resourceId: bench.other.id, itemId: idOf(bench, 'inbox') }] },
    { resourceId: bench.other.id },
  ]) {
    await assert.rejects(
      bench.flow.create(anna, {
        selection,
        destination: { kind: 'original' },
        conflict: 'keepBoth',
        includePermissions: false,
      }),
      (error) => isFault(error, 'not-found'),
    );
  }
});
