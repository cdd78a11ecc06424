import { makeBotEndpoint, type BotAnswer } from '../bot/channel/botEndpoint.ts';
import { makeDeliverNotices } from '../bot/channel/deliverNotices.ts';
import type { BotOptions } from '../bot/channel/options.ts';
import { botServices } from './botServices.ts';
import type { Composed } from './compose.ts';
import type { HttpAnswer, HttpCall } from './http/answer.ts';
import { readText } from './http/readBody.ts';
import type { Settings } from './settings.ts';

/** The bot of this process. Loads botbuilder: only what serves the chat imports this module. */
export function makeBot(composed: Composed, settings: Settings, bot: NonNullable<Settings['bot']>) {
  const services = botServices(composed, settings);
  const options: BotOptions = {
    tenantId: settings.tenantId,
    auth: bot.auth,
    serviceHosts: bot.serviceHosts,
    ...(bot.id === undefined || bot.credential === undefined
      ? {}
      : { app: { clientId: bot.id, credential: bot.credential } }),
  };
  const endpoint = makeBotEndpoint(options, services);
  const deliver = makeDeliverNotices(options, services);
  return {
    async messages(call: HttpCall): Promise<HttpAnswer> {
      const { headers } = call;
      const authorization = headers.get('authorization') ?? undefined;
      return answerOf(await endpoint({ method: call.method, headers: { authorization }, body: await readText(call) }));
    },
    /** Tells people what waits in the outbox, and keeps cards up to date. */
    async deliver(): Promise<void> {
      await deliver();
    },
  };
}

const answerOf = ({ status, headers, body }: BotAnswer): HttpAnswer => ({
  status,
  headers: { 'X-Content-Type-Options': 'nosniff', ...headers },
  ...(body === undefined ? {} : { body }),
});
