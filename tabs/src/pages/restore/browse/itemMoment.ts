import type { Item } from '../../../../../contract/resources.ts';

/** The time that people look for: when a message arrived, when a file was changed. */
export const itemMoment = (item: Item): string | undefined =>
  item.receivedAt ?? item.sentAt ?? item.modifiedAt ?? item.createdAt;
