import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSearch } from './parseSearch.ts';

// Saturday, 21 November 2026, 10:00 in Berlin.
const now = Date.parse('2026-11-21T09:00:00Z');
const berlin = (sentence: string) => parseSearch(sentence, now, 'Europe/Berlin');

test('a whole sentence: file, person, day', () => {
  const parsed = berlin('find invoice.pdf from Anna Berg last Tuesday');
  assert.deepEqual(
    { ...parsed, understood: parsed.understood.map(({ kind }) => kind) },
    {
      q: 'invoice.pdf',
      person: 'Anna Berg',
      from: '2026-11-16T23:00:00.000Z',
      to: '2026-11-17T23:00:00.000Z',
      deleted: false,
      understood: ['words', 'person', 'dates'],
    },
  );
});

test('phrases stay together and kinds choose the workload', () => {
  assert.equal(berlin('mails "annual budget" draft').q, '"annual budget" draft');
  assert.equal(berlin('mails "annual budget"').workload, 'mail');
  assert.equal(berlin('documents about skiing').workload, 'drive');
});

test('of and from name a person only where one follows', () => {
  const { q, person } = berlin('minutes of the board meeting');
  assert.deepEqual([q, person], ['minutes board meeting', undefined]);
  assert.equal(berlin('minutes of the board from anna').person, 'anna');
});

const spans: readonly (readonly [string, string | undefined, string | undefined])[] = [
  ['today', '2026-11-20T23:00:00.000Z', '2026-11-21T23:00:00.000Z'],
  ['yesterday', '2026-11-19T23:00:00.000Z', '2026-11-20T23:00:00.000Z'],
  ['last Saturday', '2026-11-13T23:00:00.000Z', '2026-11-14T23:00:00.000Z'],
  ['this week', '2026-11-15T23:00:00.000Z', '2026-11-22T23:00:00.000Z'],
  ['last week', '2026-11-08T23:00:00.000Z', '2026-11-15T23:00:00.000Z'],
  ['last month', '2026-09-30T22:00:00.000Z', '2026-10-31T23:00:00.000Z'],
  ['in March', '2026-02-28T23:00:00.000Z', '2026-03-31T22:00:00.000Z'],
  ['in December', '2025-11-30T23:00:00.000Z', '2025-12-31T23:00:00.000Z'],
  ['12 Nov', '2026-11-11T23:00:00.000Z', '2026-11-12T23:00:00.000Z'],
  ['24 December', '2025-12-23T23:00:00.000Z', '2025-12-24T23:00:00.000Z'],
  ['before 12 Nov', undefined, '2026-11-11T23:00:00.000Z'],
  ['after 2026-11-12', '2026-11-12T23:00:00.000Z', undefined],
  ['since Monday', '2026-11-15T23:00:00.000Z', undefined],
  ['between 1 Nov and 3 Nov', '2026-10-31T23:00:00.000Z', '2026-11-03T23:00:00.000Z'],
];
for (const [words, from, to] of spans) {
  test(`"${words}" is a span of days in the reader's zone`, () => {
    const parsed = berlin(`report.docx ${words}`);
    assert.deepEqual([parsed.q, parsed.from, parsed.to], ['report.docx', from, to]);
  });
}

test('the day on which clocks change has 23 or 25 hours', () => {
  const spring = parseSearch('x 29 March 2026', now, 'Europe/Berlin');
  assert.equal(Date.parse(spring.to ?? '') - Date.parse(spring.from ?? ''), 23 * 3_600_000);
  const autumn = parseSearch('x 25 October 2026', now, 'Europe/Berlin');
  assert.equal(Date.parse(autumn.to ?? '') - Date.parse(autumn.from ?? ''), 25 * 3_600_000);
});

test('far zones have their own today', () => {
  assert.equal(parseSearch('x today', now, 'Pacific/Auckland').from, '2026-11-20T11:00:00.000Z');
  assert.equal(parseSearch('x today', now, 'Pacific/Honolulu').from, '2026-11-20T10:00:00.000Z');
});

test('deleted, wildcards and impossible dates', () => {
  const parsed = berlin('*.xlsx including deleted by ben@contoso.com');
  assert.deepEqual([parsed.q, parsed.deleted, parsed.person], ['*.xlsx', true, 'ben@contoso.com']);
  assert.equal(berlin('31 February').from, undefined);
});
