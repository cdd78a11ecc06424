import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { MapLine } from '../../cli/exportMap.ts';
import { filesIn, mapLines, missingLines, nodes } from '../recover/runRecover.ts';
import { copyOut, makeSample } from '../recover/sample.ts';
import { annasDrive, files, messages, openWorkbench } from '../recover/workbench.ts';

describe('recover.mjs', { skip: process.platform === 'win32' ? 'needs the signals of POSIX' : false }, async () => {
  const { scratch, bundle, fresh, from, recover, close } = await openWorkbench();
  after(close);

  it('is one file that asks for nothing but Node', async () => {
    assert.deepEqual(
      bundle.imports.filter((name) => !/^(node:|stream$|events$|buffer$|util$)/.test(name)),
      [],
    );
    assert.deepEqual(await readdir(path.dirname(bundle.file)), ['recover.mjs']);
    assert.ok(bundle.bytes < 4_000_000, `${bundle.bytes} bytes`);
  });

  for (const node of nodes()) {
    it(`gives every byte back under ${path.basename(path.dirname(path.dirname(node)))}, with a map of true names`, async () => {
      const to = fresh();
      const ended = await recover(['export', ...from(), '--to', to, '--exact', '--properties'], node);
      assert.equal(ended.code, 0, ended.err);
      const lines = await mapLines(to);
      const fileOf = (sourceId: string, stream: string): string => {
        const found = lines.filter((line) => line.sourceId === sourceId && line.stream === stream);
        assert.equal(found.length, 1, `${sourceId} ${stream}`);
        return path.join(to, found[0]?.path ?? '');
      };
      let count = 0;
      for (const { key, name, original, exact, meta } of [...messages, ...files]) {
        const streams = { original, exact, meta: meta === undefined ? undefined : Buffer.from(JSON.stringify(meta)) };
        for (const [stream, bytes] of Object.entries(streams)) {
          if (bytes === undefined) continue;
          count += 1;
          assert.ok((await readFile(fileOf(key ?? name, stream))).equals(bytes), `${key ?? name} ${stream}`);
        }
      }
      assert.equal((await filesIn(to)).length, count + 1);
      assert.deepEqual(
        (await filesIn(to))
          .filter((name) => name.includes('/Inbox/'))
          .slice(0, 2)
          .map((name) => path.extname(name)),
        ['.exact', '.exact'],
      );
      const stated = await stat(fileOf('m4', 'original'));
      assert.equal(stated.mtime.toISOString(), '2026-01-01T10:00:00.000Z');
      assert.deepEqual(lines.find((line) => line.sourceId === 'm1')?.folder, ['Inbox', 'Projects/2026']);
      assert.ok(lines.some((line) => line.name === 'Empty' && existsSync(path.join(to, line.path))));
      assert.deepEqual(
        (await readdir(to)).filter((name) => name.startsWith('.')),
        [],
      );
      const again = await recover(['export', ...from(), '--to', to, '--exact', '--properties'], node);
      assert.equal(again.code, 0);
      assert.match(again.err, new RegExp(`0 files written, ${count + 1} there already and whole`));
      const inOrder = (all: readonly MapLine[]): MapLine[] => all.toSorted((a, b) => (a.path < b.path ? -1 : 1));
      assert.deepEqual(inOrder(await mapLines(to)), inOrder(lines));
    });
  }

  it('lists, shows points, browses and finds, as text and as JSON', async () => {
    const list = await recover(['list', ...from()]);
    assert.equal(list.code, 0, list.err);
    assert.match(list.out, /mail +Anna Berg +anna@contoso\.com +31 /);
    assert.match(list.out, /drive +Anna Berg +anna@contoso\.com +6 +9\.\d MB/);
    assert.match(list.out, /\? +name not known +1 /);
    const points = await recover(['points', 'anna@contoso.com (mail)', '--json', ...from()]);
    const found = points.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; takenAt: string; counts: { items: number } });
    assert.deepEqual(
      found.map(({ counts }) => counts.items),
      [31, 10],
    );
    const root = await recover(['browse', 'Anna Berg (drive)', ...from()]);
    assert.match(root.out, /Documents\/\nempty\.txt/);
    const inside = await recover([
      'browse',
      'ANNA@contoso.com (mail)',
      'inbox/projects/2026',
      ...from(),
      '--at',
      found[1]?.id.slice(0, 8) ?? '',
    ]);
    assert.equal(inside.out.match(/Person/g)?.length, 5, inside.out);
    const mailbox = await recover(['browse', 'Anna Berg (mail)', ...from()]);
    assert.match(mailbox.out, /\narchive\/\nEmpty\/\nInbox\/\nZoll\//, 'folders by name');
    const search = await recover(['search', 'PERSON 17', 'inbox', ...from()]);
    assert.match(search.out, /Anna Berg \(mail\) \/ Inbox \/ Projects\/2026 \/ Message 17 .*p17@contoso/);
    assert.match(search.out, /\n1 item found/);
    const both = await recover(['points', 'Anna Berg', ...from()]);
    assert.equal(both.code, 2);
    assert.match(both.err, /means 2 of them.*\n.*Anna Berg \(drive\) +anna@contoso\.com\n.*Anna Berg \(mail\)/);
  });

  it('gives a part: one resource, one folder, one moment', async () => {
    const to = fresh();
    const folder = await recover([
      'export',
      '--resource',
      'Anna Berg (mail)',
      '--path',
      'Inbox/Projects/2026',
      '--at',
      '2026-03-01T00:01:30Z',
      ...from(),
      '--to',
      to,
    ]);
    assert.equal(folder.code, 0, folder.err);
    assert.equal((await filesIn(to)).length, 5);
    const one = await recover([
      'export',
      '--resource',
      'Anna Berg (drive)',
      '--path',
      'Documents/Report.docx',
      ...from(),
      '--to',
      to,
    ]);
    assert.equal(one.code, 0, one.err);
    const drive = (await filesIn(to)).filter((name) => name.includes('(drive'));
    // Both are called so where case does not count, and neither takes the other's place.
    assert.deepEqual(drive.map((name) => path.basename(name).toLowerCase()).toSorted(), [
      'report (2).docx',
      'report.docx',
    ]);
    const none = await recover([
      'export',
      '--resource',
      'Anna Berg (drive)',
      '--path',
      'Docments',
      ...from(),
      '--to',
      to,
    ]);
    assert.equal(none.code, 2);
    assert.match(none.err, /nothing at "Docments"/);
  });

  it('gives a folder of the mailbox by an address that the drive carries too', async () => {
    const to = fresh();
    const part = ['export', '--resource', 'anna@contoso.com', ...from(), '--to', to];
    const ended = await recover([...part, '--path', 'Inbox/Projects/2026']);
    assert.equal(ended.code, 0, ended.err);
    assert.match(ended.err, /Nothing at "Inbox\/Projects\/2026" in Anna Berg \(drive\)\./);
    assert.equal((await filesIn(to)).length, 15);
    const summary = async () =>
      JSON.parse(await readFile(path.join(to, 'summary.json'), 'utf8')) as { points: { workload: string }[] };
    assert.deepEqual(
      (await summary()).points.map(({ workload }) => workload),
      ['mail'],
    );
    const everywhere = await recover(['export', ...from(), '--to', fresh(), '--path', 'documents/PLAN.md']);
    assert.equal(everywhere.code, 0, everywhere.err);
    assert.match(everywhere.err, /^1 file written/m);

    const before = await readdir(to);
    const nowhere = await recover([...part, '--path', 'Outbox']);
    assert.equal(nowhere.code, 2, nowhere.err);
    assert.match(nowhere.err, /nothing at "Outbox"/);
    assert.deepEqual(await readdir(to), before, 'what the run before told stays, and nothing half made is left');
  });

  it('reads a folder without a word to the network', async () => {
    const guard = path.join(scratch, 'guard.mjs');
    await writeFile(
      guard,
      `import net from 'node:net'; import dns from 'node:dns';
       const refuse = () => { process.stderr.write('NETWORK'); process.exit(99); };
       net.Socket.prototype.connect = refuse; dns.lookup = refuse; globalThis.fetch = refuse;`,
    );
    const before = ['--import', pathToFileURL(guard).href];
    const ended = await recover(['export', ...from(), '--to', fresh()], undefined, { before });
    assert.equal(ended.code, 0, ended.err);
    const azure = ['list', ...from('https://nowhere.invalid/repository?sig=x')];
    assert.equal((await recover(azure, undefined, { before })).code, 99, 'the guard sees what it is there for');
  });

  it('goes on after a kill -9, and ends as if nothing had happened', async () => {
    const many = await makeSample('many');
    const items = Array.from({ length: 2_000 }, (_, n) => ({
      name: `${n}.txt`,
      original: Buffer.from(`bytes of ${n}`),
    }));
    await many.backUp(annasDrive, [{ items }]);
    const folder = path.join(scratch, 'many');
    await copyOut(many.blobs, folder);
    const to = fresh();
    const args = ['export', '--from', folder, '--key', many.key, '--to', to];
    const writtenSoFar = async (): Promise<number> => (existsSync(to) ? (await filesIn(to)).length : 0);
    for (const wanted of [50, 600]) {
      let watch: NodeJS.Timeout | undefined;
      const killed = await recover(args, undefined, {
        started: (child) => {
          watch = setInterval(() => void writtenSoFar().then((count) => count >= wanted && child.kill('SIGKILL')), 20);
        },
      });
      clearInterval(watch);
      assert.equal(killed.code, null, `killed before its end: ${killed.err}`);
    }
    const whole = (await filesIn(to)).filter((name) => !name.startsWith('.holdfast-partial'));
    for (const name of whole)
      assert.equal(await readFile(path.join(to, name), 'utf8'), `bytes of ${path.basename(name, '.txt')}`);
    const ended = await recover(args);
    assert.equal(ended.code, 0, ended.err);
    const kept = Number(/([\d,]+) there already/.exec(ended.err)?.[1]?.replace(',', ''));
    assert.ok(kept >= whole.length && kept >= 600, `${kept} kept of ${whole.length}`);
    const undisturbed = fresh();
    await recover(['export', '--from', folder, '--key', many.key, '--to', undisturbed]);
    assert.deepEqual(await filesIn(to), await filesIn(undisturbed));
    assert.equal((await mapLines(to)).length, 2_000);
    assert.deepEqual(
      (await readdir(to)).filter((name) => name.includes('partial')),
      [],
    );
  });

  it('ends with Ctrl-C between two files, and does not call that everything', async () => {
    const many = await makeSample('interrupted');
    const items = Array.from({ length: 3_000 }, (_, n) => ({
      name: `${n}.txt`,
      original: Buffer.from(`bytes of ${n}`),
    }));
    await many.backUp(annasDrive, [{ items }]);
    const folder = path.join(scratch, 'interrupted');
    await copyOut(many.blobs, folder);
    const to = fresh();
    const args = ['export', '--from', folder, '--key', many.key, '--to', to];
    let watch: NodeJS.Timeout | undefined;
    const ended = await recover(args, undefined, {
      started: (child) => {
        watch = setInterval(() => {
          if (!existsSync(to)) return;
          void filesIn(to).then((found) => found.length > 20 && child.kill('SIGINT') && clearInterval(watch));
        }, 20);
      },
    });
    clearInterval(watch);
    assert.equal(ended.code, 130, ended.err);
    assert.match(ended.err, /Interrupted: not everything was looked at/);
    assert.doesNotMatch(ended.err, /Nothing is missing|was given/);
    const summary = JSON.parse(await readFile(path.join(to, 'summary.json'), 'utf8')) as { interrupted: boolean };
    assert.equal(summary.interrupted, true);
    const lines = await mapLines(to);
    assert.ok(lines.length > 20 && lines.length < 3_000, `${lines.length}`);
    for (const { path: name } of lines) assert.ok(existsSync(path.join(to, name)), name);
  });

  it('writes anew what is cut off or changed in the target, and follows no link out of it', async () => {
    const to = fresh();
    const args = ['export', '--resource', 'Anna Berg (drive)', ...from(), '--to', to];
    await recover(args);
    const [first = '', second = '', third = ''] = (await filesIn(to)).filter((name) => name.includes('Documents'));
    await truncate(path.join(to, first), 3);
    await rm(path.join(to, second));
    const outside = path.join(scratch, 'outside.txt');
    await writeFile(outside, 'mine');
    await symlink(outside, path.join(to, second));
    const changed = await readFile(path.join(to, third));
    await writeFile(path.join(to, third), changed.fill(0x20, 0, 3));
    const ended = await recover(args);
    assert.match(ended.err, /^3 files written, 3 there already/m);
    assert.equal(await readFile(outside, 'utf8'), 'mine');
    await rm(path.join(to, path.dirname(first)), { recursive: true });
    await mkdir(path.join(scratch, 'elsewhere'), { recursive: true });
    await symlink(path.join(scratch, 'elsewhere'), path.join(to, path.dirname(first)));
    const refused = await recover(args);
    assert.equal(refused.code, 3, refused.err);
    assert.deepEqual(await readdir(path.join(scratch, 'elsewhere')), []);
  });

  it('says which list of its own the target does not take', async () => {
    const to = fresh();
    await mkdir(path.join(to, 'missing.jsonl/inside'), { recursive: true });
    const ended = await recover(['export', ...from(), '--to', to]);
    assert.equal(ended.code, 5, ended.err);
    assert.match(ended.err, /^missing\.jsonl cannot be written: a folder of that name is there/m);
  });

  it('ends at a full disk with what is whole, and goes on when there is room', async (context) => {
    const disk = path.join(scratch, 'disk');
    await mkdir(disk);
    const mount = (...options: readonly string[]): boolean =>
      spawnSync('mount', [...options, disk], { stdio: 'ignore' }).status === 0;
    if (!mount('-t', 'tmpfs', '-o', 'size=3m', 'tmpfs'))
      return context.skip('a small disk to fill takes the right to mount one');
    try {
      const args = ['export', ...from(), '--to', path.join(disk, 'out')];
      const full = await recover(args);
      assert.equal(full.code, 5, full.err);
      assert.match(full.err, /cannot be written: there is no room left\. What is whole stays; make room/);
      assert.doesNotMatch(full.err, /Nothing is missing/);
      for (const { path: name, sha256 } of await mapLines(path.join(disk, 'out'))) {
        if (sha256 === undefined) continue;
        const bytes = await readFile(path.join(disk, 'out', name));
        assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256, name);
      }
      assert.ok(mount('-o', 'remount,size=40m'));
      const ended = await recover(args);
      assert.equal(ended.code, 0, ended.err);
      assert.equal((await filesIn(path.join(disk, 'out'))).length, messages.length + files.length + 1);
    } finally {
      spawnSync('umount', ['--lazy', disk], { stdio: 'ignore' });
    }
  });

  it('goes on beside a folder that the target does not take', async () => {
    const to = fresh();
    const args = ['export', '--resource', 'Anna Berg', ...from(), '--to', to];
    await recover(args);
    const all = await filesIn(to);
    const inbox = path.dirname(all.find((name) => name.includes('/Inbox/')) ?? '').replace(/Inbox\/.*/, 'Inbox');
    await rm(path.join(to, inbox), { recursive: true });
    await writeFile(path.join(to, inbox), 'a file');
    const file = all.find((name) => name.endsWith('plan.json')) ?? '';
    await rm(path.join(to, file));
    await mkdir(path.join(to, file, 'inside'), { recursive: true });
    const ended = await recover(args);
    assert.equal(ended.code, 3, ended.err);
    assert.match(ended.err, /Inbox exists in the target and is no folder/);
    assert.match(ended.err, /plan\.json cannot be written: a folder of that name is there/);
    assert.match(ended.err, /export into an empty folder/);
    assert.doesNotMatch(ended.err, /earlier restore point/);
    assert.equal(await readFile(path.join(to, inbox), 'utf8'), 'a file');
    // Both folders, all 31 messages, and the one file.
    assert.equal((await missingLines(to)).length, 2 + 31 + 1);
    assert.equal((await filesIn(to)).length, all.length - 31 - 1 + 1);
  });
});
