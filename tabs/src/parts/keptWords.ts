import type { TextKey, TextValues, Texts } from '../app/texts.tsx';

type Words = readonly [key: TextKey, values?: TextValues];
type Rule = readonly [form: RegExp, words: (text: Texts, found: readonly string[]) => Words];

const periods = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

/** The sentences by which retention decides, in the order of docs/retention.md. Periods are calendar periods in UTC. */
const rules: readonly Rule[] = [
  [/^newest$/, () => ['kept.newest']],
  [/^newest complete of a protected resource$/, () => ['kept.newestComplete']],
  [
    /^newest(?: complete)?, (\d+) days after it left on (\S+)$/,
    (text, [days = '0', day = '']) => ['kept.newestGone', { days: Number(days), day: dayWords(text, day) }],
  ],
  [/^minimum copies \((\d+)\)$/, (_, [count = '0']) => ['kept.minimum', { count: Number(count) }]],
  ...periods.map((rule): Rule => [
    new RegExp(`^${rule} (\\S+?)(?: to (\\S+))?$`),
    (text, [first = '', last = '']) =>
      last === ''
        ? [`kept.${rule}`, { period: periodWords(text, first) }]
        : [`kept.${rule}Span`, { first: periodWords(text, first), last: periodWords(text, last) }],
  ]),
  [
    /^legal hold (.*?)(?: until (\d{4}-\d\d-\d\d))?$/s,
    (text, [reason = '', until = '']) =>
      until === '' ? ['kept.hold', { reason }] : ['kept.holdUntil', { reason, day: dayWords(text, until) }],
  ],
  [/^less than a day old$/, () => ['kept.fresh']],
  [/^in place of a damaged one$/, () => ['kept.inPlace']],
  [/^being restored$/, () => ['kept.restoring']],
  [/^kept for ever$/, () => ['kept.forever']],
  [/^no rule says how long it is kept$/, () => ['kept.noRule']],
  [/^expiry is paused:/, () => ['kept.paused']],
];

/** Why a copy is still there, in the reader's language; what is not known here stays in the server's words. */
export function keptWords(text: Texts, because: readonly string[]): readonly string[] {
  // The newest one is nearly always the newest complete one too.
  const told = because.includes('newest') ? because.filter((reason) => !reason.startsWith('newest complete')) : because;
  return told.map((reason) => {
    for (const [form, words] of rules) {
      const found = form.exec(reason);
      if (found !== null) return text(...words(text, found.slice(1)));
    }
    return reason;
  });
}

/** `2026-11-20`, `2026-11-20T14`, `2026-W47`, `2026-11` or `2026`, as people write it. */
function periodWords(text: Texts, name: string): string {
  const [year = '', week] = name.split('-W');
  if (week !== undefined) return text('kept.week', { week: Number(week), year });
  if (/^\d{4}$/.test(name)) return name;
  if (/^\d{4}-\d\d$/.test(name)) return utc(text, { month: 'long', year: 'numeric' }, `${name}-01`);
  if (name.includes('T')) return utc(text, { dateStyle: 'medium', timeStyle: 'short' }, `${name}:00:00Z`);
  return dayWords(text, name);
}

const dayWords = (text: Texts, day: string): string => utc(text, { dateStyle: 'medium' }, day);

/** What is no date stays as it came: a reason may hold anything. */
function utc(text: Texts, form: Intl.DateTimeFormatOptions, iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : new Intl.DateTimeFormat(text.locale, { ...form, timeZone: 'UTC' }).format(at);
}
