import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { BlobServiceClient, ContainerSASPermissions } from '@azure/storage-blob';
import { startAzurite } from '../../azure/testing/startAzurite.ts';
import { systemRandom } from '../../azure/systemRandom.ts';
import type { PackId, PointId, ResourceId } from '../../engine/model/ids.ts';
import { openKeys } from '../../engine/repository/openKeys.ts';
import { parseRecoveryKey, recoveryKeyWrapper } from '../../engine/repository/recoveryKey.ts';
import { readRoot } from '../../engine/repository/root.ts';
import { noise } from '../../engine/repository/testing/world.ts';
import { filesIn, mapLines, missingLines } from '../recover/runRecover.ts';
import { copyOut, makeSample } from '../recover/sample.ts';
import { anna, annasDrive, files, messages, openWorkbench } from '../recover/workbench.ts';

const CORPUS = path.resolve(import.meta.dirname, '../../../shared/corpus');

const stringsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : value !== null && typeof value === 'object'
      ? Object.values(value).flatMap(stringsIn)
      : [];

describe(
  'recover.mjs in trouble',
  { skip: process.platform === 'win32' ? 'needs the signals of POSIX' : false },
  async () => {
    const { scratch, sample, keyFile, fresh, anotherCopy, from, recover, close } = await openWorkbench();
    after(close);

    it('names what is damaged and gives all the rest', async () => {
      const folder = await anotherCopy();
      const reader = await sample.repository.points.open(
        (await firstIdOf('Anna Berg (drive)')) as never,
        (await newestPointOf('Anna Berg (drive)')) as never,
      );
      const packOf = async (name: string): Promise<string> => {
        for await (const entry of reader.entries())
          if (entry.name === name) return String(entry.streams[0]?.parts.at(-1)?.place.pack);
        throw new Error(name);
      };
      const pack = await packOf('large.bin');
      const file = path.join(folder, 'packs', pack.slice(0, 2), pack);
      const bytes = await readFile(file);
      bytes[5_000_000] = (bytes[5_000_000] ?? 0) ^ 1;
      await writeFile(file, bytes);
      const to = fresh();
      const ended = await recover(['export', '--from', folder, '--key-file', keyFile, '--to', to]);
      assert.equal(ended.code, 3, ended.err);
      const missing = await missingLines(to);
      assert.deepEqual(
        missing.map(({ name, state }) => [name, state]),
        [['large.bin', 'lost']],
      );
      assert.match(missing[0]?.reason ?? '', new RegExp(`packs/../${pack} is damaged`));
      assert.match(ended.err, /Documents \/ large\.bin: packs/);
      assert.equal((await mapLines(to)).filter((line) => line.stream === 'original').length, 30 + files.length);

      await rm(file);
      const gone = await recover(['export', '--from', folder, '--key-file', keyFile, '--to', fresh()]);
      assert.equal(gone.code, 3);
      assert.match(gone.err, /Anna Berg \(drive\): 1 pack that it needs is missing/);
      const list = await recover(['list', '--from', folder, '--key-file', keyFile]);
      assert.equal(list.code, 3);
      assert.match(list.out, /1 pack missing/);
    });

    it('follows packs that were written anew elsewhere', async () => {
      const moving = await makeSample('moving');
      const resource = await moving.backUp(annasDrive, [
        { folders: [{ key: 'docs', name: 'Documents' }], items: files },
      ]);
      const { id: point } = await moving.repository.points.find(resource, 'latest');
      const packs = moving.blobs.dump().filter(({ name }) => name.startsWith('packs/'));
      for (const kind of ['content', 'meta'] as const) {
        const of = packs
          .filter(({ bytes }) => bytes[5] === (kind === 'content' ? 1 : 2))
          .map(({ name, bytes }) => ({ pack: path.basename(name) as PackId, length: bytes.length }));
        assert.ok(of.length > 0);
        await moving.repository.housekeeping.repack({ kind, packs: of, roots: [{ resource, point }], mostShare: 1 });
      }
      for (const { name } of packs) moving.blobs.tamper('repository', name, () => undefined);
      const folder = path.join(scratch, 'moving');
      await copyOut(moving.blobs, folder);
      const list = await recover(['list', '--from', folder, '--key', moving.key]);
      assert.deepEqual([list.code, list.out.includes('missing')], [0, false], list.out);
      const to = fresh();
      const ended = await recover(['export', '--from', folder, '--key', moving.key, '--to', to]);
      assert.equal(ended.code, 0, ended.err);
      assert.equal((await filesIn(to)).length, files.length);
    });

    it('gives the items of a folder whose name is lost, and names a lost list of items', async () => {
      const folder = await anotherCopy();
      const id = await firstIdOf('Anna Berg (drive)');
      const point = await newestPointOf('Anna Berg (drive)');
      const recovery = recoveryKeyWrapper(parseRecoveryKey(sample.key), systemRandom);
      const ring = await openKeys(sample.blobs, { recovery }, undefined);
      const root = await readRoot({ blobs: sample.blobs, ring }, id as ResourceId, point as PointId);
      const [names, list] = [root.containers[0]?.place, root.items[0]?.place];
      assert.ok(names !== undefined && list?.pack === names.pack);
      const file = path.join(folder, 'packs', names.pack.slice(0, 2), names.pack);
      const whole = await readFile(file);
      const spoil = (at: number) =>
        writeFile(
          file,
          whole.map((byte, index) => (index === at ? byte ^ 1 : byte)),
        );
      await spoil(names.at);
      const to = fresh();
      const args = ['export', '--resource', 'Anna Berg (drive)', '--from', folder, '--key-file', keyFile];
      const nameless = await recover([...args, '--to', to]);
      assert.equal(nameless.code, 3, nameless.err);
      assert.match(nameless.err, /Names of folders are lost/);
      const found = await filesIn(to);
      assert.equal(found.length, files.length);
      assert.equal(found.filter((name) => name.includes('/_unknown folder ')).length, files.length - 1);

      await spoil(list.at);
      const other = fresh();
      const listless = await recover([...args, '--to', other]);
      assert.equal(listless.code, 3, listless.err);
      assert.match((await missingLines(other))[0]?.reason ?? '', /list of up to about 1,000 items is lost.*damaged/);
    });

    it('takes the point before when a root is damaged, and says so', async () => {
      const folder = await anotherCopy();
      const [id, point] = [await firstIdOf('Anna Berg (mail)'), await newestPointOf('Anna Berg (mail)')];
      const file = path.join(folder, 'points', id, point);
      await truncate(file, 200);
      const list = await recover(['list', '--from', folder, '--key-file', keyFile]);
      assert.equal(list.code, 3);
      assert.match(list.out, /Anna Berg +anna@contoso\.com +10 .*1 \+ 1 damaged/);
      const points = await recover(['points', 'Anna Berg (mail)', '--from', folder, '--key-file', keyFile]);
      assert.match(points.out, new RegExp(`${point.slice(0, 8)}  damaged: points/${id}/${point} is damaged`));
      const asked = await recover([
        'browse',
        'Anna Berg (mail)',
        '--at',
        point.slice(0, 8),
        '--from',
        folder,
        '--key-file',
        keyFile,
      ]);
      assert.equal(asked.code, 4, asked.err);

      const copied = ['--from', folder, '--key-file', keyFile];
      const to = fresh();
      const before = await recover(['export', '--resource', 'Anna Berg (mail)', ...copied, '--to', to]);
      assert.equal(before.code, 3, before.err);
      assert.equal((await filesIn(to)).length, 10);
      assert.match((await missingLines(to))[0]?.reason ?? '', /may be newer than the one taken, of 2026.* is damaged/);
      for (const look of [
        ['browse', 'Anna Berg (mail)'],
        ['search', 'message'],
      ]) {
        const looked = await recover([...look, ...copied]);
        assert.deepEqual([looked.code, looked.out.includes('may be newer')], [3, true], looked.out);
      }

      // One on which a newer one stands takes nothing from that.
      const older = await anotherCopy();
      const [first = ''] = (await readdir(path.join(older, 'points', id))).filter((name) => name !== point);
      await truncate(path.join(older, 'points', id, first), 200);
      const args = ['--from', older, '--key-file', keyFile];
      const newest = await recover(['export', '--resource', 'Anna Berg (mail)', ...args, '--to', fresh()]);
      assert.equal(newest.code, 0, newest.err);
      assert.equal((await recover(['list', ...args])).code, 3);
    });

    it('gives the resources that open beside one of which no restore point does', async () => {
      const folder = await anotherCopy();
      const id = await firstIdOf('Anna Berg (mail)');
      const roots = await readdir(path.join(folder, 'points', id));
      for (const root of roots) await truncate(path.join(folder, 'points', id, root), 200);
      const to = fresh();
      const args = ['--from', folder, '--key-file', keyFile];
      const two = ['--resource', id.slice(0, 8), '--resource', 'Anna Berg (drive)'];
      const ended = await recover(['export', ...two, ...args, '--to', to]);
      assert.equal(ended.code, 3, ended.err);
      assert.equal((await filesIn(to)).length, files.length);
      const [lost, ...more] = await missingLines(to);
      assert.match(
        lost?.reason ?? '',
        /No restore point of resource [0-9a-f]{8} opens: 2 damaged\. points\/.* is damaged/,
      );
      assert.deepEqual(more, []);
      const alone = await recover(['browse', id.slice(0, 8), ...args]);
      assert.equal(alone.code, 4, alone.err);
      assert.match(alone.err, /2 damaged/);
    });

    it('says that nothing is missing only when nothing is', async () => {
      const failing = await makeSample('failing');
      const items = [{ name: 'here.txt', original: Buffer.from('here') }];
      const failed = {
        itemId: 'f'.repeat(32),
        sourceId: 's1',
        name: 'locked.docx',
        outcome: 'failed',
        reason: 'the file is locked',
        attempts: 3,
      };
      const drive = await failing.backUp(annasDrive, [{ items, more: { missing: [{ ...failed } as never] } }]);
      await failing.backUp(anna, [{ items, more: { status: 'partial', reason: 'ended: 1 of 9 items so far' } }]);
      await failing.backUp({ ...annasDrive, sourceId: 'd2', name: 'Ben Stahl', address: 'ben@contoso.com' }, [
        { items },
      ]);
      const folder = path.join(scratch, 'failing');
      await copyOut(failing.blobs, folder);
      const to = fresh();
      const part = async (...args: readonly string[]): Promise<string> => {
        const ended = await recover(['export', '--from', folder, '--key', failing.key, '--to', to, ...args]);
        assert.equal(ended.code, 0, ended.err);
        return ended.err;
      };
      const lacking = await part('--resource', drive);
      assert.match(lacking, /1 item had not been backed up\. Each is in missing\.jsonl/);
      assert.match(lacking, /Everything that had been backed up was given/);
      assert.doesNotMatch(lacking, /Nothing is missing/);
      assert.match(await part('--resource', drive, '--path', 'here.txt'), /1 item had not been backed up; in which/);
      assert.deepEqual(
        (await missingLines(to)).map(({ state, name }) => [state, name]),
        [['neverBackedUp', 'locked.docx']],
      );
      const partial = await part('--resource', 'anna@contoso.com (mail)');
      assert.match(partial, /is partial: ended: 1 of 9 items so far/);
      assert.doesNotMatch(partial, /Nothing is missing/);
      assert.match(await part('--resource', 'Ben Stahl'), /Nothing is missing\./);
    });

    it('searches what is there at a moment, and says what it could not search', async () => {
      const [mail, drive] = [await firstIdOf('Anna Berg (mail)'), await firstIdOf('Anna Berg (drive)')];
      // Between the first point of the mailbox and that of the drive, which came later.
      const early = await recover(['search', 'message', '--at', '2026-03-01T00:01:30Z', ...from()]);
      assert.equal(early.code, 3, early.err);
      assert.match(early.out, /Anna Berg \(mail\) .*Message 1 /);
      assert.match(early.out, /not searched: Anna Berg \(drive\) has no restore point "2026-03-01T00:01:30Z"/);
      assert.equal((await recover(['search', 'message', '--at', '1999-12-31', ...from()])).code, 2);

      const folder = await anotherCopy();
      for (const root of await readdir(path.join(folder, 'points', drive)))
        await truncate(path.join(folder, 'points', drive, root), 200);
      const damaged = await recover(['search', 'message', '--from', folder, '--key-file', keyFile]);
      assert.equal(damaged.code, 3, damaged.err);
      assert.match(damaged.out, new RegExp(`not searched: No restore point of resource ${drive.slice(0, 8)} opens`));
      const one = await recover(['search', 'message', '--from', folder, '--key-file', keyFile, '--resource', mail]);
      assert.equal(one.code, 0, one.err);
    });

    it('takes the id of a point as meaning its resource alone, and a moment before all as asked wrongly', async () => {
      const to = fresh();
      const point = await newestPointOf('Anna Berg (drive)');
      const ended = await recover(['export', '--at', point.slice(0, 10), ...from(), '--to', to]);
      assert.equal(ended.code, 0, ended.err);
      assert.equal((await filesIn(to)).length, files.length);
      const early = await recover(['export', '--at', '1999-12-31', ...from(), '--to', to]);
      assert.deepEqual([early.code, /None of 3 resources/.test(early.err)], [2, true], early.err);
    });

    async function listed(): Promise<{ id: string; name: string; workload: string; newest: { id: string } }[]> {
      const { out } = await recover(['list', '--json', ...from()]);
      return out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as never);
    }
    const byName = async (wanted: string) =>
      (await listed()).find(({ name, workload }) => `${name} (${workload})` === wanted);
    const firstIdOf = async (wanted: string): Promise<string> => (await byName(wanted))?.id ?? '';
    const newestPointOf = async (wanted: string): Promise<string> => (await byName(wanted))?.newest.id ?? '';

    it(
      'lets no name lead out of the target, and keeps every true one',
      { skip: existsSync(CORPUS) ? false : 'the corpus is not here' },
      async () => {
        const read = async (name: string): Promise<unknown> =>
          JSON.parse(await readFile(path.join(CORPUS, name), 'utf8'));
        const odd = [
          ...((await read('names/item-names.json')) as { name: string }[]).map(({ name }) => name),
          ...((await read('names/long-paths.json')) as { path: string }[]).map((one) => one.path),
          ...stringsIn(await read('hostile-strings/naughty-strings.json')),
          ...stringsIn(await read('hostile-strings/html-payloads.json')),
          '..',
          '.',
          '',
          '../../../outside',
          'C:\\outside',
          'con .txt',
          'a\0b',
          '\u202Egnp.exe',
          '\uD800',
        ];
        assert.ok(odd.length >= 277 + 60 + 514);
        const hostile = await makeSample('hostile');
        await hostile.backUp({ ...annasDrive, name: '../../..' }, [
          {
            folders: odd.map((name, n) => ({ key: `f${n}`, name, ...(n % 5 === 1 && { in: `f${n - 1}` }) })),
            items: odd.map((name, n) => ({
              name,
              key: `i${n}`,
              original: Buffer.from(`${n}`),
              ...(n % 2 === 0 && { in: `f${n}` }),
            })),
          },
        ]);
        const around = path.join(scratch, 'hostile');
        await copyOut(hostile.blobs, path.join(around, 'copy'));
        const to = path.join(around, 'a/b/c/out');
        const ended = await recover(['export', '--from', path.join(around, 'copy'), '--key', hostile.key, '--to', to]);
        assert.equal(ended.code, 0, ended.err);
        assert.deepEqual([await readdir(around), await readdir(path.join(around, 'a/b/c'))], [['a', 'copy'], ['out']]);
        const lines = await mapLines(to);
        for (const [n, name] of odd.entries()) {
          const line = lines.find(({ sourceId }) => sourceId === `i${n}`);
          assert.equal(line?.name, name);
          assert.equal(await readFile(path.join(to, line?.path ?? ''), 'utf8'), `${n}`, name);
        }
        assert.equal((await filesIn(to)).length, odd.length);
        const list = await recover(['search', 'a', '--from', path.join(around, 'copy'), '--key', hostile.key]);
        assert.doesNotMatch(list.out.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
      },
    );

    it('reads a container in storage by its address with a SAS and by a connection string', async () => {
      const azurite = await startAzurite();
      try {
        const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
        for (const name of ['repository', 'backup-of-2026']) {
          const container = service.getContainerClient(name);
          await container.createIfNotExists();
          for (const { container: of, name: blob, bytes } of sample.blobs.dump())
            if (of === 'repository') await container.getBlockBlobClient(blob).upload(Buffer.from(bytes), bytes.length);
        }
        const sas = (permissions: string): Promise<string> =>
          service.getContainerClient('backup-of-2026').generateSasUrl({
            permissions: ContainerSASPermissions.parse(permissions),
            expiresOn: new Date(Date.now() + 3_600_000),
          });
        const place = path.join(scratch, 'place.txt');
        await writeFile(place, `${await sas('rl')}\n`);
        for (const where of [
          ['--from-file', place],
          ['--from', azurite.connectionString],
        ]) {
          const to = fresh();
          const ended = await recover(['export', ...where, '--key', sample.key, '--to', to]);
          assert.equal(ended.code, 0, ended.err);
          assert.equal((await filesIn(to)).length, messages.length + files.length + 1);
          const [large = ''] = (await filesIn(to)).filter((name) => name.endsWith('large.bin'));
          assert.ok((await readFile(path.join(to, large))).equals(noise(9_000_000)));
        }
        const refused = await recover(['list', '--from', await sas('r'), '--key', sample.key]);
        assert.equal(refused.code, 4);
        assert.match(refused.err, /Read and List/);
      } finally {
        await azurite.stop();
      }
    });
  },
);
