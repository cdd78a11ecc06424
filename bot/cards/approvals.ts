import { changeLine, type ShownChange } from './change.ts';
import type { Texts } from '../texts.ts';
import { card, withButton, words, type Card } from './card.ts';

/** What stands in the chat before anybody with rights looks at it, and in the preview of the notification: nobody's data. */
export const approvalBaseCard = (
  text: Texts,
  base: {
    readonly requestId: string;
    readonly asker: string;
    readonly createdAt: string;
    readonly userIds: readonly string[];
    readonly consoleUrl: string;
    readonly again?: true;
  },
): Card =>
  card(text, {
    heading: text('approval.heading'),
    summary: text(base.again === undefined ? 'approval.base' : 'approval.again', {
      name: base.asker,
      time: base.again === undefined ? text.time(base.createdAt) : text.moment(base.createdAt),
    }),
    body: [words(text('why.approval'), { subtle: true, small: true })],
    buttons: [
      { title: text('button.show'), act: { verb: 'restore.show', requestId: base.requestId } },
      { title: text('button.open'), url: base.consoleUrl },
    ],
    refresh: { act: { verb: 'restore.show', requestId: base.requestId }, userIds: base.userIds },
  });

export const approvalListCard = (
  text: Texts,
  waiting: readonly {
    readonly requestId: string;
    readonly asker: string;
    readonly count: number;
    readonly createdAt: string;
  }[],
  facing: { readonly consoleUrl: string; readonly more: boolean; readonly changes?: readonly ShownChange[] },
): Card => {
  const { changes = [] } = facing;
  // What makes protection weaker comes first.
  const listed = changes.slice(0, mostListed);
  return card(text, {
    heading: text('approvals.heading'),
    summary: [
      ...(waiting.length === 0 && changes.length > 0
        ? []
        : [text(facing.more ? 'approvals.more' : 'approvals.text', { count: waiting.length })]),
      ...(changes.length === 0 ? [] : [text('approvals.changes', { count: changes.length })]),
    ].join(' '),
    body: [
      ...listed.map((shown) => changeLine(text, shown)),
      ...waiting
        .slice(0, mostListed - listed.length)
        .map(({ requestId, asker, count, createdAt }) =>
          withButton(
            { title: text('button.review'), act: { verb: 'restore.show', requestId } },
            words(text('approvals.line', { name: asker, count, moment: text.moment(createdAt) })),
          ),
        ),
    ],
    buttons: [{ title: text('button.open'), url: facing.consoleUrl }],
  });
};
/** Waiting requests on one card: a button each and the link. */
export const mostListed = 5;
