import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { toCsv } from './csv.ts';

/** RFC 4180, written the slow way. */
function parse(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (quoted) {
      if (char === '"' && text[at + 1] === '"') cell += text[++at] ?? '';
      else if (char === '"') quoted = false;
      else cell += char;
    } else if (char === '"' && cell === '') quoted = true;
    else if (char === ',') {
      rows.at(-1)?.push(cell);
      cell = '';
    } else if (char === '\r' && text[at + 1] === '\n') {
      rows.at(-1)?.push(cell);
      cell = '';
      at++;
      rows.push([]);
    } else cell += char;
  }
  rows.pop();
  return rows;
}

const naughty = [
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '\n=1',
  ' =1',
  "'=1",
  '"=1"',
  '＝1',
  '|cmd',
  '%0A',
  'a,b',
  'a"b',
  'a\r\nb',
  '',
  ' ',
  'plain',
  'Ω≈ç√',
  '𝕏',
  '\u0000',
  "=cmd|' /C calc'!A0",
];

/** Names and strings that broke other programs, where the collection is at hand. */
function collected(): string[] {
  const folder = path.resolve(import.meta.dirname, '../../../shared/corpus/hostile-strings');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => readFileSync(path.join(folder, name), 'utf8').split('\n'));
}

it('gives back every text, and starts no cell as a formula', () => {
  const texts = [...naughty, ...collected()];
  const csv = toCsv(
    ['text', 'number'],
    texts.map((text) => [text, -5]),
  );
  assert.equal(csv[0], '\uFEFF');
  const rows = parse(csv.slice(1)).slice(1);
  assert.equal(rows.length, texts.length);
  for (const [index, [cell = '', number]] of rows.entries()) {
    const text = texts[index] ?? '';
    assert.ok(cell === text || cell === `'${text}`, JSON.stringify([text, cell]));
    assert.doesNotMatch(cell, /^[=+\-@\t\r\n|%]/, JSON.stringify(text));
    assert.equal(number, '-5');
  }
});
