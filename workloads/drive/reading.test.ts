import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { isFault } from '../../engine/fault.ts';
import type { ListedItem } from '../../engine/model/item.ts';
import type { Download, Graph } from '../../graph/index.ts';
import { bytesOf, chunked, fetching, listing, reading } from '../testing/reading.ts';
import { demoWorld, type World } from '../testing/worlds.ts';
import { createDriveConnector } from './index.ts';
import { quickXorHash } from './quickXorHash.ts';

const sha256 = (bytes: Uint8Array | undefined) =>
  createHash('sha256')
    .update(bytes ?? 'nothing')
    .digest('hex');

describe('OneDrive', () => {
  let world: World;
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
  const onlyOf = async (item: ListedItem) => {
    const { parts, outcomes } = await fetching(world, [item]);
    return { bytes: parts.get(item.sourceId)?.get('original'), outcome: outcomes.get(item.sourceId) };
  };
  const fault = (match: string, action: object, times = 1) => world.control.post('faults', { match, times, action });

  describe('reading', () => {
    const content = randomBytes(3 * 1024 * 1024);

    for (const action of [
      { kind: 'truncate' },
      { kind: 'drop' },
      { kind: 'status', status: 503 },
      { kind: 'status', status: 404 },
      { kind: 'html' },
    ])
      it(`gets the right bytes although the content host answers ${JSON.stringify(action)}`, async () => {
        const item = await arrive(`/Faulty ${JSON.stringify(action).replaceAll(/\W/g, '')}.bin`, content);
        await fault('GET /download', action);
        const { bytes, outcome } = await onlyOf(item);
        assert.equal(outcome?.kind, 'done', JSON.stringify(outcome));
        assert.equal(sha256(bytes), sha256(content));
        assert.deepEqual(outcome.kind === 'done' && outcome.flags, undefined);
      });

    it('skips what holds malware, in the listing and when it is found only by reading', async () => {
      const listed = await arrive('/Infected.txt', Buffer.from('x'));
      await world.control.post('files/change', { user, path: '/Infected.txt', action: 'malware' });
      assert.deepEqual((await onlyOf(listed)).outcome, {
        kind: 'skipped',
        sourceId: listed.sourceId,
        reason: 'malware',
      });
      const { changes } = await listing(world);
      assert.ok(
        changes.some(
          (change) =>
            change.kind === 'skipped' && change.reason === 'malware' && change.item.sourceId === listed.sourceId,
        ),
      );
      await world.control.post('files/change', { user, path: '/Infected.txt', action: 'delete' });
    });

    it('lists a deleted folder with all that hung under it as removed', async () => {
      await arrive('/Doomed/Deeper/file.txt', Buffer.from('x'));
      const { cursor, items } = await listing(world);
      await world.control.post('files/change', { user, path: '/Doomed', action: 'delete' });
      const { changes } = await listing(world, cursor);
      const doomed = [...items.values()]
        .filter(({ name }) => ['Doomed', 'Deeper', 'file.txt'].includes(name))
        .map(({ sourceId }) => sourceId);
      const removed = changes.flatMap((change) => (change.kind === 'removed' ? [change.sourceId] : []));
      assert.ok(removed.includes(doomed[0] ?? ''));
      assert.deepEqual(
        changes.filter((change) => change.kind === 'changed' && doomed.includes(change.item.sourceId)),
        [],
      );
    });

    for (const code of ['resyncChangesApplyDifferences', 'resyncChangesUploadDifferences', 'resyncRequired'])
      it(`lists anew from the place that ${code} names`, async () => {
        const { cursor, items } = await listing(world);
        await world.control.post('expire', { what: 'drive', code });
        const again = await listing(world, cursor);
        assert.ok(again.changes.some(({ kind }) => kind === 'restarted'));
        assert.deepEqual([...again.items.keys()].toSorted(), [...items.keys()].toSorted());
      });

    it('goes on in the next job where the last one stopped, and still proves the hash', async () => {
      const large = randomBytes(5 * 1024 * 1024);
      const item = await arrive('/Two jobs.bin', large);
      const take = async (from: number, until: number) => {
        const read: Uint8Array[] = [];
        let length = 0;
        let last;
        for await (const step of world.connector.fetch(world.resource, [item], reading)) {
          last = step;
          if (step.kind !== 'part') continue;
          for await (const chunk of step.open(from)) {
            read.push(chunk);
            length += chunk.length;
            if (length >= until) return { bytes: Buffer.concat(read), last };
          }
        }
        return { bytes: Buffer.concat(read), last };
      };
      const first = await take(0, 2_000_000);
      // The engine keeps less than it was given: up to its last cut.
      const rest = await take(1_500_000, Infinity);
      assert.equal(sha256(Buffer.concat([first.bytes.subarray(0, 1_500_000), rest.bytes])), sha256(large));
      assert.deepEqual(rest.last, { kind: 'done', item: { ...item, size: large.length } });
      const elsewhere = createDriveConnector({ read: world.test.read, now: Date.now, log: world.test.log });
      const outcomes = [];
      for await (const step of elsewhere.fetch(world.resource, [item], reading)) {
        if (step.kind === 'part') await bytesOf(step.open(1_500_000));
        else outcomes.push(step);
      }
      assert.deepEqual(outcomes, [
        { kind: 'done', item: { ...item, size: large.length }, flags: ['source-hash-unchecked'] },
      ]);
    });

    it('is refused as a whole where the drive is locked', async () => {
      await world.control.post('drives/lock', { user });
      await assert.rejects(listing(world), (error) => isFault(error, 'locked'));
      await world.control.post('drives/lock', { user, locked: false });
    });
  });

  describe('a file that is not what its listing says', () => {
    const truth = Buffer.from('what lies there');
    const listed = (size: number, hash: string): ListedItem => ({
      sourceId: 'f',
      versionTag: 'v1',
      name: 'f.txt',
      kind: 'file',
      container: false,
      size,
      hasContent: true,
      meta: { quickXorHash: hash },
    });
    /** A Graph whose file gives `contents` one after the other, and whose listing stays. */
    const readingFrom = async (item: ListedItem, contents: readonly Buffer[]) => {
      let reads = 0;
      const download = (): Promise<Download> =>
        Promise.resolve({ bytes: chunked(contents[Math.min(reads++, contents.length - 1)] ?? truth, 4) });
      const graph: Graph = {
        ...world.test.read,
        download,
        get: (shape) => Promise.resolve(shape.parse({ id: 'root' })),
        batch: (requests) =>
          Promise.resolve(
            requests.map(({ id }) => ({
              id,
              ok: true,
              body: {
                id: 'f',
                name: 'f.txt',
                eTag: 'v1',
                size: item.size,
                file: { hashes: { quickXorHash: (item.meta as { quickXorHash: string }).quickXorHash } },
              },
            })),
          ),
      };
      const connector = createDriveConnector({ read: graph, now: Date.now, log: world.test.log });
      const outcomes = [];
      for await (const step of connector.fetch(world.resource, [item], reading)) {
        if (step.kind === 'part') await bytesOf(step.open(0));
        else outcomes.push(step);
      }
      assert.equal(outcomes.length, 1);
      return { outcome: outcomes[0], reads };
    };

    it('is kept with a flag when it is the same twice', async () => {
      const { outcome, reads } = await readingFrom(listed(truth.length, quickXorHash(Buffer.from('something else'))), [
        truth,
      ]);
      assert.ok(outcome?.kind === 'done');
      assert.deepEqual([outcome.flags, reads], [['source-hash-mismatch'], 2]);
    });

    it('is read once more when it arrived damaged, and is then fine', async () => {
      const { outcome, reads } = await readingFrom(listed(truth.length, quickXorHash(truth)), [
        Buffer.from('what lies thERE'),
        truth,
      ]);
      assert.ok(outcome?.kind === 'done');
      assert.deepEqual([outcome.flags, reads], [undefined, 2]);
    });

    it('has failed when it is another each time', async () => {
      const { outcome, reads } = await readingFrom(listed(truth.length, quickXorHash(truth)), [
        Buffer.from('1'),
        Buffer.from('22'),
        Buffer.from('333'),
      ]);
      assert.ok(outcome?.kind === 'failed' && outcome.fault.kind === 'corrupt');
      assert.equal(reads, 3);
    });

    it('counts as wrong with the right hash and the wrong length', async () => {
      const { outcome } = await readingFrom(listed(truth.length + 1, quickXorHash(truth)), [truth]);
      assert.deepEqual(outcome?.kind === 'done' && outcome.flags, ['source-hash-mismatch']);
    });
  });
});
