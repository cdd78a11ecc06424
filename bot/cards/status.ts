import type { TroubleKind, Verdict } from '../../contract/verdict.ts';
import type { Instant } from '../../engine/model/ids.ts';
import type { Texts } from '../texts.ts';
import { card, facts, words, type Button, type Card } from './card.ts';

export interface TenantStatus {
  readonly kind: 'tenant';
  readonly protected: number;
  readonly all: number;
  readonly verdict: Verdict;
  readonly lastFinishedAt?: Instant;
  readonly running?: { readonly runId: string; readonly state: string };
  readonly nextAt?: Instant;
}

export interface OwnStatus {
  readonly kind: 'own';
  readonly resources: readonly { readonly name: string; readonly workload: string; readonly lastCopyAt?: Instant }[];
}

/** What the list of failures tells more about. */
const ofResources: ReadonlySet<TroubleKind> = new Set(['failing', 'partial', 'notProtected', 'paused', 'failedRuns']);

export function statusCard(
  text: Texts,
  status: TenantStatus | OwnStatus,
  now: number,
  may: { readonly backup: boolean; readonly failures: boolean; readonly consoleUrl: string },
): Card {
  if (status.kind === 'own') return ownStatusCard(text, status, now, may.consoleUrl);
  const { protected: good, all, verdict, lastFinishedAt, nextAt, running } = status;
  const failing = verdict.troubles.some(({ kind }) => ofResources.has(kind));
  const rows: [string, string][] = [
    [
      text('status.last'),
      lastFinishedAt === undefined
        ? text('status.never')
        : text('status.when', { moment: text.moment(lastFinishedAt), ago: text.ago(lastFinishedAt, now) }),
    ],
    [text('status.protected'), text('status.protectedOf', { good: text.number(good), all: text.number(all) })],
    ...(nextAt === undefined ? [] : [[text('status.next'), text.moment(nextAt)] as [string, string]]),
    ...(running === undefined ? [] : [[text('status.now'), text('status.running')] as [string, string]]),
  ];
  const buttons: Button[] = [
    { title: text('button.details'), url: may.consoleUrl },
    ...(may.failures && failing ? [{ title: text('button.failures'), act: { verb: 'failures.show' } } as const] : []),
    ...(running === undefined
      ? may.backup
        ? [{ title: text('button.backupNow'), act: { verb: 'backup.ask' } } as const]
        : []
      : [{ title: text('button.showRun'), act: { verb: 'run.show', runId: running.runId } } as const]),
  ];
  return card(text, {
    heading: text('status.heading'),
    summary: text(`status.${verdict.tone}`),
    body: [...verdict.troubles.map(({ kind, count }) => words(text(`status.trouble.${kind}`, { count }))), facts(rows)],
    buttons,
  });
}

const ownStatusCard = (text: Texts, { resources }: OwnStatus, now: number, consoleUrl: string): Card =>
  card(text, {
    heading: text('status.own.heading'),
    summary: text('status.own.text', { count: resources.filter(({ lastCopyAt }) => lastCopyAt !== undefined).length }),
    body:
      resources.length === 0
        ? [words(text('status.own.none'), { subtle: true })]
        : [
            facts(
              resources.map(({ name, workload, lastCopyAt }) => [
                text('status.own.resource', { name, workload: workloadWord(text, workload) }),
                lastCopyAt === undefined
                  ? text('status.own.noCopy')
                  : text('status.when', { moment: text.moment(lastCopyAt), ago: text.ago(lastCopyAt, now) }),
              ]),
            ),
          ],
    buttons: [{ title: text('button.open'), url: consoleUrl }],
  });

/** As the first word of a line. */
export const workloadTitle = (text: Texts, workload: string): string =>
  workload === 'mail' ? text('workload.mail.title') : workload === 'drive' ? text('workload.drive.title') : workload;

/** What people call a workload. */
export const workloadWord = (text: Texts, workload: string): string =>
  workload === 'mail' ? text('workload.mail') : workload === 'drive' ? text('workload.drive') : workload;
