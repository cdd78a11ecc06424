import { Fault } from '../fault.ts';
import type { Instant, UserId } from '../model/ids.ts';
import type { NewAuditEntry, Records, Versioned } from '../records/records.ts';

const NAME = 'keys';

/** What the records remember of the keys, so that key records that were taken away are missed. */
export interface KeyNotes {
  /** The newest epoch that was seen. */
  readonly epoch?: number;
  /** Wrap records of the newest epoch. */
  readonly wraps?: number;
  /** The last time that somebody typed the recovery key in force. */
  readonly proved?: { readonly at: Instant; readonly by: UserId | 'system'; readonly keyId: string };
  /** When people were last reminded to prove it. */
  readonly remindedAt?: Instant;
}

export const readKeyNotes = async (records: Pick<Records, 'settings'>): Promise<Versioned<KeyNotes> | undefined> =>
  records.settings.get<KeyNotes>(NAME);

/** `noted` takes effect with it. Fault `conflict` when somebody else wrote it since it was read. */
export async function changeKeyNotes(
  records: Pick<Records, 'settings'>,
  change: Partial<KeyNotes>,
  noted?: NewAuditEntry,
): Promise<void> {
  const stored = await readKeyNotes(records);
  await records.settings.put(NAME, { ...stored?.value, ...change }, stored?.etag, noted);
}

/** Fault `missing` when storage holds fewer key records than the records remember. */
export function insistOnNoted(notes: KeyNotes | undefined, epoch: number, wraps: number): void {
  const { epoch: notedEpoch = 0, wraps: notedWraps = 0 } = notes ?? {};
  if (epoch < notedEpoch) throw gone(`keys/${notedEpoch}`);
  if (epoch === notedEpoch && wraps < notedWraps) throw gone(`keys/${epoch}/${notedWraps}`);
}

const gone = (name: string): Fault =>
  new Fault(
    'missing',
    `${name} is missing from the repository container. Bring it back from a copy before anything is changed about the keys.`,
    { origin: 'storage' },
  );
