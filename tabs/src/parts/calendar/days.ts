/** Days as people count them, in the zone of the browser: `2026-11-21`. */
export type Day = string;

const two = (count: number): string => String(count).padStart(2, '0');

export const dayOf = (date: Date): Day => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
export const dayOfIso = (iso: string): Day => dayOf(new Date(iso));

/** Noon of the day: far from both of its ends, so that a change of clocks cannot move it to another day. */
export const noonOf = (day: Day): Date => {
  const [year = 1970, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date, 12);
};

export const addDays = (day: Day, count: number): Day => {
  const date = noonOf(day);
  date.setDate(date.getDate() + count);
  return dayOf(date);
};

/** The same day of another month, or its last one where the month is shorter. */
export const addMonths = (day: Day, count: number): Day => {
  const date = noonOf(day);
  const wanted = date.getDate();
  date.setDate(1);
  date.setMonth(date.getMonth() + count);
  date.setDate(Math.min(wanted, new Date(date.getFullYear(), date.getMonth() + 1, 0).getDate()));
  return dayOf(date);
};

interface WithWeekInfo {
  readonly getWeekInfo?: () => { readonly firstDay: number };
  readonly weekInfo?: { readonly firstDay: number };
}

/** 0 = Sunday. Monday where the browser does not know the custom of the place. */
export function firstDayOfWeek(locale: string): number {
  const custom: Intl.Locale & WithWeekInfo = new Intl.Locale(locale);
  return (custom.getWeekInfo?.().firstDay ?? custom.weekInfo?.firstDay ?? 1) % 7;
}

/** First day of the week that a day is in. */
export const weekStart = (day: Day, first: number): Day => addDays(day, -((noonOf(day).getDay() - first + 7) % 7));

/** Six weeks that hold the month of a day. */
export function weeksOf(day: Day, first: number): Day[][] {
  const start = weekStart(`${day.slice(0, 8)}01`, first);
  return Array.from({ length: 6 }, (_, week) => Array.from({ length: 7 }, (__, at) => addDays(start, week * 7 + at)));
}
