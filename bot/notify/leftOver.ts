import { isFault } from '../../engine/fault.ts';
import { instant } from '../../engine/model/ids.ts';
import type { BotServices } from '../botServices.ts';
import type { Courier } from './courier.ts';
import { foldedTold, placesWithFolded, readFolded } from './dailyCap.ts';
import { getsDigests, readsDigests } from './dailyDigest.ts';
import { leftOverCard } from './noticeCards.ts';
import { isMuted, readPreferences } from './preferences.ts';
import { blockPlace, placeNamed, type Place } from './references.ts';
import { quietFor, type Delivery, type Round } from './round.ts';

/**
 * What was put aside for a summary is told in one card where no summary comes any more: somebody, or the tenant, switched
 * it off meanwhile. Whoever lost the role, or wants no troubles, is told nothing. Answers what came of it, place by place.
 */
export async function* tellLeftOver(
  services: BotServices,
  courier: Courier,
  pace: (place: Place) => Promise<void>,
  now: Round,
): AsyncIterable<keyof Delivery> {
  const { records, clock } = services;
  for await (const to of placesWithFolded(records)) {
    const place = await placeNamed(records, to);
    if (place === undefined || place.blocked === true || (await getsDigests(services, place))) continue;
    const folded = await readFolded(records, place);
    const wishes = await readPreferences(records, to);
    if (wishes.troubles === 'off' || !(await readsDigests(services, place))) {
      await foldedTold(records, place, folded);
      continue;
    }
    const about = { kind: 'dailyDigest', to: instant(clock.now()) } as const;
    if ((await quietFor(services, place, { to, about }, now)) === 'now') continue;
    if (await isMuted(services, wishes, undefined, now.recoveries)) continue;
    const card = await leftOverCard(services, place, folded);
    try {
      await pace(place);
      await courier.send(place, { card });
    } catch (error) {
      if (!isFault(error)) throw error;
      if (isFault(error, 'forbidden', 'not-found')) await blockPlace(records, to);
      yield isFault(error, 'forbidden', 'not-found') ? 'lost' : 'waiting';
      continue;
    }
    await foldedTold(records, place, folded);
    yield 'sent';
  }
}
