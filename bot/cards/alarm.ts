import { clockSkew } from '../../engine/retention/storageClock.ts';
import { listingShrank } from '../../engine/sweep/listing.ts';
import type { AlarmFacts } from '../notify/alarms.ts';
import type { TextKey, Texts } from '../texts.ts';
import { card, words, type Card } from './card.ts';
import { settingsButton } from './report.ts';

type Shown = Exclude<AlarmFacts, { kind: 'changeWaiting' }>;

/** What threatens copies: what happened, what to do, and in the end that it is over. In channels it names nobody. */
export function alarmCard(
  text: Texts,
  alarm: Shown,
  facing: {
    readonly named: boolean;
    readonly consoleUrl: string;
    /** When it was over. */
    readonly overAt?: string;
    /** It was told before, first at this time. */
    readonly still?: string;
  },
): Card {
  const { overAt, still } = facing;
  const said = sentence(text, alarm, facing.named);
  const isOver = overAt !== undefined;
  const names = alarm.kind === 'expiryPaused' && facing.named ? alarm.names.join(' · ') : '';
  return card(text, {
    heading: text(`alarm.${alarm.kind}.heading`),
    summary: isOver
      ? text('alarm.over', { moment: text.moment(overAt) })
      : still === undefined
        ? said
        : text('alarm.still', { moment: text.moment(still) }),
    body: [
      ...(isOver
        ? [words(text(`alarm.${alarm.kind}.over`))]
        : [
            ...(still === undefined ? [] : [words(said)]),
            ...(names === '' ? [] : [words(names, { bold: true })]),
            words(wayOn(text, alarm)),
          ]),
      words(text('why.alarm'), { subtle: true, small: true }),
    ],
    buttons: [
      {
        title: text(alarm.kind === 'recoveryKeyUnproven' && !isOver ? 'button.proveKey' : 'button.details'),
        url: facing.consoleUrl,
      },
      ...(isOver || alarm.kind === 'lastCopyEnds' || alarm.kind === 'recoveryKeyUnproven'
        ? []
        : [{ title: text('button.snooze'), act: { verb: 'snooze.askAlarm', cause: alarm.kind } } as const]),
      settingsButton(text),
    ],
  });
}

function sentence(text: Texts, alarm: Shown, named: boolean): string {
  switch (alarm.kind) {
    case 'expiryPaused': {
      const { count, changed, removed, of } = alarm;
      return text('alarm.expiryPaused.text', { count, changed, removed, of });
    }
    case 'lastCopyEnds':
      return text('alarm.lastCopyEnds.text', {
        name: named ? alarm.name : text('backup.scope'),
        day: text.day(alarm.endsAt),
      });
    case 'sweepRefused': {
      const known = sweepCause(alarm.code);
      return known === 'other' ? alarm.reason : text(`alarm.sweepRefused.text.${known}`);
    }
    case 'drillFailed':
      return text('alarm.drillFailed.text', { failed: alarm.failed, items: alarm.items });
    case 'damageFound':
      return text('alarm.damageFound.text', { items: alarm.items, others: alarm.others });
    case 'recoveryKeyUnproven':
      return text(alarm.wasProved ? 'alarm.recoveryKeyUnproven.proved' : 'alarm.recoveryKeyUnproven.never', {
        since: text.day(alarm.since),
      });
  }
}

const wayOn = (text: Texts, alarm: Shown): string =>
  text(
    alarm.kind === 'sweepRefused'
      ? (`alarm.sweepRefused.wayOn.${sweepCause(alarm.code)}` satisfies TextKey)
      : `alarm.${alarm.kind}.wayOn`,
  );

/** The reasons that have words of their own; every other one comes in those of whoever refused. */
const sweepCause = (code: string | undefined): 'clock' | 'listing' | 'other' =>
  code === clockSkew ? 'clock' : code === listingShrank ? 'listing' : 'other';
