import type { Texts } from '../texts.ts';
import { beside, card, choices, facts, hidden, row, timeOfDay, words, type Card } from './card.ts';

type Digest = 'weekly' | 'daily' | 'off';
interface DigestPlan {
  readonly day: number;
  readonly at: string;
  readonly timeZone?: string;
}

export interface NotificationFacts {
  readonly version: number;
  readonly where: 'own' | 'here';
  /** Undefined: this reader's role gets none. `off` for everybody, when an admin said so. */
  readonly digest?: Digest;
  /** When it comes: weekday (0 = Sunday), `HH:MM`, and whose clocks; the reader's where no zone is set. */
  readonly plan: DigestPlan;
  readonly troubles?: 'on' | 'off';
  readonly approvals: boolean;
  /** Moment (ISO) at which the silence ends; `fixed`: when a backup went well again. */
  readonly muted?: string;
  /** When nothing is told; `off` with the times that are offered. Only to people. */
  readonly quiet?: { readonly from: string; readonly to: string; readonly critical: 'off' | 'hold' | 'pass' };
  /** So many troubles are silent by themselves. */
  readonly snoozed?: number;
  readonly mayChange: boolean;
  readonly consoleUrl: string;
}

/** The switches: behind a button, because they say again what stands above them. */
const form = 'change';

/** Who gets what without asking, and the switches for it. */
export function notificationsCard(text: Texts, shown: NotificationFacts): Card {
  const { digest, troubles, muted, mayChange } = shown;
  const silence =
    muted === undefined
      ? undefined
      : muted === 'fixed'
        ? text('notifications.muted.fixed')
        : text('notifications.muted.until', { moment: text.moment(muted) });
  const rows: [string, string][] = [
    ...(digest === undefined
      ? []
      : [[text('notifications.digest'), digestWords(text, digest, shown.plan)] as [string, string]]),
    ...(troubles === undefined
      ? []
      : [[text('notifications.troubles'), silence ?? text(`notifications.troubles.${troubles}`)] as [string, string]]),
    ...(shown.snoozed === undefined || shown.snoozed === 0
      ? []
      : [
          [text('notifications.snoozed'), text('notifications.snoozed.count', { count: shown.snoozed })] as [
            string,
            string,
          ],
        ]),
    ...(shown.approvals
      ? [[text('notifications.approvals'), text('notifications.approvals.on')] as [string, string]]
      : []),
    ...(shown.where === 'own'
      ? [[text('notifications.started'), text('notifications.started.on')] as [string, string]]
      : []),
    ...(shown.quiet === undefined
      ? []
      : [[text('notifications.quiet'), quietWords(text, shown.quiet)] as [string, string]]),
  ];
  const inputs = mayChange
    ? [
        ...(digest === undefined ? [] : [digestChoice(text, digest, shown.plan)]),
        ...(troubles === undefined ? [] : [troubleChoice(text, troubles), muteChoice(text, muted)]),
        ...(shown.quiet === undefined ? [] : quietInputs(text, shown.quiet)),
      ]
    : [];
  const open = { title: text('button.open'), url: shown.consoleUrl };
  return card(text, {
    heading: text('notifications.heading'),
    summary: text(`notifications.text.${shown.where}`),
    body: [
      facts(rows),
      ...(inputs.length === 0
        ? []
        : [
            row({ title: text('button.change'), shows: form }, open),
            hidden(
              form,
              ...inputs,
              row({
                title: text('button.save'),
                act: { verb: 'notifications.save', version: shown.version },
                primary: true,
              }),
            ),
          ]),
      ...(shown.where === 'here' && !mayChange
        ? [words(text('notifications.adminsOnly'), { subtle: true, small: true })]
        : []),
    ],
    buttons: inputs.length === 0 ? [open] : [],
  });
}

function digestWords(text: Texts, digest: Digest, { day, at, timeZone }: DigestPlan): string {
  return text(`notifications.digest.${digest}`, {
    day: clockWords(text, at, { weekday: 'long' }, day),
    time: timeWords(text, at),
    zone: timeZone ?? 'none',
  });
}

/** A day of the week and a time of day are nobody's moment: any Sunday, in UTC, gives them their names. */
const clockWords = (text: Texts, at: string, form: Intl.DateTimeFormatOptions, day = 0): string =>
  new Intl.DateTimeFormat(text.locale, { ...form, timeZone: 'UTC' }).format(
    Date.parse(`2026-03-01T${at}:00Z`) + day * 86_400_000,
  );
const timeWords = (text: Texts, at: string): string => clockWords(text, at, { hour: 'numeric', minute: '2-digit' });

type Quiet = NonNullable<NotificationFacts['quiet']>;
const quietWords = (text: Texts, { from, to, critical }: Quiet): string =>
  text(`notifications.quiet.${critical}`, { from: timeWords(text, from), to: timeWords(text, to) });

const quietInputs = (text: Texts, { from, to, critical }: Quiet) => [
  choices(
    'quiet',
    text('notifications.quiet'),
    (['off', 'hold', 'pass'] as const).map((value) => ({ title: text(`notifications.quiet.${value}.choice`), value })),
    critical,
    text('restore.required'),
  ),
  beside(
    timeOfDay('quietFrom', text('notifications.quiet.from'), from),
    timeOfDay('quietTo', text('notifications.quiet.to'), to),
  ),
];

const digestChoice = (text: Texts, chosen: Digest, plan: DigestPlan) =>
  choices(
    'digest',
    text('notifications.digest'),
    (['weekly', 'daily', 'off'] as const).map((value) => ({ title: digestWords(text, value, plan), value })),
    chosen,
    text('restore.required'),
  );

const troubleChoice = (text: Texts, chosen: 'on' | 'off') =>
  choices(
    'troubles',
    text('notifications.troubles'),
    (['on', 'off'] as const).map((value) => ({ title: text(`notifications.troubles.${value}`), value })),
    chosen,
    text('restore.required'),
  );

const muteChoice = (text: Texts, muted: string | undefined) =>
  choices(
    'mute',
    text('notifications.mute'),
    [
      { title: text('notifications.mute.none'), value: 'none' },
      ...(muted === undefined || muted === 'fixed'
        ? []
        : [{ title: text('notifications.muted.until', { moment: text.moment(muted) }), value: 'keep' }]),
      { title: text('notifications.mute.day'), value: 'day' },
      { title: text('notifications.mute.week'), value: 'week' },
      { title: text('notifications.muted.fixed'), value: 'fixed' },
    ],
    muted === undefined ? 'none' : muted === 'fixed' ? 'fixed' : 'keep',
    text('restore.required'),
  );
