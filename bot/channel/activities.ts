import {
  TeamsActivityHandler,
  type AdaptiveCardInvokeResponse,
  type AdaptiveCardInvokeValue,
  type MessagingExtensionAction,
  type MessagingExtensionActionResponse,
  type MessagingExtensionQuery,
  type MessagingExtensionResponse,
  CardFactory,
  TurnContext,
} from 'botbuilder';
import { CardAction } from '../../contract/cards.ts';
import { isFault } from '../../engine/fault.ts';
import type { UserId } from '../../engine/model/ids.ts';
import type { BotServices } from '../botServices.ts';
import { channelWelcomeCard } from '../cards/notes.ts';
import { auditUnreadPress } from '../commands/refuse.ts';
import type { Conversation } from '../conversation.ts';
import type { Courier } from '../notify/courier.ts';
import type { FollowedCard } from '../notify/notices.ts';
import { blockPlace, keepPlace, keyOf, placeOf, type Place } from '../notify/references.ts';
import { textsFor, type Texts } from '../texts.ts';
import type { Answer, Follow, Said, Turn } from '../turn.ts';
import { activityOf } from './courier.ts';
import { choiceList, readSentence } from './choiceList.ts';
import { dialogCard } from './dialogCard.ts';
import { clientZone, type Incoming } from './admission.ts';
import type { BotOptions } from './options.ts';
import { readChosenMessage } from './chosenMessage.ts';

interface Parts {
  readonly options: BotOptions;
  readonly services: BotServices;
  readonly conversation: Conversation;
  readonly courier: Courier;
}

/** A verified activity, and where it was said. */
interface Heard {
  readonly turn: Turn;
  readonly place: Place;
}

/** Activities in, answers out: translates between Teams and the conversation, and decides nothing. */
export class BotActivities extends TeamsActivityHandler {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
    this.onMessage(async (context) => this.#message(context));
    this.onMembersAdded(async (context) => {
      const { membersAdded, recipient } = context.activity;
      if (membersAdded?.some(({ id }) => id === recipient.id) === true) await this.#welcome(context);
    });
    this.onInstallationUpdateRemove(async (context) => this.#removed(context));
  }

  protected override async onAdaptiveCardInvoke(
    context: TurnContext,
    { action }: AdaptiveCardInvokeValue,
  ): Promise<AdaptiveCardInvokeResponse> {
    const heard = await this.#hear(context);
    if (heard === undefined) return invokeAnswer({ text: await this.#refuseGuest(context, action.verb) });
    const parsed = readAction({ ...(action.data as Readonly<Record<string, unknown>>), verb: action.verb });
    if (parsed === undefined) return invokeAnswer({ text: await this.#unread(heard, action.verb) });
    const answer = await this.#parts.conversation.onAction(heard.turn, parsed);
    await this.#aside(heard, answer, context.activity.replyToId);
    return invokeAnswer(answer.here);
  }

  protected override async handleTeamsMessagingExtensionFetchTask(
    context: TurnContext,
    action: MessagingExtensionAction,
  ): Promise<MessagingExtensionActionResponse> {
    const heard = await this.#hear(context, 'inPassing');
    if (heard === undefined) return dialog({ text: this.#guestText(context) });
    // Only its asker sees the dialog, wherever the message stands.
    const turn = inDialog(heard.turn);
    return dialog(
      (await this.#parts.conversation.onMessageAction(turn, readChosenMessage(action.messagePayload))).here,
    );
  }

  protected override async handleTeamsMessagingExtensionQuery(
    context: TurnContext,
    query: MessagingExtensionQuery,
  ): Promise<MessagingExtensionResponse> {
    const heard = await this.#hear(context, 'inPassing');
    if (heard === undefined) return choiceList({ text: this.#guestText(context) });
    // Only its reader sees the list, wherever the message is written.
    return choiceList(await this.#parts.conversation.onCompose(inDialog(heard.turn), readSentence(query)));
  }

  protected override async handleTeamsMessagingExtensionSubmitAction(
    context: TurnContext,
    action: MessagingExtensionAction,
  ): Promise<MessagingExtensionActionResponse> {
    const heard = await this.#hear(context, 'inPassing');
    if (heard === undefined) return dialog({ text: await this.#refuseGuest(context, verbOf(action.data)) });
    const parsed = readAction(action.data);
    if (parsed === undefined) return dialog({ text: await this.#unread(heard, verbOf(action.data)) });
    const answer = await this.#parts.conversation.onAction(inDialog(heard.turn), parsed);
    // A dialog closes; what goes on is shown in the person's own chat.
    if (answer.follow !== undefined && 'card' in answer.here)
      await this.#sendPrivately(heard.turn, answer.here, answer.follow);
    return dialog(answer.here);
  }

  async #message(context: TurnContext): Promise<void> {
    const heard = await this.#hear(context);
    const { value } = context.activity;
    if (heard === undefined) {
      const text = value === undefined ? this.#guestText(context) : await this.#refuseGuest(context, verbOf(value));
      await context.sendActivity(activityOf({ text }));
      return;
    }
    const { conversation } = this.#parts;
    const pressed = value === undefined ? undefined : readAction(value);
    if (value !== undefined && pressed === undefined) {
      await context.sendActivity(activityOf({ text: await this.#unread(heard, verbOf(value)) }));
      return;
    }
    if (heard.turn.conversation.kind === 'personal') await context.sendActivity({ type: 'typing' });
    const answer =
      pressed === undefined
        ? await conversation.onText(heard.turn, TurnContext.removeRecipientMention(context.activity) ?? '')
        : await conversation.onAction(heard.turn, pressed);
    const { replyToId } = context.activity;
    // Hosts without Action.Execute send a press as a message: its card changes in place all the same.
    if (pressed !== undefined && replyToId !== undefined && 'card' in answer.here && answer.privately === undefined) {
      await this.#parts.courier.update(heard.place, replyToId, answer.here.card);
      await this.#aside(heard, answer, replyToId);
      return;
    }
    const told = await this.#aside(heard, answer, undefined);
    const here = told === 'nowhere' ? { text: heard.turn.texts('channel.startPrivately') } : answer.here;
    const sent = await context.sendActivity(activityOf(here));
    if (answer.follow !== undefined && answer.privately === undefined && sent?.id !== undefined)
      await this.#follow(heard.place, sent.id, answer.follow, heard.turn);
  }

  /** What is for one person alone goes to their own chat; a pressed card goes on to follow. */
  async #aside({ turn, place }: Heard, answer: Answer, pressedCard: string | undefined): Promise<'told' | 'nowhere'> {
    if (answer.privately !== undefined) return this.#sendPrivately(turn, answer.privately, answer.follow);
    if (answer.follow !== undefined && pressedCard !== undefined)
      await this.#follow(place, pressedCard, answer.follow, turn);
    return 'told';
  }

  async #sendPrivately(turn: Turn, said: Said, follow: Follow | undefined): Promise<'told' | 'nowhere'> {
    const { services, courier } = this.#parts;
    const own = await placeOf(services.records, turn.actor.id);
    if (own === undefined || own.blocked === true) return 'nowhere';
    try {
      const activityId = await courier.send(own, said);
      if (follow !== undefined) await this.#follow(own, activityId, follow, turn);
      return 'told';
    } catch (error) {
      if (!isFault(error)) throw error;
      services.log.warn('bot.privateAnswerFailed', { kind: error.kind });
      if (isFault(error, 'forbidden', 'not-found')) await blockPlace(services.records, keyOf(own));
      return 'nowhere';
    }
  }

  async #follow(place: Place, activityId: string, follow: Follow, { actor, now }: Turn): Promise<void> {
    const card: FollowedCard = { kind: 'follow', to: keyOf(place), activityId, follow, reader: actor.id, since: now };
    await this.#parts.services.records.outbox.add(followId(keyOf(place), activityId, follow), card);
  }

  async #welcome(context: TurnContext): Promise<void> {
    const heard = await this.#hear(context);
    if (heard === undefined) return;
    const { turn, place } = heard;
    if (place.kind === 'personal') {
      await context.sendActivity(activityOf((await this.#parts.conversation.onWelcome(turn)).here));
      return;
    }
    await context.sendActivity(activityOf({ card: channelWelcomeCard(turn.texts) }));
  }

  async #removed(context: TurnContext): Promise<void> {
    const heard = await this.#hear(context);
    if (heard !== undefined) await blockPlace(this.#parts.services.records, keyOf(heard.place));
  }

  /**
   * Who speaks, with the roles they hold now, and where; undefined for guests without a role and for strangers. The place
   * is kept for what the bot says first, unless it hears `inPassing`: a message extension is used in chats of others, of
   * which the bot is no part.
   */
  async #hear(context: TurnContext, inPassing?: 'inPassing'): Promise<Heard | undefined> {
    const { options, services } = this.#parts;
    // Admitted before any handler: what is asked for here is there.
    const activity = context.activity as unknown as Incoming;
    const { from, conversation, recipient } = activity;
    const chatPerson = { id: from.id, name: from.name ?? undefined, aadObjectId: from.aadObjectId };
    const mapped = options.auth === 'none' ? options.demoPerson?.(chatPerson) : undefined;
    const person = mapped ?? { id: from.aadObjectId as UserId, name: from.name ?? '' };
    const actor = await services.actor(person.id, person.name);
    if (actor === undefined) return undefined;
    const kind = conversation.conversationType ?? 'personal';
    const texts = await this.#textsFor(activity, actor.id, kind === 'personal' ? 'one' : 'many');
    const place: Place = {
      kind,
      // Replies in a channel go to the channel, not into the thread that happened to be read.
      conversationId:
        kind === 'channel' ? (conversation.id.split(';messageid=')[0] ?? conversation.id) : conversation.id,
      serviceUrl: activity.serviceUrl,
      channelId: activity.channelId,
      tenantId: options.tenantId,
      bot: { id: recipient.id, name: recipient.name ?? 'Holdfast' },
      locale: texts.locale,
      timeZone: texts.timeZone,
      ...(kind === 'personal' ? { person: { id: actor.id, name: actor.name, chatId: from.id } } : {}),
    };
    if (inPassing === undefined) await keepPlace(services.records, place);
    const turn = {
      actor,
      conversation: { id: conversation.id, kind },
      place: keyOf(place),
      texts,
      now: services.clock.now(),
    };
    return { place, turn };
  }

  /** Presses and installations often come without language and zone: those that the person had last count. */
  async #textsFor(activity: Incoming, person: UserId, readers: 'one' | 'many'): Promise<Texts> {
    const zone = activity.localTimezone ?? clientZone(activity.entities);
    const isKnown = zone !== undefined && typeof activity.locale === 'string';
    const before = isKnown ? undefined : await placeOf(this.#parts.services.records, person);
    return textsFor(activity.locale ?? before?.locale, zone ?? before?.timeZone, readers);
  }

  /** A press of somebody who is nobody here. */
  async #refuseGuest(context: TurnContext, verb: unknown): Promise<string> {
    const { aadObjectId } = (context.activity as unknown as Incoming).from;
    await auditUnreadPress(this.#parts.services, aadObjectId as UserId, verb, 'guest');
    return this.#guestText(context);
  }

  /** A button of a card that an older version drew, or that somebody made up: nothing is done. */
  async #unread({ turn }: Heard, verb: unknown): Promise<string> {
    await auditUnreadPress(this.#parts.services, turn.actor.id, verb, 'unknown');
    return turn.texts('press.expired');
  }

  #guestText(context: TurnContext): string {
    return textsFor(context.activity.locale ?? 'en')('guest.refused');
  }
}

const followId = (to: string, activityId: string, { kind, id }: Follow): string =>
  `follow-${kind}-${id}@${Buffer.from(`${to} ${activityId}`).toString('base64url').slice(0, 200)}`;

const inDialog = (turn: Turn): Turn => ({ ...turn, conversation: { ...turn.conversation, kind: 'personal' } });

/** The press of a button; undefined for anything else. Teams adds a member of its own. */
function readAction(data: unknown): CardAction | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { msteams: _, ...rest } = data as Readonly<Record<string, unknown>>;
  // An empty field was left empty.
  const filled = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ''));
  return CardAction.safeParse(filled).data;
}

const verbOf = (data: unknown): unknown =>
  typeof data === 'object' && data !== null && 'verb' in data ? data.verb : undefined;

const invokeAnswer = (said: Said): AdaptiveCardInvokeResponse =>
  'card' in said
    ? { statusCode: 200, type: 'application/vnd.microsoft.card.adaptive', value: { ...said.card } }
    : {
        statusCode: 200,
        type: 'application/vnd.microsoft.activity.message',
        // Teams takes the bare text here, though the type of the library asks for an object.
        value: said.text as unknown as Record<string, unknown>,
      };

const dialog = (said: Said): MessagingExtensionActionResponse => ({
  task:
    'card' in said
      ? {
          type: 'continue',
          value: {
            title: 'Holdfast',
            width: 'medium',
            height: 'medium',
            card: CardFactory.adaptiveCard(dialogCard(said.card)),
          },
        }
      : { type: 'message', value: said.text },
});
