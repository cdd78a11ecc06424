import type { BotServices } from '../botServices.ts';
import type { Courier } from '../notify/courier.ts';
import { makeDelivery } from '../notify/deliver.ts';
import type { Delivery } from '../notify/round.ts';
import type { BotOptions } from './options.ts';

/**
 * What a timer calls every 15 seconds: tells people what waits in the outbox, and keeps cards up to date. botbuilder is
 * loaded by the first thing there is to say: most processes never have any.
 */
export const makeDeliverNotices = (options: BotOptions, services: BotServices): (() => Promise<Delivery>) =>
  makeDelivery(services, lazyCourier(options));

function lazyCourier(options: BotOptions): Courier {
  let opened: Promise<Courier> | undefined;
  const open = (): Promise<Courier> => (opened ??= openCourier(options));
  return {
    send: async (place, said) => (await open()).send(place, said),
    update: async (place, activityId, card) => (await open()).update(place, activityId, card),
  };
}

async function openCourier(options: BotOptions): Promise<Courier> {
  const [{ VerifiedAdapter }, { makeCourier }] = await Promise.all([import('./adapter.ts'), import('./courier.ts')]);
  return makeCourier(new VerifiedAdapter(options), options);
}
