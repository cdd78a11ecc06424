import type { BotServices } from '../botServices.ts';
import { makeDelivery } from '../notify/deliver.ts';
import type { Delivery } from '../notify/round.ts';
import { VerifiedAdapter } from './adapter.ts';
import { makeCourier } from './courier.ts';
import type { BotOptions } from './options.ts';

/** What a timer calls every 15 seconds: tells people what waits in the outbox, and keeps cards up to date. */
export const makeDeliverNotices = (options: BotOptions, services: BotServices): (() => Promise<Delivery>) =>
  makeDelivery(services, makeCourier(new VerifiedAdapter(options), options));
