import { instant } from '../../engine/model/ids.ts';
import { holds } from '../access.ts';
import type { BotServices } from '../botServices.ts';
import { changeKept, readKept } from '../keptRows.ts';
import { digestMorning } from './digestMorning.ts';
import { notificationSettings, type Notice } from './notices.ts';
import { readPreferences } from './preferences.ts';
import { keyOf, openPlaces, type Place } from './references.ts';

/** Puts a digest of the last day into the outbox for each place that wants one, at the time that the settings say. */
export async function spreadDailyDigests(services: BotServices): Promise<void> {
  const { records, clock } = services;
  const shared = await notificationSettings(services);
  if (shared.digest === 'off') return;
  for await (const place of openPlaces(records)) {
    const to = keyOf(place);
    if (((await readPreferences(records, to)).digest ?? shared.digest) !== 'daily') continue;
    if (!(await readsDigests(services, place))) continue;
    const timeZone = shared.timeZone ?? place.timeZone;
    const today = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(clock.now());
    const key = `daily:${to}`;
    const last = await readKept<string>(records, key);
    const isDue = clock.now() >= digestMorning(today, shared.digestAt, timeZone);
    if (last === today || (last !== undefined && !isDue)) continue;
    // The first look only notes where the days begin.
    if (last !== undefined) {
      const notice: Notice = { kind: 'notice', to, about: { kind: 'dailyDigest', to: instant(clock.now()) } };
      await records.outbox.add(`daily-${today}@${to}`, notice);
    }
    await changeKept<string>(records, key, () => today);
  }
}

/** Admins and auditors, and the places that name nobody. */
export async function readsDigests(services: BotServices, { person }: Place): Promise<boolean> {
  if (person === undefined) return true;
  const known = await services.actor(person.id, person.name);
  return known !== undefined && holds(known, 'Backup.Admin', 'Backup.Auditor');
}
