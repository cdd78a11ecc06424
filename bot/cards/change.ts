import type { HeldRetention } from '../../engine/model/policy.ts';
import type { WaitingChange } from '../../engine/model/waitingChange.ts';
import { shortened, type Texts } from '../texts.ts';
import { card, facts, words, withButton, type Button, type Card } from './card.ts';
import { settingsButton } from './report.ts';

/** A change that makes protection weaker, for one administrator; names are what people called things. */
export interface ShownChange {
  readonly change: WaitingChange;
  readonly asker: string;
  readonly approver?: string;
  readonly ender?: string;
  /** The policy, or whose data is held. */
  readonly about?: string;
}

export interface ChangeFacing {
  readonly consoleUrl: string;
  /** Did this reader ask for it? Nobody agrees with a wish of their own. */
  readonly isAsker: boolean;
  /** Told without having been asked: once more, where it waits still. */
  readonly told?: { readonly again?: true };
}

/** How long somebody may agree. */
const openMs = 3 * 24 * 3_600_000;

export function changeCard(text: Texts, shown: ShownChange, facing: ChangeFacing): Card {
  const { change } = shown;
  const { wish, state } = change;
  const act = { changeId: change.id, version: state } as const;
  const isOpen = state === 'asked' || state === 'approved';
  const buttons: Button[] = [
    ...(state === 'asked' && !facing.isAsker
      ? [{ title: text('button.approve'), act: { verb: 'change.approve', ...act }, primary: true } as const]
      : []),
    ...(isOpen ? [{ title: text('button.withdraw'), act: { verb: 'change.withdraw', ...act } } as const] : []),
    { title: text('button.details'), url: facing.consoleUrl },
    ...(facing.told === undefined ? [] : [settingsButton(text)]),
  ];
  return card(text, {
    heading: text(facing.told?.again === true && isOpen ? 'change.heading.again' : 'change.heading'),
    summary: wishLine(text, shown),
    body: [
      words(stateLine(text, shown, facing.isAsker), { bold: true }),
      facts([
        ...(wish.kind === 'shorterRetention'
          ? [
              [text('change.before'), rulesLine(text, wish.before)] as const,
              [text('change.after'), rulesLine(text, wish.after)] as const,
            ]
          : []),
        ...(change.reason === undefined ? [] : [[text('approval.reason'), shortened(change.reason)] as const]),
        [text('change.askedAt'), text.moment(change.askedAt)],
      ]),
      ...(facing.told === undefined ? [] : [words(text('why.change'), { subtle: true, small: true })]),
    ],
    buttons,
  });
}

function wishLine(text: Texts, { change, asker, about = '' }: ShownChange): string {
  const said = { name: shortened(asker), about: shortened(about) };
  return text(`change.wish.${change.wish.kind}`, said);
}

function stateLine(text: Texts, { change, approver = '', ender = '' }: ShownChange, isAsker: boolean): string {
  switch (change.state) {
    case 'asked': {
      const until = text.moment(new Date(Date.parse(change.askedAt) + openMs).toISOString());
      return text(isAsker ? 'change.state.asked.own' : 'change.state.asked', { until });
    }
    case 'approved':
      return change.approvedBy === 'noSecondPerson'
        ? text('change.state.alone', { moment: text.moment(change.effectiveAt) })
        : text('change.state.approved', { name: approver, moment: text.moment(change.effectiveAt) });
    case 'applied':
      return text('change.state.applied', { moment: text.moment(change.endedAt) });
    case 'withdrawn':
      return text('change.state.withdrawn', { name: ender, moment: text.moment(change.endedAt) });
    case 'void':
      return text('change.state.void', { moment: text.moment(change.endedAt), why: change.why });
  }
}

/** What is kept, in one line. */
function rulesLine(text: Texts, rules: HeldRetention): string {
  const { forever, minimumCopies, keepGoneDays } = rules;
  const rhythms = (['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const).flatMap((rhythm) => {
    const count = rules[rhythm] ?? 0;
    return count === 0 ? [] : [text(`change.rules.${rhythm}`, { count })];
  });
  return [
    ...(forever === true ? [text('change.forever')] : rhythms),
    text('change.rules.copies', { count: minimumCopies }),
    text('change.rules.gone', { count: keepGoneDays }),
  ].join(' · ');
}

/** One of several that wait, beside a button that shows it. */
export const changeLine = (text: Texts, shown: ShownChange) =>
  withButton(
    { title: text('button.review'), act: { verb: 'change.show', changeId: shown.change.id } },
    words(wishLine(text, shown)),
  );
