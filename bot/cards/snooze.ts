import type { CardAction } from '../../contract/cards.ts';
import type { Texts } from '../texts.ts';
import { card, choices, type Card } from './card.ts';

type AlarmCause = Extract<CardAction, { verb: 'snooze.askAlarm' }>['cause'];

/** How long shall this cause be silent? Without a name in channels. */
export const snoozeCard = (
  text: Texts,
  asked: { readonly name?: string; readonly about: { readonly runId: string; readonly resourceId?: string } },
): Card =>
  card(text, {
    heading: text('snooze.heading'),
    summary: asked.name === undefined ? text('snooze.text.here') : text('snooze.text', { name: asked.name }),
    body: [
      choices(
        'for',
        text('snooze.label'),
        (['day', 'week', 'fixed'] as const).map((value) => ({ title: text(`snooze.${value}`), value })),
        'day',
        text('restore.required'),
      ),
    ],
    buttons: [
      { title: text('button.snooze'), act: { verb: 'snooze.save', ...asked.about, for: 'day' }, primary: true },
      { title: text('button.back'), act: { verb: 'run.report', runId: asked.about.runId } },
    ],
  });

export const snoozedCard = (
  text: Texts,
  kept: { readonly name?: string; readonly until?: string; readonly runId: string },
): Card => {
  const name = kept.name ?? text('snooze.here');
  return card(text, {
    heading: text('snooze.heading'),
    summary:
      kept.until === undefined
        ? text('snooze.done.fixed', { name })
        : text('snooze.done.until', { name, moment: text.moment(kept.until) }),
    buttons: [
      { title: text('button.showReport'), act: { verb: 'run.report', runId: kept.runId } },
      { title: text('button.notifications'), act: { verb: 'notifications.show' } },
    ],
  });
};

/** The same for an alarm; until when it is over is for its card to say. */
export const alarmSnoozeCard = (text: Texts, cause: AlarmCause): Card =>
  card(text, {
    heading: text('snooze.heading'),
    summary: text('snooze.text', { name: text(`alarm.${cause}.heading`) }),
    body: [
      choices(
        'for',
        text('snooze.label'),
        (['day', 'week'] as const).map((value) => ({ title: text(`snooze.${value}`), value })),
        'day',
        text('restore.required'),
      ),
    ],
    buttons: [{ title: text('button.snooze'), act: { verb: 'snooze.saveAlarm', cause, for: 'day' }, primary: true }],
  });

export const alarmSnoozedCard = (text: Texts, cause: AlarmCause, until: string): Card =>
  card(text, {
    heading: text('snooze.heading'),
    summary: text('snooze.done.until', { name: text(`alarm.${cause}.heading`), moment: text.moment(until) }),
    buttons: [{ title: text('button.notifications'), act: { verb: 'notifications.show' } }],
  });
