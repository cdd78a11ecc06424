import type { BotServices } from '../botServices.ts';
import type { Message, Notice } from './notices.ts';
import { readPreferences } from './preferences.ts';
import { isQuietAt } from './quietHours.ts';
import type { Recoveries } from './recovery.ts';
import type { Place } from './references.ts';
import { isCritical } from './severity.ts';

export interface Delivery {
  readonly sent: number;
  readonly updated: number;
  /** Not sent now, tried again later. */
  readonly waiting: number;
  /** Given up. */
  readonly lost: number;
}

/** What one round works with, read once for all that waits. */
export interface Round {
  readonly waiting: readonly { readonly id: string; readonly message: Message }[];
  readonly looksForFixed: boolean;
  /** Looked at when first asked for. */
  readonly recoveries: () => Promise<Recoveries>;
}

/** `overslept`: it was held through quiet hours, in which what it tells was mended. */
export async function quietFor(
  { records, clock }: Pick<BotServices, 'records' | 'clock'>,
  place: Place,
  { to, about }: Pick<Notice, 'to' | 'about'>,
  now: Round,
): Promise<'none' | 'now' | 'overslept'> {
  const { quiet } = await readPreferences(records, to);
  if (quiet === undefined || (quiet.critical === 'pass' && isCritical(about))) return 'none';
  if (isQuietAt(quiet, place.timeZone, clock.now())) return 'now';
  if (about.kind !== 'runReport' || about.because !== 'worse') return 'none';
  const { finishedAt, policyId } = about;
  const wasHeld = isQuietAt(quiet, place.timeZone, Date.parse(finishedAt));
  return wasHeld && (await now.recoveries()).wellSince(finishedAt, policyId) !== undefined ? 'overslept' : 'none';
}
