/** What the terminal says while a backup runs. Pure: snapshots and times in, lines out. */

import { waitsFor } from '../../contract/waits.ts';

export interface RunSnapshot {
  readonly id: string;
  readonly state: string;
  readonly status?: string;
  readonly counts: {
    readonly listed: number;
    readonly stored: number;
    readonly reused: number;
    readonly skipped: number;
    readonly failed: number;
    readonly vanished: number;
    readonly outOfScope: number;
    readonly pending: number;
    readonly containers: number;
    readonly bytesRead: number;
  };
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly resumesAt?: string;
  readonly reason?: string;
}

interface Sample {
  readonly atMs: number;
  readonly listed: number;
  readonly items: number;
  readonly bytes: number;
}

/** A rate over less is noise, over more it is history. */
const WINDOW_MS = 20_000;
/** Before this part is done the rest cannot be estimated honestly. */
const ESTIMATE_FROM = 0.1;

/** Mails and files; folders are in the ledger too, but nobody counts them as items. */
const listedItems = ({ counts }: RunSnapshot) => counts.listed - counts.containers;
export const doneItems = (run: RunSnapshot) => listedItems(run) - run.counts.pending;
export const keptItems = ({ counts }: RunSnapshot) => counts.stored + counts.reused - counts.containers;
export const hasEnded = ({ state }: RunSnapshot) => state === 'completed' || state === 'cancelled';

/** Follows one run and says in one line how it is. */
export class Progress {
  readonly #samples: Sample[] = [];

  line(run: RunSnapshot, nowMs: number): string {
    this.#samples.push({ atMs: nowMs, listed: run.counts.listed, items: doneItems(run), bytes: run.counts.bytesRead });
    while ((this.#samples[0]?.atMs ?? nowMs) < nowMs - WINDOW_MS) this.#samples.shift();
    switch (run.state) {
      case 'queued':
        return 'Backup is about to start';
      case 'discovering':
        return `Looking for mailboxes and drives · ${whole(run.counts.listed)} items found`;
      case 'waiting':
        return [waiting(run), amounts(run)].join(' · ');
      case 'stalled':
        return `The backup has not moved for a while and is taken up again · ${amounts(run)}`;
      default:
        return ['Backing up', amounts(run), ...this.#rates(), ...this.#timeLeft(run)].join(' · ');
    }
  }

  #rates(): string[] {
    const { items, bytes } = this.#perSecond();
    return items === 0 && bytes === 0 ? [] : [`${whole(Math.round(items))} items/s`, `${megabytes(bytes)} MB/s`];
  }

  #timeLeft(run: RunSnapshot): string[] {
    const { items } = this.#perSecond();
    const isEarly = doneItems(run) < listedItems(run) * ESTIMATE_FROM;
    // While mailboxes and drives are still being listed nobody knows how much there is.
    const isGrowing = run.counts.listed > (this.#samples[0]?.listed ?? 0);
    if (isEarly || isGrowing || items === 0 || run.counts.pending === 0) return [];
    const seconds = run.counts.pending / items;
    const [least, most] = [duration(seconds), duration(seconds * 1.5)];
    return [least === most ? `about ${least} left` : `about ${least} to ${most} left`];
  }

  #perSecond(): { items: number; bytes: number } {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs === first.atMs) return { items: 0, bytes: 0 };
    const seconds = (last.atMs - first.atMs) / 1000;
    return { items: (last.items - first.items) / seconds, bytes: (last.bytes - first.bytes) / seconds };
  }
}

/** The one line at the end of a backup. */
export function completionLine(run: RunSnapshot, isFirst = true): string {
  const name = isFirst ? 'First backup' : 'Backup';
  const seconds = (Date.parse(run.finishedAt ?? run.startedAt) - Date.parse(run.startedAt)) / 1000;
  const numbers = `${whole(keptItems(run))} items, ${megabytes(run.counts.bytesRead)} MB, ${Math.max(0, seconds).toFixed(1)} s`;
  if (run.state === 'cancelled') return `${name} was cancelled: ${numbers}`;
  if (run.status === 'failed') return `${name} failed: ${run.reason ?? 'see Activity in the console'}`;
  return `${name} completed: ${numbers}`;
}

/** What did not go well, to be said after the completion line; undefined when all went well. */
export function troubleLine({ counts, status }: RunSnapshot): string | undefined {
  if (status === undefined || status === 'complete') return undefined;
  const parts = [
    counts.skipped > 0 ? `${whole(counts.skipped)} skipped for a known reason` : undefined,
    counts.failed > 0 ? `${whole(counts.failed)} failed and tried again next time` : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0
    ? undefined
    : `Of them not everything went well: ${parts.join(', ')}. Activity in the console names each.`;
}

/** What it waits for, when it tries again, and why: who reads this looks for the trouble where it is. */
function waiting({ reason, resumesAt }: RunSnapshot): string {
  const what = waitsFor(reason) === 'storage' ? 'storage' : 'Microsoft 365';
  const next = resumesAt === undefined ? '' : ` (next try ${clock(resumesAt)})`;
  return `Waiting for ${what}${next}${reason === undefined ? '' : `: ${reason}`}`;
}

function amounts(run: RunSnapshot): string {
  const total = run.state === 'waiting' || run.counts.pending > 0 ? ` of ${whole(listedItems(run))}` : '';
  return `${whole(doneItems(run))}${total} items · ${megabytes(run.counts.bytesRead)} MB`;
}

const numberFormat = new Intl.NumberFormat('en');
const whole = (value: number) => numberFormat.format(value);
const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1);
const clock = (instant: string) => new Date(instant).toTimeString().slice(0, 5);

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}
