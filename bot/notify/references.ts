import { createHash } from 'node:crypto';
import type { UserId } from '../../engine/model/ids.ts';
import { textsFor, type Texts } from '../texts.ts';
import { changeKept, listKept, readKept, type KeptRecords } from '../keptRows.ts';

/** Where the bot can say something: one person's own chat with it, or a channel or group chat it was added to. */
export interface Place {
  readonly kind: 'personal' | 'channel' | 'groupChat';
  readonly conversationId: string;
  readonly serviceUrl: string;
  readonly channelId: string;
  readonly tenantId: string;
  readonly bot: { readonly id: string; readonly name: string };
  readonly locale: string;
  readonly timeZone: string;
  /** In personal chats: who it is, in Entra and in the chat. */
  readonly person?: { readonly id: UserId; readonly name: string; readonly chatId: string };
  /** Said no (403): nothing is sent there any more until somebody speaks there again. */
  readonly blocked?: boolean;
}

const personKey = (person: UserId): string => `place:person:${person}`;
const groupKey = (conversationId: string): string =>
  `place:group:${createHash('sha256').update(conversationId).digest('hex').slice(0, 32)}`;
/** Names a place inside notices. */
export const keyOf = (place: Place): string =>
  place.person === undefined ? groupKey(place.conversationId) : personKey(place.person.id);

/** In the language and on the clocks of whoever reads there. */
export const textsOf = ({ locale, timeZone, kind }: Place): Texts =>
  textsFor(locale, timeZone, kind === 'personal' ? 'one' : 'many');

export const isPlaceKey = (key: string): boolean => key.startsWith('place:');

/** Remembers where somebody spoke; writes only when that changed. */
export async function keepPlace(records: KeptRecords, place: Place): Promise<void> {
  await changeKept<Place>(records, keyOf(place), (current) =>
    current !== undefined && JSON.stringify(current) === JSON.stringify(place) ? current : place,
  );
}

/** The bot was removed, or may not speak there. */
export async function blockPlace(records: KeptRecords, key: string): Promise<void> {
  const known = await readKept<Place>(records, key);
  if (known === undefined || known.blocked === true) return;
  await changeKept<Place>(records, key, (current = known) => ({ ...current, blocked: true }));
}

export const placeOf = (records: KeptRecords, person: UserId): Promise<Place | undefined> =>
  readKept<Place>(records, personKey(person));
export const placeNamed = (records: KeptRecords, key: string): Promise<Place | undefined> =>
  readKept<Place>(records, key);

/** Every kept place that may be spoken to. */
export async function* openPlaces(records: KeptRecords): AsyncIterable<Place> {
  for await (const { value } of listKept<Place>(records, 'place:')) if (value.blocked !== true) yield value;
}
