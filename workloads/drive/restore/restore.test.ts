import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { WriteOrder } from '../../../engine/connector.ts';
import { Fault, isFault } from '../../../engine/fault.ts';
import type { ListedItem } from '../../../engine/model/item.ts';
import type { Graph } from '../../../graph/index.ts';
import { chunked, entryOf, listing, orderOf, reading } from '../../testing/reading.ts';
import { demoWorld, type World } from '../../testing/worlds.ts';
import { createDriveConnector } from '../index.ts';

const sha256 = (bytes: Uint8Array | undefined) =>
  createHash('sha256')
    .update(bytes ?? 'nothing')
    .digest('hex');

describe('OneDrive restores', () => {
  let world: World;
  const restoring = { signal: reading.signal };
  const noMeta = () => Promise.resolve(undefined);
  const user = 'anna.lindqvist';

  before(async () => {
    world = await demoWorld('drive');
  });
  after(async () => {
    const violations = await world.violations();
    await world.close();
    assert.deepEqual(violations, []);
  });

  const arrive = async (path: string, content: Uint8Array): Promise<ListedItem> => {
    const { id } = await world.control.post<{ id: string }>('files', {
      user,
      path,
      ...(content.length === 0 ? { size: 0 } : { content: Buffer.from(content).toString('base64') }),
    });
    const item = (await listing(world)).items.get(id);
    assert.ok(item);
    return item;
  };
  const filesOf = async (owner: string) =>
    (
      await world.control.get<{
        value: {
          path: string;
          sha256?: string;
          folder: boolean;
          size: number;
          fileSystemInfo: { lastModifiedDateTime: string };
        }[];
      }>(`files?user=${owner}`)
    ).value;

  describe('giving back', () => {
    const place = (name: string) =>
      world.connector.restore.container(world.other, [{ name, kind: 'folder' }], restoring);
    const given = async (path: string, content: Uint8Array) => {
      const item = await arrive(path, content);
      const parts = new Map([['original', Buffer.from(content)]]);
      return { item, parts, entry: entryOf(item, parts) };
    };
    const at = async (path: string) => (await filesOf('ben.okafor')).find((file) => file.path === path);

    it('gives bytes, name and dates back, of empty files too', async () => {
      const target = await place('Dates');
      for (const content of [Buffer.alloc(0), Buffer.from('some'), randomBytes(700_000)]) {
        const { item, parts, entry } = await given(`/Dated ${content.length}.bin`, content);
        const meta = {
          ...(item.meta as object),
          fileSystemInfo: { createdDateTime: '2020-02-02T02:02:02Z', lastModifiedDateTime: '2021-03-03T03:03:03Z' },
        };
        const written = await world.connector.restore.write(
          world.other,
          target,
          entry,
          orderOf({ ...item, meta }, parts),
          restoring,
        );
        assert.equal(written.result, 'restored');
        const live = await at(`/Dates/${item.name}`);
        assert.deepEqual(
          [live?.sha256, live?.fileSystemInfo.lastModifiedDateTime],
          [sha256(content), '2021-03-03T03:03:03Z'],
        );
      }
    });

    it('goes on with a large upload where it was cut off, and sends no byte twice that had arrived', async () => {
      const content = randomBytes(25 * 1024 * 1024);
      const { item, parts, entry } = await given('/Large.bin', content);
      const target = await place('Large');
      let progress: string | undefined;
      const saveProgress: WriteOrder['saveProgress'] = async (saved) => void (progress = saved);
      const cut = orderOf(item, parts, {
        saveProgress,
        content: () =>
          (async function* () {
            yield* chunked(content.subarray(0, 22 * 1024 * 1024));
            throw new Fault('cancelled', 'The process ends here');
          })(),
      });
      await assert.rejects(world.connector.restore.write(world.other, target, entry, cut, restoring), (error) =>
        isFault(error, 'cancelled'),
      );
      assert.equal(await world.connector.restore.find(world.other, target, entry, cut, restoring), undefined);
      const asked: number[] = [];
      const order = orderOf(item, parts, {
        saveProgress,
        ...(progress === undefined ? {} : { progress }),
        content: (_, from = 0) => {
          asked.push(from);
          return chunked(content.subarray(from));
        },
      });
      await world.connector.restore.write(world.other, target, entry, order, restoring);
      assert.deepEqual(asked, [20 * 1024 * 1024]);
      assert.equal((await at('/Large/Large.bin'))?.sha256, sha256(content));
    });

    it('starts a large upload anew when its session is gone', async () => {
      const content = randomBytes(11 * 1024 * 1024);
      const { item, parts, entry } = await given('/Anew.bin', content);
      const target = await place('Anew');
      let progress = '';
      const cut = orderOf(item, parts, {
        saveProgress: async (saved) => void (progress = saved),
        content: () => failing(),
      });
      await assert.rejects(world.connector.restore.write(world.other, target, entry, cut, restoring));
      await world.control.post('expire', { what: 'links' });
      await world.connector.restore.write(world.other, target, entry, orderOf(item, parts, { progress }), restoring);
      assert.equal((await at('/Anew/Anew.bin'))?.sha256, sha256(content));
    });

    it('leaves nothing when the content fails its check at the very end', async () => {
      const content = randomBytes(12 * 1024 * 1024);
      const { item, parts, entry } = await given('/Damaged.bin', content);
      const target = await place('Damaged');
      const order = orderOf(item, parts, {
        content: () =>
          (async function* () {
            yield* chunked(content);
            throw new Fault('corrupt', 'The last chunk is not what was written', { origin: 'storage' });
          })(),
      });
      await assert.rejects(world.connector.restore.write(world.other, target, entry, order, restoring), (error) =>
        isFault(error, 'corrupt'),
      );
      assert.equal(await at('/Damaged/Damaged.bin'), undefined);
    });

    it('finds a file whose last answer was lost, and there is one', async () => {
      const content = randomBytes(400_000);
      const { item, parts, entry } = await given('/Lost.bin', content);
      const target = await place('Lost');
      const { write } = world.test;
      const losing: Graph = {
        ...write,
        upload: (url, context) => {
          const real = write.upload(url, context);
          return {
            ...real,
            async putRange(...range) {
              await real.putRange(...range);
              throw new Fault('unavailable', 'The connection failed', { origin: 'graph' });
            },
          };
        },
      };
      const { restore } = createDriveConnector({
        read: world.test.read,
        write: losing,
        now: Date.now,
        log: world.test.log,
      });
      const order = orderOf(item, parts, { name: 'Lost.bin' });
      await assert.rejects(restore.write(world.other, target, entry, order, restoring), (error) =>
        isFault(error, 'unavailable'),
      );
      assert.ok(await restore.find(world.other, target, entry, order, restoring));
      assert.equal((await filesOf('ben.okafor')).filter(({ path }) => path.startsWith('/Lost/')).length, 1);
    });

    it('never overwrites: a name that is taken meanwhile is a conflict', async () => {
      const { item, parts, entry } = await given('/Taken.txt', Buffer.from('mine'));
      const target = await place('Taken');
      await world.control.post('files', {
        user: 'ben.okafor',
        path: '/Taken/Taken.txt',
        content: Buffer.from('theirs').toString('base64'),
      });
      await assert.rejects(
        world.connector.restore.write(world.other, target, entry, orderOf(item, parts), restoring),
        (error) => isFault(error, 'conflict'),
      );
      const name = await world.connector.restore.freeName(world.other, target, entry, restoring);
      assert.match(name ?? '', /^Taken \(restored \d{4}-\d\d-\d\d\)\.txt$/);
      await world.connector.restore.write(
        world.other,
        target,
        entry,
        orderOf(item, parts, name === undefined ? {} : { name }),
        restoring,
      );
      assert.equal((await at('/Taken/Taken.txt'))?.sha256, sha256(Buffer.from('theirs')));
      assert.equal((await at(`/Taken/${name ?? ''}`))?.sha256, sha256(Buffer.from('mine')));
    });

    it('replaces exactly the version that the plan saw', async () => {
      const { item, parts, entry } = await given('/Replaced.txt', Buffer.from('restored'));
      const target = await place('Replaced');
      const theirs = { user: 'ben.okafor', path: '/Replaced/Replaced.txt' };
      await world.control.post('files', { ...theirs, content: Buffer.from('live').toString('base64') });
      const [existing] = await world.connector.restore.look(world.other, target, entry, restoring, noMeta);
      assert.ok(existing && !existing.same);
      const replacing = orderOf(item, parts, { conflict: 'replace', existing, lookAlikes: 1 });
      assert.equal(await world.connector.restore.find(world.other, target, entry, replacing, restoring), undefined);
      await world.control.post('files/change', {
        ...theirs,
        action: 'edit',
        content: Buffer.from('newer').toString('base64'),
      });
      await assert.rejects(world.connector.restore.write(world.other, target, entry, replacing, restoring), (error) =>
        isFault(error, 'conflict'),
      );
      const [newer] = await world.connector.restore.look(world.other, target, entry, restoring, noMeta);
      assert.ok(newer);
      const written = await world.connector.restore.write(
        world.other,
        target,
        entry,
        { ...replacing, existing: newer },
        restoring,
      );
      assert.equal(written.sourceId, newer.sourceId);
      assert.equal((await at(theirs.path))?.sha256, sha256(Buffer.from('restored')));
    });

    it('gives names that SharePoint refuses the nearest legal form, and says so', async () => {
      const { item, parts, entry } = await given('/Plain.txt', Buffer.from('odd'));
      const odd = { ...entry, name: 'What? <Is> "this": a|b*.txt' };
      const grade = await world.connector.restore.grade(world.other, odd, restoring);
      assert.equal(grade.fidelity, 'approximate');
      const target = await world.connector.restore.container(
        world.other,
        [
          { name: 'CON', kind: 'folder' },
          { name: 'dots..', kind: 'folder' },
        ],
        restoring,
      );
      const written = await world.connector.restore.write(world.other, target, odd, orderOf(item, parts), restoring);
      assert.ok(written.changes?.some((change) => change.includes('What_')));
      assert.equal((await at(`/${target.path}/What_ _Is_ _this__ a_b_.txt`))?.sha256, sha256(Buffer.from('odd')));
    });
  });
});

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(1);
  throw new Fault('cancelled', 'The process ends here');
}
