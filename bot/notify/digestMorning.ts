/** Milliseconds of the moment at which clocks in the zone show `at` (`HH:MM`) on `date` (`YYYY-MM-DD`). */
export function digestMorning(date: string, at: string, timeZone: string): number {
  const wanted = Date.parse(`${date}T${at}:00Z`);
  let guess = wanted;
  // The zone's offset is that of the guess; a second round settles the days on which it changes.
  for (let round = 0; round < 3; round++) guess += wanted - shownAs(guess, timeZone);
  return guess;
}

/** What a clock in the zone shows, read as if it were UTC. */
function shownAs(ms: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}
