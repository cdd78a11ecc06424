import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matcher } from './searchPoints.ts';

const mail = { name: 'Quarterly report 2026 (final).docx', kind: 'message', container: false, size: 1 };

test('every word counts, stars and question marks stand for anything, phrases stay together', () => {
  const isFound = (q: string) => matcher({ q })({ ...mail, from: 'Anna Berg <anna@contoso.example>' });
  for (const q of [
    '',
    'REPORT',
    'quart*2026',
    '*',
    'r?port',
    '"report 2026"',
    'final anna',
    '*.docx',
    'a.b*g',
    '(final)',
  ])
    assert.equal(isFound(q), q !== 'a.b*g', q);
  for (const q of ['report ben', '2026*quart', '"2026 report"', 'docx*anna', 'reportx'])
    assert.equal(isFound(q), false, q);
});

test('a word full of stars is looked up in the time that its length takes', () => {
  const matches = matcher({ q: `${'*a'.repeat(100)}*b` });
  const started = performance.now();
  assert.equal(matches({ ...mail, name: 'a'.repeat(2_000) }), false);
  assert.ok(performance.now() - started < 1_000);
});
