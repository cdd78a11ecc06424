import type { Counts, RunStatus } from '../../engine/model/ledger.ts';
import type { WeeklyDigest } from '../../engine/backup/digest.ts';
import type { Texts } from '../texts.ts';
import { card, facts, words, type Button, type Card } from './card.ts';

export interface ReportFacts {
  readonly runId: string;
  readonly status: RunStatus;
  readonly before?: RunStatus;
  readonly finishedAt: string;
  readonly startedAt: string;
  readonly counts: Counts;
  readonly resources?: { readonly all: number; readonly good: number };
  readonly reason?: string;
  /** Resources that did not come through whole; names only for people who may read them. */
  readonly troubled: readonly { readonly name?: string; readonly reason?: string }[];
}

const mostNamed = 5;

/** What one run did. `named` is false in channels: counts and causes, nobody's name. */
export function reportCard(
  text: Texts,
  report: ReportFacts,
  facing: {
    readonly named: boolean;
    readonly consoleUrl: string;
    /** Why it was told without having been asked. */
    readonly because?: 'worse' | 'always';
    /** When a later run of the policy went well. */
    readonly fixedAt?: string;
    /** Told before, and not fixed since. */
    readonly still?: true;
    readonly mayRetry?: boolean;
    readonly maySnooze?: boolean;
  },
): Card {
  const { counts } = report;
  const seconds = Math.max(0, Math.round((Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 1000));
  const worse =
    facing.because === 'worse' || report.before === undefined
      ? []
      : [[text('report.before'), text(`status.${report.before}`)] as [string, string]];
  return card(text, {
    heading: text('report.heading'),
    summary:
      facing.fixedAt !== undefined
        ? text('report.fixed', { time: fixedTime(text, report.finishedAt, facing.fixedAt) })
        : facing.still === undefined
          ? text(`status.${report.status}`)
          : text('report.still', { moment: text.moment(report.finishedAt) }),
    body: [
      ...(facing.fixedAt === undefined && facing.still === undefined
        ? []
        : [words(text(`status.${report.status}`), { subtle: true })]),
      ...(report.reason === undefined || !facing.named ? [] : [words(report.reason)]),
      facts([
        ...(report.resources === undefined
          ? []
          : [
              [
                text('report.resources'),
                text('status.protectedOf', {
                  good: text.number(report.resources.good),
                  all: text.number(report.resources.all),
                }),
              ] as [string, string],
            ]),
        [text('report.changed'), text('report.changedCounts', { stored: counts.stored, removed: counts.removed })],
        [text('report.trouble'), text('report.troubleCounts', { failed: counts.failed, skipped: counts.skipped })],
        [
          text('report.size'),
          text('report.sizes', { read: text.bytes(counts.bytesRead), stored: text.bytes(counts.bytesStored) }),
        ],
        [
          text('report.when'),
          text('report.took', { moment: text.moment(report.finishedAt), duration: text.duration(seconds) }),
        ],
        ...worse,
      ]),
      ...(facing.named
        ? report.troubled.slice(0, mostNamed).map(({ name, reason }) =>
            words(text('report.troubled', { name: name ?? '', reason: reason ?? text('report.noReason') }), {
              small: true,
            }),
          )
        : []),
      ...(facing.because === undefined ? [] : [words(text(`why.${facing.because}`), { subtle: true, small: true })]),
    ],
    buttons: [
      { title: text('button.openReport'), url: facing.consoleUrl },
      ...(facing.fixedAt === undefined ? troubleButtons(text, { runId: report.runId }, facing) : []),
      ...(counts.failed > 0 || report.troubled.length > 0
        ? [{ title: text('button.failures'), act: { verb: 'failures.show' }, aside: true } as const]
        : []),
      ...(facing.because === undefined ? [] : [settingsButton(text)]),
    ],
  });
}

/** What can be done about a trouble: of one resource of a run, or of the whole run. */
const troubleButtons = (
  text: Texts,
  about: { readonly runId: string; readonly resourceId?: string },
  { mayRetry = false, maySnooze = false }: { readonly mayRetry?: boolean; readonly maySnooze?: boolean },
): readonly Button[] => [
  ...(mayRetry ? [{ title: text('button.retry'), act: { verb: 'failures.retry', ...about } } as const] : []),
  ...(maySnooze ? [{ title: text('button.snooze'), act: { verb: 'snooze.ask', ...about } } as const] : []),
];

/** Under everything that was told without being asked. */
export const settingsButton = (text: Texts): Button => ({
  title: text('button.notifications'),
  act: { verb: 'notifications.show' },
  aside: true,
});

/** The time alone on the same day. */
const fixedTime = (text: Texts, then: string, now: string): string =>
  text.day(then) === text.day(now) ? text.time(now) : text.moment(now);

/** A day, a week or a month in one card. */
export function digestCard(
  text: Texts,
  digest: WeeklyDigest,
  facing: {
    readonly consoleUrl: string;
    readonly scheduled?: 'weekly' | 'daily';
    /** What was not told by itself because its day had enough of it. */
    readonly left?: Left;
  },
): Card {
  const { runs, counts, resources } = digest;
  const all = runs.complete + runs.completeWithSkips + runs.partial + runs.failed;
  const bad = runs.partial + runs.failed;
  const verdict = all === 0 ? 'digest.none' : bad === 0 ? 'digest.good' : 'digest.bad';
  const shown =
    Object.values(resources).reduce((sum, count) => sum + count, 0) - (resources.excluded ?? 0) - (resources.gone ?? 0);
  return card(text, {
    heading: text('digest.heading', { from: text.day(digest.from), to: text.day(digest.to) }),
    summary: text(verdict, { all, bad }),
    body: [
      facts([
        [
          text('status.protected'),
          text('status.protectedOf', { good: text.number(resources.protected ?? 0), all: text.number(shown) }),
        ],
        [text('report.changed'), text('report.changedCounts', { stored: counts.stored, removed: counts.removed })],
        [text('report.trouble'), text('report.troubleCounts', { failed: counts.failed, skipped: counts.skipped })],
        [
          text('report.size'),
          text('report.sizes', { read: text.bytes(counts.bytesRead), stored: text.bytes(counts.bytesStored) }),
        ],
        ...careRows(text, digest.care),
      ]),
      ...leftLines(text, facing.left),
      ...(digest.auditHead === undefined
        ? []
        : [words(text('digest.auditHead', { ...digest.auditHead }), { subtle: true, small: true })]),
      ...(facing.scheduled === undefined
        ? []
        : [words(text(facing.scheduled === 'weekly' ? 'why.digest' : 'why.daily'), { subtle: true, small: true })]),
    ],
    buttons: [
      { title: text('button.openReport'), url: facing.consoleUrl },
      ...(bad > 0 ? [{ title: text('button.failures'), act: { verb: 'failures.show' } } as const] : []),
      ...(facing.scheduled === undefined ? [] : [settingsButton(text)]),
    ],
  });
}

/** What became of older copies. */
function careRows(text: Texts, care: WeeklyDigest['care']): readonly (readonly [string, string])[] {
  if (care === undefined) return [];
  const { gone, verification, drill, holdsInForce } = care;
  return [
    ...(gone === undefined
      ? []
      : [[text('digest.gone'), text('digest.goneCounts', { ...gone, bytes: text.bytes(gone.bytes) })] as const]),
    [
      text('digest.verified'),
      verification === undefined
        ? text('digest.never')
        : text('digest.verifiedAt', { moment: text.moment(verification.at), findings: verification.findings }),
    ],
    [
      text('digest.drill'),
      drill === undefined
        ? text('digest.never')
        : text('digest.drillAt', { moment: text.moment(drill.at), items: drill.items, failed: drill.failed }),
    ],
    [text('digest.holds'), text('digest.holdsCount', { count: holdsInForce })],
  ];
}

const mostLeft = 5;
/** The newest last, and how many beside them that nobody wrote down. */
interface Left {
  readonly lines: readonly string[];
  readonly more: number;
}
function leftLines(text: Texts, { lines, more }: Left = { lines: [], more: 0 }) {
  if (lines.length === 0) return [];
  const others = Math.max(0, lines.length - mostLeft) + more;
  return [
    words(text('digest.left'), { bold: true }),
    ...lines.slice(-mostLeft).map((line) => words(line, { small: true })),
    ...(others === 0 ? [] : [words(text('digest.left.more', { count: others }), { subtle: true, small: true })]),
  ];
}

export interface Cause {
  readonly reason: string;
  readonly count: number;
  readonly what: 'items' | 'resources';
  /** A few names, for people who may read them. */
  readonly examples: readonly string[];
}

/** At most five causes, the most frequent first. */
export const failuresCard = (
  text: Texts,
  causes: readonly Cause[],
  /** `told`: without having been asked. */
  facing: {
    readonly consoleUrl: string;
    readonly more: number;
    readonly told?: true;
    readonly trouble?: { readonly runId: string; readonly resourceId?: string };
    readonly mayRetry?: boolean;
    readonly maySnooze?: boolean;
  },
): Card =>
  card(text, {
    heading: text('failures.heading'),
    summary:
      causes.length === 0 ? text('failures.none') : text('failures.text', { count: causes.length + facing.more }),
    body: causes.flatMap(({ reason, count, what, examples }) => [
      words(text(`failures.${what}`, { reason, count }), { bold: true }),
      ...(examples.length === 0 ? [] : [words(examples.join(' · '), { subtle: true, small: true })]),
    ]),
    buttons: [
      { title: text('button.open'), url: facing.consoleUrl },
      ...(facing.trouble === undefined ? [] : troubleButtons(text, facing.trouble, facing)),
      ...(facing.told === undefined ? [] : [settingsButton(text)]),
    ],
  });
