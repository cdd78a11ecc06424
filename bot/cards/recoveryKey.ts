import type { RecoveryKeyUnproven } from '../../engine/keys/remind.ts';
import type { Texts } from '../texts.ts';
import { card, type Card } from './card.ts';

/** A quarter went by in which nobody tried the recovery key: time to see that somebody still has it. */
export const recoveryKeyCard = (text: Texts, { since, wasProved }: RecoveryKeyUnproven, consoleUrl: string): Card =>
  card(text, {
    heading: text('recoveryKey.heading'),
    summary: text(wasProved ? 'recoveryKey.proved' : 'recoveryKey.never', { since: text.day(since) }),
    buttons: [{ title: text('button.proveKey'), url: consoleUrl }],
  });
