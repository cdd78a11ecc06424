import { instant, type Instant } from '../model/ids.ts';

/** A calendar rhythm in UTC. Periods are numbered without gaps, so that `number - 1` is the one before. */
export interface Rhythm {
  readonly rule: 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly';
  numberOf(ms: number): number;
  /** When the period of this number begins. */
  startOf(number: number): Instant;
  /** As people write it: `2026-11-20`, `2026-W47`, `2026-11`. */
  nameOf(number: number): string;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** 1 January 1970 was a Thursday; weeks begin on Monday. */
const mondayOffset = 3;

const ofLength = (rule: 'hourly' | 'daily', lengthMs: number, letters: number): Rhythm => {
  const startOf = (number: number): Instant => instant(number * lengthMs);
  return {
    rule,
    numberOf: (ms) => Math.floor(ms / lengthMs),
    startOf,
    nameOf: (number) => startOf(number).slice(0, letters),
  };
};

const weekly: Rhythm = {
  rule: 'weekly',
  numberOf: (ms) => Math.floor((Math.floor(ms / dayMs) + mondayOffset) / 7),
  startOf: (number) => instant((number * 7 - mondayOffset) * dayMs),
  nameOf(number) {
    // ISO 8601: a week belongs to the year of its Thursday.
    const thursday = new Date((number * 7 - mondayOffset + 3) * dayMs);
    const year = thursday.getUTCFullYear();
    const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs));
    return `${year}-W${String(week).padStart(2, '0')}`;
  },
};

const monthly: Rhythm = {
  rule: 'monthly',
  numberOf(ms) {
    const date = new Date(ms);
    return date.getUTCFullYear() * 12 + date.getUTCMonth();
  },
  startOf: (number) => instant(Date.UTC(Math.floor(number / 12), number % 12)),
  nameOf: (number) => monthly.startOf(number).slice(0, 7),
};

const yearly: Rhythm = {
  rule: 'yearly',
  numberOf: (ms) => new Date(ms).getUTCFullYear(),
  startOf: (number) => instant(Date.UTC(number, 0)),
  nameOf: String,
};

export const rhythms: readonly Rhythm[] = [
  ofLength('hourly', hourMs, 13),
  ofLength('daily', dayMs, 10),
  weekly,
  monthly,
  yearly,
];
