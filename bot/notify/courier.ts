import type { Card } from '../cards/card.ts';
import type { Said } from '../turn.ts';
import type { Place } from './references.ts';

/**
 * Speaks first, without anybody having asked. Troubles are Faults: `throttled` and `unavailable` are worth another try,
 * `forbidden` means that this place does not want us, `not-found` that the place or the card is gone.
 */
export interface Courier {
  /** Answers the id of what was sent. */
  send(place: Place, said: Said): Promise<string>;
  /** Replaces a card that was sent before. */
  update(place: Place, activityId: string, card: Card): Promise<void>;
}
