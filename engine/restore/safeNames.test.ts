import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { safeName, uniquePaths } from './safeNames.ts';

const corpus = path.resolve(import.meta.dirname, '../../../shared/corpus');

test('separators, devices, controls and direction tricks do not survive', () => {
  assert.equal(safeName('../../etc/passwd'), '_.._etc_passwd');
  assert.equal(safeName('CON'), '_CON');
  assert.equal(safeName('nul.txt'), '_nul.txt');
  assert.equal(safeName('con .txt'), '_con .txt');
  assert.equal(safeName('invoice\u202Egpj.exe'), 'invoicegpj.exe');
  assert.equal(safeName('a\0b\nc'), 'abc');
  assert.equal(safeName('...'), 'item');
  assert.equal(safeName(' '), 'item');
});

test('names that only differ in case or Unicode form stay apart', () => {
  const unique = uniquePaths();
  assert.equal(unique(['Mail', 'Report.pdf']), 'Mail/Report.pdf');
  assert.equal(unique(['Mail', 'REPORT.pdf']), 'Mail/REPORT (2).pdf');
  assert.equal(unique(['Mail', 'Café']), 'Mail/Café');
  assert.equal(unique(['Mail', 'Cafe\u0301']), 'Mail/Café (2)');
});

test('a long name keeps its extension and stays within 120 bytes', () => {
  const name = safeName(`${'長'.repeat(300)}.docx`);
  assert.ok(Buffer.byteLength(name) <= 120);
  assert.ok(name.endsWith('.docx'));
  const shorter = safeName(`${'長'.repeat(300)}.docx`, 'item', 60);
  assert.ok(Buffer.byteLength(shorter) <= 60 && shorter.endsWith('.docx'));
});

test(
  'every odd name of the corpus becomes a path below the root',
  { skip: existsSync(corpus) ? false : 'the corpus is not here' },
  () => {
    const manifest = JSON.parse(readFileSync(path.join(corpus, 'manifest.json'), 'utf8')) as {
      files: { path: string; name: string; kind: string }[];
    };
    const strings = manifest.files
      .filter((file) => file.kind === 'names' || file.kind === 'hostile-strings')
      .flatMap((file) => stringsIn(JSON.parse(readFileSync(path.join(corpus, file.path), 'utf8'))));
    const names = [...manifest.files.map((file) => file.name), ...strings];
    assert.ok(names.length > 1_000);
    const unique = uniquePaths();
    const root = path.resolve('/export');
    const seen = new Set<string>();
    for (const name of names) {
      const safe = unique(['folder', name]);
      assert.ok(path.resolve(root, safe).startsWith(`${root}${path.sep}folder${path.sep}`), JSON.stringify(name));
      assert.equal(safe.split('/').length, 2, JSON.stringify(name));
      assert.ok(!seen.has(safe.toLowerCase()), JSON.stringify(name));
      seen.add(safe.toLowerCase());
    }
  },
);

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(stringsIn);
}
