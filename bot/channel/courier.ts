import { CardFactory, type Activity, type ConversationReference, type TurnContext } from 'botbuilder';
import { Fault, isFault } from '../../engine/fault.ts';
import type { Courier } from '../notify/courier.ts';
import type { Place } from '../notify/references.ts';
import type { Said } from '../turn.ts';
import type { VerifiedAdapter } from './adapter.ts';
import { isServiceHost } from './admission.ts';
import type { BotOptions } from './options.ts';

/** Speaks to kept conversations through the chat service. */
export function makeCourier(adapter: VerifiedAdapter, options: BotOptions): Courier {
  async function at<T>(place: Place, act: (context: TurnContext) => Promise<T>): Promise<T> {
    // The settings may have changed since the place was kept.
    if (!isServiceHost(place.serviceUrl, options))
      throw new Fault('forbidden', 'The chat service of this conversation is not allowed any more.');
    const come: { value?: T } = {};
    try {
      await adapter.continueConversationAsync(adapter.botId, referenceOf(place), async (context) => {
        come.value = await act(context);
      });
    } catch (error) {
      throw toFault(error);
    }
    return come.value as T;
  }
  return {
    send: (place, said) => at(place, async (context) => (await context.sendActivity(activityOf(said)))?.id ?? ''),
    update: (place, activityId, card) =>
      at(place, async (context) => {
        await context.updateActivity({ ...activityOf({ card }), id: activityId });
      }),
  };
}

/** The message that says it. */
export const activityOf = (said: Said): Partial<Activity> =>
  'text' in said
    ? { type: 'message', text: said.text, textFormat: 'plain' }
    : {
        type: 'message',
        attachments: [CardFactory.adaptiveCard(said.card)],
        // Shown in notifications instead of "sent a card"; holds no content.
        summary: said.card.fallbackText === undefined ? '' : 'Holdfast',
      };

const referenceOf = (place: Place): Partial<ConversationReference> => ({
  serviceUrl: place.serviceUrl,
  channelId: place.channelId,
  bot: place.bot,
  conversation: {
    id: place.conversationId,
    conversationType: place.kind,
    tenantId: place.tenantId,
    isGroup: place.kind !== 'personal',
    name: '',
  },
  ...(place.person === undefined
    ? {}
    : { user: { id: place.person.chatId, name: place.person.name, aadObjectId: place.person.id } }),
});

/** The chat service's words stop here. A surprise goes on as it came. */
export function toFault(error: unknown): unknown {
  if (isFault(error) || !(error instanceof Error)) return error;
  const { statusCode, code, response } = error as Error & {
    readonly statusCode?: number;
    readonly code?: string;
    readonly response?: { readonly headers?: { get?(name: string): string | undefined } };
  };
  const cause = { cause: error, ...(statusCode === undefined ? {} : { status: statusCode }) };
  const wait = Number(response?.headers?.get?.('retry-after') ?? NaN);
  switch (statusCode) {
    case 429:
      return new Fault('throttled', 'The chat service asks to wait.', {
        ...cause,
        ...(Number.isFinite(wait) ? { retryAfterMs: wait * 1000 } : {}),
      });
    case 401:
      return new Fault('unauthorized', 'The chat service does not accept the credential of the bot.', cause);
    case 403:
      return new Fault('forbidden', 'This conversation does not take messages of the bot.', cause);
    case 404:
      return new Fault('not-found', 'The conversation or the card is gone.', cause);
    case 408:
    case 412:
    case 500:
    case 502:
    case 503:
    case 504:
      return new Fault('unavailable', `The chat service answered ${statusCode}.`, cause);
    default: {
      const isNetwork = code === 'REQUEST_SEND_ERROR' || /^(E[A-Z]+|UND_ERR)/.test(code ?? '');
      return isNetwork ? new Fault('unavailable', 'The chat service cannot be reached.', cause) : error;
    }
  }
}
