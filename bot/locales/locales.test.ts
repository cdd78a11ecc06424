import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { IntlMessageFormat } from 'intl-messageformat';
import { sampleCards } from '../testing/sampleCards.ts';
import { textsFor } from '../texts.ts';

const folder = import.meta.dirname;
const sources = path.join(folder, '..');
const locales = readdirSync(folder).filter((name) => name.endsWith('.json'));
const read = (name: string): Record<string, string> =>
  JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Record<string, string>;
const english = read('en.json');

/** Names of what a message is given, however deep in its plurals they stand. */
function namesIn(message: string, locale: string): string[] {
  const found = new Set<string>();
  const walk = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(walk);
    else if (typeof part === 'object' && part !== null) {
      const { type, value, ...rest } = part as { type?: number; value?: unknown };
      // 0 is plain words and 7 the number of a plural; everything else names a value.
      if (type !== undefined && type !== 0 && type !== 7 && typeof value === 'string') found.add(value);
      walk([value, ...Object.values(rest)]);
    }
  };
  walk(new IntlMessageFormat(message, locale).getAst());
  return [...found].toSorted();
}

for (const name of locales) {
  const locale = name.replace('.json', '');
  describe(`what the bot says in ${locale}`, () => {
    const texts = read(name);
    it('has every text and no other', () => {
      assert.deepEqual(Object.keys(texts).toSorted(), Object.keys(english).toSorted());
    });
    it('gives every text the values that the English one has', () => {
      for (const [key, message] of Object.entries(texts))
        assert.deepEqual(namesIn(message, locale), namesIn(english[key] ?? '', 'en'), key);
    });
    it('leaves no text empty', () => {
      assert.deepEqual(
        Object.entries(texts).flatMap(([key, message]) => (message.trim() === '' ? [key] : [])),
        [],
      );
    });
  });
}

it('has no text that no card shows', () => {
  const code = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(path.join(sources, file), 'utf8'))
    .join('\n');
  const starts = [...code.matchAll(/`([\w.-]+)\$\{/g)].map((match) => match[1] ?? '');
  const unused = Object.keys(english).filter(
    (key) => !code.includes(`'${key}'`) && !starts.some((start) => start.includes('.') && key.startsWith(start)),
  );
  assert.deepEqual(unused, []);
});

it('are told in the language of the reader, and in English to readers of others', () => {
  const said = (locale: string) => textsFor(locale)('status.trouble.failing', { count: 2 });
  assert.equal(said('de-AT'), '2 Postfächer und Laufwerke schlagen fehl.');
  for (const locale of ['en-GB', 'fr', 'xx', 'constructor']) assert.match(said(locale), /^2 mailboxes and drives fail/);
});

it('fit the cards: no sentence is cut, no card grows too large', () => {
  for (const [title, drawn] of Object.entries(sampleCards(undefined, 'de'))) {
    assert.ok(JSON.stringify(drawn).length < 20 * 1024, title);
    assert.doesNotMatch(drawn.speak ?? '…', /…$/, title);
    assert.equal(drawn.lang, 'de', title);
  }
});
