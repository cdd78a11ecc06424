import type { RequestId, RunId } from '../engine/model/ids.ts';
import type { Actor } from '../engine/restore/restoreFlow.ts';
import type { BotServices } from './botServices.ts';
import type { Card } from './cards/card.ts';
import type { Drafts } from './drafts.ts';
import type { Texts } from './texts.ts';

/** One message or press of somebody whom the channel verified, in one conversation. */
export interface Turn {
  readonly actor: Actor;
  readonly conversation: { readonly id: string; readonly kind: 'personal' | 'channel' | 'groupChat' };
  /** Names this conversation for what is kept about it, see `keyOf`. */
  readonly place: string;
  readonly texts: Texts;
  readonly now: number;
}

/** A turn with what answers it. */
export interface Asked extends Turn {
  readonly services: BotServices;
  readonly drafts: Drafts;
}

export type Said = { readonly text: string } | { readonly card: Card };

/** What a card goes on to show after it was sent. */
export type Follow =
  | { readonly kind: 'run'; readonly id: RunId }
  /** `undo`: until it is undone, not only until it is done. */
  | { readonly kind: 'restore'; readonly id: RequestId; readonly undo?: true };

export interface Answer {
  /** In the conversation it was asked in; after a press: in place of the card that was pressed. */
  readonly here: Said;
  /** To this person alone, in their own chat with the bot. */
  readonly privately?: Said;
  /** Keeps the card with the content (`privately`, else `here`) up to date until it ends. */
  readonly follow?: Follow;
}

export const sayCard = (card: Card, follow?: Follow): Answer => ({
  here: { card },
  ...(follow === undefined ? {} : { follow }),
});
