import { waitsFor } from '../../contract/waits.ts';
import type { Instant } from '../../engine/model/ids.ts';
import type { Run } from '../../engine/model/run.ts';
import type { Texts } from '../texts.ts';
import { card, choices, facts, progress, type Button, type Card } from './card.ts';

export type ShownRun = Run & { readonly resumesAt?: Instant; readonly eta?: Instant };

export interface BackupChoice {
  readonly title: string;
  readonly value: string;
}

/** Asks before it starts; `draft` is the id under which the wish is kept. */
export function backupConfirmCard(
  text: Texts,
  wish: {
    readonly draft: string;
    readonly field: 'policyId' | 'resourceId';
    readonly choices: readonly BackupChoice[];
    readonly resources: number;
  },
): Card {
  const [first = { title: '', value: '' }] = wish.choices;
  return card(text, {
    heading: text('backup.heading'),
    summary:
      wish.choices.length > 1
        ? text('backup.which')
        : text('backup.confirm', { scope: first.title, count: wish.resources }),
    body:
      wish.choices.length > 1
        ? [choices(wish.field, text('backup.label'), wish.choices, first.value, text('backup.required'))]
        : [],
    buttons: [
      {
        title: text('button.backupNow'),
        act: {
          verb: 'backup.confirm',
          ...(wish.field === 'policyId' ? { policyId: first.value } : { resourceId: first.value }),
          version: wish.draft,
        },
        primary: true,
      },
      { title: text('button.cancel'), act: { verb: 'backup.dismiss' } },
    ],
  });
}

export const backupDismissedCard = (text: Texts): Card =>
  card(text, { heading: text('backup.heading'), summary: text('backup.dismissed') });

export const hasEnded = (run: Pick<Run, 'state'>): boolean => run.state === 'completed' || run.state === 'cancelled';

/** One run, live or ended. Once it ended there is nothing to cancel any more. */
export function jobCard(
  text: Texts,
  run: ShownRun,
  facing: {
    readonly scope: string;
    readonly mayCancel: boolean;
    readonly consoleUrl: string;
    readonly startedBy?: string;
  },
): Card {
  const { counts } = run;
  const done = counts.listed - counts.pending;
  const ended = hasEnded(run);
  const rows: [string, string][] = [
    [
      text('job.items'),
      text('job.itemCounts', {
        stored: counts.stored,
        reused: counts.reused,
        skipped: counts.skipped,
        failed: counts.failed,
      }),
    ],
    [text('job.read'), text.bytes(counts.bytesRead)],
    [text('job.started'), text.moment(run.startedAt)],
    ...(run.finishedAt === undefined ? [] : [[text('job.finished'), text.moment(run.finishedAt)] as [string, string]]),
    ...(run.reason === undefined ? [] : [[text('job.reason'), run.reason] as [string, string]]),
  ];
  const buttons: Button[] = [
    ...(facing.mayCancel && !ended && run.state !== 'cancelling'
      ? [
          {
            title: text('button.cancelRun'),
            act: { verb: 'run.cancel', runId: run.id, version: run.startedAt },
            destructive: true,
          } as const,
        ]
      : []),
    ...(ended ? [{ title: text('button.report'), act: { verb: 'run.report', runId: run.id } } as const] : []),
    { title: text('button.open'), url: facing.consoleUrl },
  ];
  return card(text, {
    heading: text('job.heading', { scope: facing.scope }),
    summary: stateSentence(text, run),
    body: [
      // While the listing goes on nobody knows how much there is: no bar.
      ...(run.state === 'running' && counts.listed > 0 ? [progress(done, counts.listed)] : []),
      facts(rows),
    ],
    buttons,
  });
}

export function stateSentence(text: Texts, run: ShownRun): string {
  const { counts } = run;
  switch (run.state) {
    case 'queued':
      return text('state.queued');
    case 'discovering':
      return text('state.discovering', { count: counts.listed });
    case 'running':
      return text('state.running', {
        done: text.number(counts.listed - counts.pending),
        all: text.number(counts.listed),
      });
    case 'waiting':
      return run.resumesAt === undefined
        ? text('state.waiting', { what: waitsFor(run.reason) })
        : text('state.waitingUntil', { what: waitsFor(run.reason), time: text.time(run.resumesAt) });
    case 'verifying':
      return text('state.verifying');
    case 'cancelling':
      return text('state.cancelling');
    case 'cancelled':
      return text('state.cancelled');
    case 'stalled':
      return text('state.stalled');
    case 'completed':
      return text(`status.${run.status ?? 'complete'}`);
  }
}
