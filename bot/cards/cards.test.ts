import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import type * as AdaptiveCardsModule from 'adaptivecards';
import { CardAction } from '../../contract/cards.ts';
import { textsFor } from '../texts.ts';
import { partsOf } from '../testing/botBench.ts';
import { sampleCards } from '../testing/sampleCards.ts';
import { oddNames, type Names } from '../testing/sampleNames.ts';
import { card, row } from './card.ts';

const AdaptiveCards = createRequire(import.meta.url)('adaptivecards') as typeof AdaptiveCardsModule;
const cards = sampleCards();

interface Element {
  readonly type?: string;
  readonly wrap?: boolean;
  readonly verb?: string;
  readonly data?: object;
  readonly fallback?: { readonly type?: string; readonly data?: object };
  readonly label?: string;
  readonly isRequired?: boolean;
  readonly errorMessage?: string;
  readonly title?: string;
}
/** What stands below the heading. */
const summaryOf = (of: { readonly body?: unknown } | undefined) =>
  (elements(of?.body).filter(({ type }) => type === 'TextBlock')[1] as { readonly text?: string } | undefined)?.text;
const elements = (of: unknown) => partsOf(of) as readonly Element[];

for (const [name, made] of Object.entries(cards)) {
  describe(`card ${name}`, () => {
    it('is a card that Teams takes', () => {
      assert.equal(made.version, '1.5');
      assert.equal(made.lang, 'en');
      assert.ok(made.speak);
      assert.ok(made.fallbackText);
      assert.ok(JSON.stringify(made).length < 20 * 1024, `${JSON.stringify(made).length} bytes`);
      for (const { type, wrap } of elements(made)) if (type === 'TextBlock') assert.equal(wrap, true);
      const [heading] = elements(made.body);
      assert.equal((heading as { style?: string }).style, 'heading');
    });

    it('has at most six buttons, each with a fallback and a press that we read', () => {
      const buttons = elements(made.body).filter(({ type }) => type === 'Action.Execute' || type === 'Action.OpenUrl');
      assert.ok(buttons.length <= 6);
      for (const button of buttons) {
        assert.ok(button.title);
        if (button.type !== 'Action.Execute') continue;
        CardAction.parse({ ...button.data, verb: button.verb });
        assert.equal(button.fallback?.type, 'Action.Submit');
        CardAction.parse(button.fallback?.data);
      }
    });

    it('labels its inputs and says what is wrong with them', () => {
      for (const input of elements(made).filter(({ type }) => type?.startsWith('Input.'))) {
        assert.ok(input.label);
        if (input.isRequired === true) assert.ok(input.errorMessage);
      }
    });

    it('is read by the renderer without a complaint', () => {
      const context = new AdaptiveCards.SerializationContext(AdaptiveCards.Versions.v1_5);
      const parsed = new AdaptiveCards.AdaptiveCard();
      parsed.parse(structuredClone(made), context);
      const complaints = Array.from({ length: context.eventCount }, (_, index) => context.getEventAt(index).message)
        // Newer elements are drawn by their fallback. The renderer's pattern for languages remembers where it stopped,
        // so that it takes "en" only every other time.
        .filter((message) => !/ProgressBar|property "lang"/.test(message));
      assert.deepEqual(complaints, []);
      assert.ok(parsed.getItemCount() >= 2);
    });
  });
}

describe('odd names', () => {
  for (const [kind, names] of Object.entries(oddNames)) {
    const made = sampleCards(names);
    it(`of the kind ${kind} leave sentences whole and cards small`, () => {
      for (const [title, drawn] of Object.entries(made)) {
        assert.ok(JSON.stringify(drawn).length < 20 * 1024, title);
        for (const said of [drawn.speak, drawn.fallbackText, summaryOf(drawn)])
          assert.doesNotMatch(said ?? '…', /…$/, title);
      }
    });
  }

  it('that run the other way do not turn round what stands beside them', () => {
    const { failures: drawn } = sampleCards(oddNames.rightToLeft);
    const [cause] = elements(drawn?.body).filter((part) => / — 3 /.test((part as { text?: string }).text ?? ''));
    assert.match((cause as { text?: string }).text ?? '', /^\u2068[^\u2068\u2069]+\u2069 — 3 mailboxes and drives$/);
    // Marks of somebody's own making are no marks.
    const forged = textsFor('en')('failures.items', { reason: '\u202E\u2067\u05D0\u2069', count: 1 });
    assert.equal(forged, '\u2068\u05D0\u2069 — 1 item');
  });
});

it('nobody but who comes late is told that it was decided already', () => {
  assert.match(summaryOf(cards['approval-late']) ?? '', /^Already approved/);
  assert.match(summaryOf(cards['approval-declined']) ?? '', /^Declined by/);
});

it('base cards and channel cards name nobody’s data', () => {
  const names: Names = { item: 'ITEM-NAME', person: 'PERSON-NAME', policy: 'POLICY', reason: 'REASON' };
  const made = sampleCards(names);
  for (const name of [
    'approval-base',
    'report-channel',
    'coverage-channel',
    'notifications-channel',
    'welcome-channel',
    'digest',
  ]) {
    const text = JSON.stringify(made[name]);
    assert.doesNotMatch(text, /ITEM-NAME|REASON/);
    // Who asked is the one name on a base card; it is not whose data it is.
    if (name !== 'approval-base') assert.doesNotMatch(text, /PERSON-NAME/);
  }
});

it('a seventh button is a defect that is found at once', () => {
  const help = { title: 'Help', act: { verb: 'help.show' } } as const;
  assert.throws(() =>
    card(textsFor('en'), {
      heading: 'x',
      summary: 'y',
      body: [row(help, help, help, help)],
      buttons: [help, help, help],
    }),
  );
});

describe('names of people’s own making', () => {
  const corpus = new URL('../../../shared/corpus/hostile-strings/', import.meta.url);
  const own = [
    '[Approve](https://evil.example)',
    '![x](https://evil.example/pixel.png)',
    '# Heading\n- list\n1. one',
    '<at>Everyone</at>',
    '</TextBlock>{"type":"Action.OpenUrl","url":"https://evil.example"}',
    '{{DATE(2026-01-01T00:00:00Z, SHORT)}} ${$root}',
    '\u202Efdp.exe\u0000\u200B',
    '\uD800',
    'x'.repeat(5000),
    "{name, plural, other {'}} ''",
  ];
  const hostile: readonly string[] = existsSync(corpus)
    ? [
        ...own,
        ...(JSON.parse(readFileSync(new URL('naughty-strings.json', corpus), 'utf8')) as string[]),
        ...(JSON.parse(readFileSync(new URL('html-payloads.json', corpus), 'utf8')) as { payload: string }[]).map(
          ({ payload }) => payload,
        ),
      ]
    : own;
  const shape = (parts: readonly Element[]): string => parts.map(({ type }) => type ?? '').join(' ');
  const shapes = Object.fromEntries(Object.entries(cards).map(([title, drawn]) => [title, shape(elements(drawn))]));

  it(`add no element, no Markdown, no address and no line to any card (${hostile.length} strings)`, () => {
    for (const name of hostile) {
      const said = JSON.stringify(name).slice(0, 80);
      for (const [title, drawn] of Object.entries(
        sampleCards({ item: name, person: name, policy: name, reason: name }),
      )) {
        const parts = elements(drawn);
        // A name of nothing but control characters is no search; its button goes.
        if (title !== 'unknown' && title !== 'search-nothing')
          assert.equal(shape(parts), shapes[title], `${title}: ${said}`);
        for (const part of parts as readonly (Element & { text?: string; url?: string })[]) {
          if (part.url !== undefined) assert.equal(part.url, 'https://holdfast.example/activity');
          if (part.type !== 'TextBlock') continue;
          const unescaped = (part.text ?? '').replaceAll(/\\[\\`*_{}[\]()#+!|<>~.-]/g, '');
          assert.doesNotMatch(unescaped, /[`*_[\]<>~|\n\r]/, said);
        }
      }
    }
  });
});
