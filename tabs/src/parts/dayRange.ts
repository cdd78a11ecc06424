/** The moment at which a day begins where the reader is; days come from a date field as `2026-11-21`. */
export const startOfDay = (day: string): string => new Date(`${day}T00:00:00`).toISOString();

/** The moment at which the day is over: the first of the next one. */
export function endOfDay(day: string): string {
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + 1);
  return date.toISOString();
}
