import { Cron } from 'croner';

const hourMs = 3_600_000;

/**
 * Milliseconds of the moment at which clocks in the zone show `at` (`HH:MM`) on `date` (`YYYY-MM-DD`): right after the gap
 * where they leave that time out, the first time where they show it twice.
 */
export function digestMorning(date: string, at: string, timeZone: string): number {
  const [, month, day] = date.split('-').map(Number);
  const [hour, minute] = at.split(':').map(Number);
  const cron = new Cron(`0 ${minute} ${hour} ${day} ${month} *`, {
    timezone: timeZone,
    mode: '6-part',
    domAndDow: true,
  });
  // No zone is further than this from UTC.
  const moment = cron.nextRun(new Date(Date.parse(`${date}T00:00:00Z`) - 24 * hourMs));
  if (moment === null) throw new Error(`${date} ${at} is no moment in ${timeZone}`);
  return moment.getTime();
}
