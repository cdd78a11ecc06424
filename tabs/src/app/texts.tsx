import { IntlMessageFormat } from 'intl-messageformat';
import { createContext, use, useMemo } from 'react';
import type { ReactNode } from 'react';
import english from '../locales/en.json' with { type: 'json' };

export type TextKey = keyof typeof english;
export type TextValues = Readonly<Record<string, string | number | boolean | Date>>;

/** What pages say and how numbers, sizes and moments look in the reader's language. */
export interface Texts {
  readonly locale: string;
  (key: TextKey, values?: TextValues): string;
  readonly number: (value: number) => string;
  readonly bytes: (value: number) => string;
  readonly percent: (share: number) => string;
  /** Date and time in the reader's zone. */
  readonly moment: (iso: string) => string;
  readonly day: (iso: string) => string;
  readonly time: (iso: string) => string;
  /** `2 h ago`. */
  readonly ago: (iso: string, now?: number) => string;
  /** Time with zone and the same in UTC, for tooltips. */
  readonly exactly: (iso: string) => string;
  readonly duration: (ms: number) => string;
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;
const spans: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

export function makeTexts(locale: string, messages: Readonly<Record<string, string>>): Texts {
  const formats = new Map<string, IntlMessageFormat>();
  const text = (key: TextKey, values?: TextValues): string => {
    const source = messages[key] ?? english[key];
    if (values === undefined && !source.includes('{')) return source;
    const format = formats.get(key) ?? new IntlMessageFormat(source, locale);
    formats.set(key, format);
    return String(format.format({ ...values }));
  };
  const number = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  const bytes = (value: number): string => {
    const step = value === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
    return new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: units[step] ?? 'byte',
      unitDisplay: step === 0 ? 'long' : 'short',
      maximumFractionDigits: step > 1 ? 1 : 0,
    }).format(value / 1000 ** step);
  };
  const ago = (iso: string, now = Date.now()): string => {
    const seconds = (Date.parse(iso) - now) / 1000;
    const [unit, length] = spans.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
    return unit === 'second' ? relative.format(0, 'second') : relative.format(Math.round(seconds / length), unit);
  };
  const duration = (ms: number): string => {
    const seconds = Math.max(0, Math.round(ms / 1000));
    const parts: [number, 'hour' | 'minute' | 'second'][] = [
      [Math.floor(seconds / 3600), 'hour'],
      [Math.floor(seconds / 60) % 60, 'minute'],
      [seconds % 60, 'second'],
    ];
    const shown = parts.filter(([value]) => value > 0).slice(0, 2);
    return (shown.length === 0 ? [[0, 'second'] as const] : shown)
      .map(([value, unit]) =>
        new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'narrow' }).format(value),
      )
      .join(' ');
  };
  return Object.assign(text, {
    locale,
    number: (value: number) => number.format(value),
    bytes,
    // Rounded down: 99.7 % protected is not everything. The nudge is for shares that binary fractions fall short of.
    percent: (share: number) => percent.format(Math.floor(share * 100 + 1e-9) / 100),
    moment: (iso: string) => moment.format(new Date(iso)),
    day: (iso: string) => day.format(new Date(iso)),
    time: (iso: string) => time.format(new Date(iso)),
    exactly: (iso: string) => `${exact.format(new Date(iso))} (${iso})`,
    ago,
    duration,
  });
}

const others = import.meta.glob<Readonly<Record<string, string>>>(['../locales/*.json', '!../locales/en.json'], {
  import: 'default',
});

/** Texts for a language: its own file, else English. */
export async function loadTexts(locale: string): Promise<Texts> {
  const language = locale.split('-')[0] ?? 'en';
  const load = others[`../locales/${language}.json`];
  return makeTexts(locale, load === undefined ? english : await load());
}

const TextsContext = createContext<Texts>(makeTexts('en', english));

export function TextsProvider({ texts, children }: { texts: Texts; children: ReactNode }) {
  return <TextsContext value={useMemo(() => texts, [texts])}>{children}</TextsContext>;
}

export const useTexts = (): Texts => use(TextsContext);
