/** No card from `from` to `to` (`HH:MM`, on the reader's clocks); held until then. */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
  /** What is critical: held as well, or told at once. */
  readonly critical: 'hold' | 'pass';
}

/** What is offered to somebody who has none. */
export const night = { from: '22:00', to: '07:00' } as const;

/** Is the moment (ms) inside them? From a time to the same time is never. Pure. */
export function isQuietAt({ from, to }: QuietHours, timeZone: string, moment: number): boolean {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const time = clock.format(moment);
  return from < to ? time >= from && time < to : from > to && (time >= from || time < to);
}
