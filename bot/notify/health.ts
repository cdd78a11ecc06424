import type { Instant } from '../../engine/model/ids.ts';
import { changeKept, listKept, readKept, type KeptRecords } from '../keptRows.ts';
import type { Place } from './references.ts';

/** A notice that was given up. */
export interface LostNotice {
  readonly id: string;
  readonly at: Instant;
  /** Kind of the fault that it met last. */
  readonly trouble: string;
}

export interface BotHealth {
  /** Newest first, the last twenty. */
  readonly lost: readonly LostNotice[];
  /** People and channels that do not take messages any more. */
  readonly blocked: number;
}

const key = 'health:lost';
const mostKept = 20;

export async function noteLost(records: KeptRecords, notice: LostNotice): Promise<void> {
  await changeKept<readonly LostNotice[]>(records, key, (lost = []) => [notice, ...lost].slice(0, mostKept));
}

/** For Health: what the bot could not tell, and to how many it may not speak. */
export async function readBotHealth(records: KeptRecords): Promise<BotHealth> {
  let blocked = 0;
  for await (const { value } of listKept<Place>(records, 'place:')) if (value.blocked === true) blocked++;
  return { lost: (await readKept<readonly LostNotice[]>(records, key)) ?? [], blocked };
}
