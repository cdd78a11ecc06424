import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { IntlMessageFormat } from 'intl-messageformat';
import type { Texts } from '../app/texts.tsx';
import { keptWords } from './keptWords.ts';

const folder = path.resolve(import.meta.dirname, '../locales');
const messages = JSON.parse(readFileSync(path.join(folder, 'en.json'), 'utf8')) as Record<string, string>;
const text = Object.assign(
  (key: string, values = {}) => String(new IntlMessageFormat(messages[key] ?? `?${key}`, 'en-GB').format(values)),
  { locale: 'en-GB' },
) as unknown as Texts;

it('says every reason of retention in words', () => {
  for (const [because, words] of [
    ['newest', 'newest'],
    ['newest complete of a protected resource', 'newest complete one'],
    ['newest, 365 days after it left on 2026-11-12', 'newest, for 365 days after it left on 12 Nov 2026'],
    ['minimum copies (3)', 'one of at least 3'],
    ['hourly 2026-11-20T14', 'hourly of 20 Nov 2026, 14:00 (UTC)'],
    ['daily 2026-11-20', 'daily of 20 Nov 2026'],
    ['daily 2026-11-19 to 2026-11-20', 'daily of 19 Nov 2026 to 20 Nov 2026'],
    ['weekly 2026-W47', 'weekly of week 47, 2026'],
    ['monthly 2026-11', 'monthly of November 2026'],
    ['yearly 2026', 'yearly of 2026'],
    ['legal hold Case 4711', 'legal hold: Case 4711, until released'],
    ['legal hold Case 4711 until 2027-01-31', 'legal hold: Case 4711, until 31 Jan 2027'],
    ['less than a day old', 'less than a day old'],
    ['being restored', 'being restored'],
    ['in place of a damaged one', 'in place of a damaged one'],
    ['kept for ever', 'kept for ever'],
    ['no rule says how long it is kept', 'no rule says how long it is kept'],
    ['expiry is paused: on 2026-11-20 a run changed 3 and removed 60 of 100 items', 'removal is paused'],
    ['something new', 'something new'],
  ] as const)
    assert.deepEqual(keptWords(text, [because]), [words]);
});

it('does not say twice that it is the newest', () => {
  assert.deepEqual(keptWords(text, ['newest', 'newest complete of a protected resource', 'daily 2026-11-21']), [
    'newest',
    'daily of 21 Nov 2026',
  ]);
});
