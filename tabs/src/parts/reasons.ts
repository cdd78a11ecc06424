import type { TextKey, Texts } from '../app/texts.tsx';

/** The closed list of reasons for which a backup leaves an item out. */
const skips: ReadonlySet<string> = new Set([
  'malware',
  'onenote-unreadable',
  'invalid-recipients',
  'source-corrupt',
  'event-instance-limit',
  'protected-unreadable',
  'too-large-for-graph',
  'no-content',
  'unsupported-type',
]);

/** A reason in words: the ones of the closed list are translated, others are the server's own sentences. */
export const reasonText = (text: Texts, reason: string | undefined): string =>
  reason === undefined ? text('reason.none') : skips.has(reason) ? text(`reason.${reason}` as TextKey) : reason;
