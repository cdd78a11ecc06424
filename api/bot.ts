import type { BotAnswer, makeBotEndpoint } from '../bot/channel/botEndpoint.ts';
import { makeDeliverNotices } from '../bot/channel/deliverNotices.ts';
import type { BotOptions } from '../bot/channel/options.ts';
import { botServices } from './botServices.ts';
import type { Composed } from './compose.ts';
import type { HttpAnswer, HttpCall } from './http/answer.ts';
import { readText } from './http/readBody.ts';
import type { Settings } from './settings.ts';

/** The bot of this process. botbuilder is loaded by the first message that comes in, or by the first that goes out. */
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
  let opened: Promise<ReturnType<typeof makeBotEndpoint>> | undefined;
  const endpoint = () =>
    (opened ??= import('../bot/channel/botEndpoint.ts').then((channel) => channel.makeBotEndpoint(options, services)));
  const deliver = makeDeliverNotices(options, services);
  return {
    async messages(call: HttpCall): Promise<HttpAnswer> {
      const { headers } = call;
      const authorization = headers.get('authorization') ?? undefined;
      const answer = await endpoint();
      return answerOf(await answer({ method: call.method, headers: { authorization }, body: await readText(call) }));
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
