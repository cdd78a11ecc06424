import { IntlMessageFormat } from 'intl-messageformat';
import german from './locales/de.json' with { type: 'json' };
import english from './locales/en.json' with { type: 'json' };

export type TextKey = keyof typeof english;
type Values = Readonly<Record<string, string | number | boolean>>;

/** What the bot says, and how numbers, sizes and moments look in the reader's language and zone. */
export interface Texts {
  (key: TextKey, values?: Values): string;
  readonly locale: string;
  readonly timeZone: string;
  readonly number: (value: number) => string;
  readonly bytes: (value: number) => string;
  readonly moment: (iso: string) => string;
  readonly day: (iso: string) => string;
  /** How long something took: seconds, from two minutes on minutes, from two hours on hours. */
  readonly duration: (seconds: number) => string;
  readonly time: (iso: string) => string;
  readonly ago: (iso: string, now: number) => string;
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;
const spans: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** The languages of the console; a reader of any other is told in English. */
const languages: Readonly<Record<string, Readonly<Record<TextKey, string>>>> = { de: german, en: english };

const messages = new Map<string, IntlMessageFormat>();
/** Reading a pattern costs more than filling it in. */
function messageNamed(key: TextKey, language: string): IntlMessageFormat {
  const name = `${language} ${key}`;
  const known = messages.get(name) ?? new IntlMessageFormat((languages[language] ?? english)[key], language);
  messages.set(name, known);
  return known;
}

/**
 * Texts for `one` reader, or for the `many` of a channel; an unknown locale or zone becomes English or UTC. A time says
 * its zone wherever it may not be the reader's own: to many, and in UTC, which is nobody's clock.
 */
export function textsFor(locale = 'en', timeZone = 'UTC', readers: 'one' | 'many' = 'one'): Texts {
  const known = knownLocale(locale);
  const [subtag = 'en'] = known.split('-');
  const language = subtag in languages ? subtag : 'en';
  const zone = knownZone(timeZone);
  const named = readers === 'many' || zone === 'UTC' ? ({ timeZoneName: 'short' } as const) : {};
  const clockTime = { hour: 'numeric', minute: '2-digit', timeZone: zone, ...named } as const;
  const date = { year: 'numeric', month: 'short', day: 'numeric', timeZone: zone } as const;
  const number = new Intl.NumberFormat(known);
  const moment = new Intl.DateTimeFormat(known, { ...date, ...clockTime });
  const day = new Intl.DateTimeFormat(known, date);
  const time = new Intl.DateTimeFormat(known, clockTime);
  const relative = new Intl.RelativeTimeFormat(known, { numeric: 'auto', style: 'short' });
  const text = (key: TextKey, values: Values = {}): string =>
    String(
      messageNamed(key, language).format(
        Object.fromEntries(
          Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? isolated(value) : value]),
        ),
      ),
    );
  return Object.assign(text, {
    locale: known,
    timeZone: zone,
    number: (value: number) => number.format(value),
    bytes: (value: number) => {
      const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
      return sizeFormat(known, step).format(value / 1000 ** step);
    },
    moment: (iso: string) => moment.format(new Date(iso)),
    day: (iso: string) => day.format(new Date(iso)),
    duration: (seconds: number) => {
      const [unit, length]: readonly [string, number] =
        seconds < 120 ? ['second', 1] : seconds < 7200 ? ['minute', 60] : ['hour', 3600];
      return new Intl.NumberFormat(known, {
        style: 'unit',
        unit,
        unitDisplay: 'long',
        maximumFractionDigits: 0,
      }).format(seconds / length);
    },
    time: (iso: string) => time.format(new Date(iso)),
    ago: (iso: string, now: number) => {
      const seconds = (Date.parse(iso) - now) / 1000;
      const [unit, length] = spans.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
      return unit === 'second' ? relative.format(0, 'second') : relative.format(Math.round(seconds / length), unit);
    },
  });
}

/** A name that runs the other way must not turn round what stands beside it: it is set apart, with marks of Unicode. */
const isolated = (value: string): string =>
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(value)
    ? `\u2068${value.replaceAll(/\p{Cf}/gu, '')}\u2069`
    : value;

const letterParts = new Intl.Segmenter();
/** A name in a sentence: its beginning and its end (a file's kind), so that the sentence around it stays readable. */
export function shortened(name: string, most = 120): string {
  const letters = [...letterParts.segment(name)].map(({ segment }) => segment);
  const tail = Math.floor(most / 5);
  return letters.length <= most
    ? name
    : `${letters.slice(0, most - tail - 1).join('')}…${letters.slice(-tail).join('')}`;
}

const sizeFormats = new Map<string, Intl.NumberFormat>();
function sizeFormat(locale: string, step: number): Intl.NumberFormat {
  const unit = units[step] ?? 'byte';
  const name = `${locale} ${unit}`;
  const format =
    sizeFormats.get(name) ??
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit,
      // Short, it would be "874 byte".
      unitDisplay: step === 0 ? 'long' : 'short',
      maximumFractionDigits: step > 1 ? 1 : 0,
    });
  sizeFormats.set(name, format);
  return format;
}

const knownLocale = (locale: string): string =>
  Intl.DateTimeFormat.supportedLocalesOf(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(locale) ? locale : 'en')[0] ?? 'en';

function knownZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch (error) {
    if (error instanceof RangeError) return 'UTC';
    throw error;
  }
}
