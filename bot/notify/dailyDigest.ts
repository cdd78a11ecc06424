import { instant } from '../../engine/model/ids.ts';
import { holds } from '../access.ts';
import type { BotServices } from '../botServices.ts';
import { changeKept, listKept, readKept } from '../keptRows.ts';
import { digestMorning } from './digestMorning.ts';
import { notificationSettings, type Notice } from './notices.ts';
import { placeOfPreferences, readPreferences, type Preferences } from './preferences.ts';
import { isPlaceKey, keyOf, type Place } from './references.ts';

/** Puts a digest of the last day into the outbox for each place that wants one, at the time that the settings say. */
export async function spreadDailyDigests(services: BotServices): Promise<void> {
  const { records, clock } = services;
  const shared = await notificationSettings(services);
  if (shared.digest === 'off') return;
  const wishes = new Map<string, Preferences['digest']>();
  const places: Place[] = [];
  // One pass: in a large tenant thousands have spoken to the bot, and few of them want this.
  for await (const { key, value } of listKept<unknown>(records, '')) {
    const to = placeOfPreferences(key);
    if (to !== undefined) wishes.set(to, (value as Preferences).digest);
    else if (isPlaceKey(key) && (value as Place).blocked !== true) places.push(value as Place);
  }
  for (const place of places) {
    const to = keyOf(place);
    if ((wishes.get(to) ?? shared.digest) !== 'daily') continue;
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

/** Does this place get a summary, by what its people and the tenant want now? */
export async function getsDigests(services: BotServices, place: Place): Promise<boolean> {
  const shared = await notificationSettings(services);
  if (shared.digest === 'off') return false;
  const { digest = shared.digest } = await readPreferences(services.records, keyOf(place));
  return digest !== 'off' && readsDigests(services, place);
}
