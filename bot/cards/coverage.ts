import { needsAttention, type Coverage, type Gap } from '../coverage.ts';
import type { TextKey, Texts } from '../texts.ts';
import { card, facts, progress, words, type Button, type Card } from './card.ts';
import { workloadTitle } from './status.ts';

const mostGaps = 5;

/** `named` is false in channels: counts and states, no reason that could name somebody. */
export function coverageCard(
  text: Texts,
  { safe, wanted, workloads, gaps }: Coverage,
  facing: {
    readonly named: boolean;
    readonly mayFix: boolean;
    readonly consoleUrl: string;
    readonly unprotectedUrl: string;
    readonly policiesUrl: string;
  },
): Card {
  const shown = facing.named ? gaps : withoutReasons(gaps);
  const isUncovered = gaps.some(({ state }) => state === 'notProtected');
  const total = { good: text.number(safe), all: text.number(wanted) };
  const buttons: Button[] = [
    ...(isUncovered ? [{ title: text('button.showUnprotected'), url: facing.unprotectedUrl }] : []),
    ...(isUncovered && facing.mayFix ? [{ title: text('button.fix'), url: facing.policiesUrl }] : []),
    ...(gaps.some(({ state }) => state === 'failing' || state === 'partial')
      ? [{ title: text('button.failures'), act: { verb: 'failures.show' } } as const]
      : []),
  ];
  return card(text, {
    heading: text('coverage.heading'),
    summary:
      wanted === 0 ? text('status.none') : text('coverage.text', { ...total, percent: percentOf(text, safe, wanted) }),
    body: [
      ...(wanted === 0 ? [] : [progress(safe, wanted)]),
      facts(
        workloads.map((row) => [
          workloadTitle(text, row.workload),
          text('status.protectedOf', { good: text.number(row.safe), all: text.number(row.wanted) }),
        ]),
      ),
      ...(shown.length === 0 ? [] : [words(text('coverage.gaps'), { bold: true })]),
      ...shown
        .slice(0, mostGaps)
        .map((gap) =>
          words(text('failures.resources', { reason: reasonOf(text, gap), count: gap.count }), { small: true }),
        ),
      ...(shown.length > mostGaps
        ? [words(text('coverage.more', { count: shown.length - mostGaps }), { subtle: true, small: true })]
        : []),
    ],
    buttons: buttons.length === 0 ? [{ title: text('button.open'), url: facing.consoleUrl }] : buttons,
  });
}

const reasonOf = (text: Texts, { state, reason }: Gap): string => reason ?? text(`gap.${state}` as TextKey);

/** Never "100 %" while one is missing. */
const percentOf = (text: Texts, safe: number, wanted: number): string =>
  new Intl.NumberFormat(text.locale, {
    style: 'percent',
    maximumFractionDigits: 1,
    roundingMode: 'floor',
  } as Intl.NumberFormatOptions).format(safe / wanted);

function withoutReasons(gaps: readonly Gap[]): readonly Gap[] {
  const byState = Map.groupBy(gaps, ({ state }) => state);
  return [...byState]
    .map(([state, own]) => ({ state, count: own.reduce((sum, { count }) => sum + count, 0) }))
    .toSorted((a, b) => Number(needsAttention(b)) - Number(needsAttention(a)) || b.count - a.count);
}
