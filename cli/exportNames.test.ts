import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { ItemId } from '../engine/model/ids.ts';
import type { Entry } from '../engine/model/item.ts';
import type { StoredStream } from '../engine/model/stream.ts';
import { exportNames } from './exportNames.ts';

const base = 'Anna Berg (drive, 2026-11-21 10.00.00, 3f2a91bc, 1b2c)';
const original: StoredStream = { name: 'original', size: 1, sha256: '', parts: [] };
const meta: StoredStream = { ...original, name: 'meta' };
let number = 0;
const entry = (name: string, more: Partial<Entry> = {}): Entry => ({
  id: (++number).toString(16).padStart(32, '0') as ItemId,
  sourceId: name,
  name,
  kind: 'file',
  container: false,
  size: 1,
  versionTag: '1',
  streams: [],
  ...more,
});
const folder = (name: string, parent?: Entry): Entry =>
  entry(name, { kind: 'folder', container: true, ...(parent !== undefined && { parentId: parent.id }) });

describe('names of exported files', () => {
  it('are those of the source, with an extension where bytes need one to be opened', () => {
    const inbox = folder('Inbox');
    const names = exportNames(base, [inbox]);
    const inside = { parentId: inbox.id };
    assert.equal(names.fileFor(entry('Plan.docx', inside), original), `${base}/Inbox/Plan.docx`);
    assert.equal(names.fileFor(entry('Hello', { ...inside, kind: 'message' }), original), `${base}/Inbox/Hello.eml`);
    assert.equal(names.fileFor(entry('Hello', { ...inside, kind: 'message' }), meta), `${base}/Inbox/Hello.json`);
    assert.equal(names.fileFor(entry('Meeting', { ...inside, kind: 'event' }), original), `${base}/Inbox/Meeting.json`);
  });

  it('keep the extension of what has no name, or one that no file may have', () => {
    const names = exportNames(base, []);
    const mail = (name: string): string => names.fileFor(entry(name, { kind: 'message' }), original);
    assert.deepEqual(['', '  ', '...', '.eml'].map(mail), [
      `${base}/no subject.eml`,
      `${base}/no subject (2).eml`,
      `${base}/no subject (3).eml`,
      `${base}/no subject (4).eml`,
    ]);
    assert.equal(mail('con'), `${base}/_con.eml`);
    assert.equal(names.fileFor(entry('', { kind: 'event' }), meta), `${base}/item.json`);
  });

  it('never meet, whatever a file system takes for equal, in folders as in files', () => {
    const folders = ['Straße', 'STRASSE', 'Café', 'Cafe\u0301', 'ﬁles', 'FILES', 'a ', 'a', 'A.'].map((name) =>
      folder(name),
    );
    const names = exportNames(base, folders);
    const paths = [...names.folders.values()];
    const same = (name: string): string => name.normalize('NFKC').toUpperCase();
    assert.equal(new Set(paths.map(same)).size, folders.length, paths.join('\n'));
    const file = names.fileFor(entry('strasse'), original);
    assert.ok(!paths.map(same).includes(same(file)), file);
  });

  it('number a hundred thousand equal ones quickly', () => {
    const names = exportNames(base, []);
    const began = performance.now();
    const paths = new Set<string>();
    for (let n = 0; n < 100_000; n++) paths.add(names.fileFor(entry('Re: offer', { kind: 'message' }), original));
    assert.equal(paths.size, 100_000);
    assert.ok(performance.now() - began < 10_000);
  });

  it('are the same in every run', () => {
    const all = ['a', 'A', 'a (2)', 'a', 'b'].map((name) => entry(name));
    const once = (): string[] => {
      const names = exportNames(base, []);
      return all.map((one) => names.fileFor(one, original));
    };
    assert.deepEqual(once(), once());
    assert.equal(new Set(once()).size, all.length);
  });

  it('stay short however deep the source is, and each folder keeps its own', () => {
    const chain: Entry[] = [];
    for (let depth = 0; depth < 300; depth++)
      chain.push(folder(`A folder with a name of some length ${depth}`, chain.at(-1)));
    const names = exportNames(base, chain);
    const paths = chain.map((one) =>
      names.fileFor(entry(`${'long '.repeat(60)}.docx`, { parentId: one.id }), original),
    );
    assert.equal(new Set(paths).size, chain.length);
    for (const one of paths) {
      assert.ok(one.length <= 240, `${one.length}: ${one}`);
      assert.ok(one.startsWith(`${base}/`) && one.endsWith('.docx'));
    }
  });

  it('hold together what hangs in the air, and do not run in rings', () => {
    const [left, right] = [folder('left'), folder('right')];
    const ring = [
      { ...left, parentId: right.id },
      { ...right, parentId: left.id },
    ];
    const names = exportNames(base, ring);
    assert.equal(names.folders.size, 2);
    const lost = { parentId: 'ab'.repeat(16) as ItemId };
    const [one, two] = [names.fileFor(entry('one', lost), original), names.fileFor(entry('two', lost), original)];
    assert.equal(path.posix.dirname(one), `${base}/_unknown folder abababab`);
    assert.equal(path.posix.dirname(two), path.posix.dirname(one));
  });
});

const corpus = path.resolve(import.meta.dirname, '../../shared/corpus');

describe('hostile names', { skip: existsSync(corpus) ? false : 'the corpus is not here' }, () => {
  const read = (file: string): unknown => JSON.parse(readFileSync(path.join(corpus, file), 'utf8'));
  const strings = (value: unknown): string[] =>
    typeof value === 'string'
      ? [value]
      : value !== null && typeof value === 'object'
        ? Object.values(value).flatMap(strings)
        : [];

  it('of the corpus lead to one file each, below the folder, under a name that every system takes', () => {
    const odd = [
      ...(read('names/item-names.json') as { name: string }[]).map(({ name }) => name),
      ...strings(read('hostile-strings/naughty-strings.json')),
      ...strings(read('hostile-strings/html-payloads.json')),
      ...strings(read('names/reserved-names.json')),
      '..',
      '.',
      '',
      '../../etc/passwd',
      'C:\\Windows\\x',
      '\\\\server\\share',
      'con .txt',
      'a\0b',
      '\u202Egnp.exe',
      '\uD800',
    ];
    assert.ok(odd.length >= 277 + 514);
    const folders = odd.map((name) => folder(name));
    const names = exportNames(base, folders);
    const paths = [
      ...names.folders.values(),
      ...odd.map((name) => names.fileFor(entry(name), original)),
      ...odd.map((name, n) =>
        names.fileFor(entry(name, { kind: 'message', parentId: folders[n]?.id as ItemId }), original),
      ),
    ];
    assertSafe(paths);
  });

  it('of long paths lead to files below the folder, short enough for Windows', () => {
    const long = read('names/long-paths.json') as { path: string }[];
    const made = new Map<string, Entry>();
    const files: Entry[] = [];
    for (const { path: whole } of long) {
      const steps = whole.split('/');
      let parent: Entry | undefined;
      for (const [depth, step] of steps.slice(0, -1).entries()) {
        const key = steps.slice(0, depth + 1).join('/');
        const one = made.get(key) ?? folder(step, parent);
        made.set(key, one);
        parent = one;
      }
      files.push(entry(steps.at(-1) ?? '', parent && { parentId: parent.id }));
    }
    const names = exportNames(base, [...made.values()]);
    assertSafe([...names.folders.values(), ...files.map((file) => names.fileFor(file, original))]);
  });
});

function assertSafe(paths: readonly string[]): void {
  const root = path.resolve('/export');
  for (const one of paths) {
    assert.ok(path.resolve(root, one).startsWith(`${root}/${base}/`), JSON.stringify(one));
    assert.ok(path.win32.resolve('C:\\export', one).startsWith('C:\\export\\'), JSON.stringify(one));
    assert.ok(one.length <= 240, `${one.length}: ${one}`);
    for (const step of one.split('/')) {
      assert.ok(step !== '' && !/[<>:"\\|?*\p{Cc}\p{Cf}]|[. ]$|^\.\.?$/u.test(step), JSON.stringify(one));
      assert.ok(!/^(con|prn|aux|nul|com\d|lpt\d) *(\.|$)/i.test(step), JSON.stringify(one));
      assert.ok(Buffer.byteLength(step) <= 255, JSON.stringify(one));
    }
  }
  assert.equal(new Set(paths.map((one) => one.normalize('NFKC').toLowerCase())).size, paths.length);
}
