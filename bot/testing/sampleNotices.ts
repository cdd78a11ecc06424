import { instant, type UserId } from '../../engine/model/ids.ts';
import type { Counts } from '../../engine/model/ledger.ts';
import type { Card } from '../cards/card.ts';
import type { ShownRun } from '../cards/job.ts';
import { notificationsCard } from '../cards/notifications.ts';
import { ownerCard } from '../cards/owner.ts';
import { digestCard, failuresCard, reportCard } from '../cards/report.ts';
import { snoozeCard, snoozedCard } from '../cards/snooze.ts';
import type { Texts } from '../texts.ts';
import { sampleAlarms } from './sampleAlarms.ts';
import type { Names } from './sampleNames.ts';

/** What comes without having been asked, and the switches for it. */
export function sampleNotices(
  text: Texts,
  names: Names,
  {
    now,
    run,
    counts,
    consoleUrl,
  }: { readonly now: number; readonly run: ShownRun; readonly counts: Counts; readonly consoleUrl: string },
): Readonly<Record<string, Card>> {
  const at = (minutesAgo: number) => instant(now - minutesAgo * 60_000);
  const report = {
    runId: run.id,
    status: 'partial' as const,
    startedAt: at(12),
    finishedAt: at(1),
    counts,
    resources: { all: 418, good: 412 },
    reason: names.reason,
    troubled: [{ name: names.person, reason: names.reason }],
  };
  const digest = {
    kind: 'weeklyDigest' as const,
    from: at(10_080),
    to: at(0),
    runs: { complete: 13, completeWithSkips: 0, partial: 1, failed: 0 },
    counts,
    resources: { protected: 412, failing: 2, partial: 4 },
    care: {
      gone: { points: 1_204, objects: 388, bytes: 61_000_000_000 },
      holdsInForce: 3,
      verification: { at: at(2_880), findings: 0 },
      drill: { at: at(4_320), items: 240, failed: 2 },
    },
  };

  const trouble = { mayRetry: true, maySnooze: true };
  const plan = { day: 1, at: '08:00' };
  return {
    notifications: notificationsCard(text, {
      version: 3,
      where: 'own',
      digest: 'weekly',
      plan,
      troubles: 'on',
      approvals: true,
      muted: at(-1440),
      snoozed: 1,
      quiet: { from: '22:00', to: '07:00', critical: 'pass' },
      mayChange: true,
      consoleUrl,
    }),
    'notifications-member': notificationsCard(text, {
      version: 0,
      where: 'own',
      plan,
      approvals: false,
      quiet: { from: '22:00', to: '07:00', critical: 'off' },
      mayChange: true,
      consoleUrl,
    }),
    'notifications-channel': notificationsCard(text, {
      version: 0,
      where: 'here',
      digest: 'daily',
      plan: { ...plan, timeZone: 'Europe/Berlin' },
      troubles: 'on',
      approvals: false,
      muted: 'fixed',
      mayChange: false,
      consoleUrl,
    }),
    'report-fixed': reportCard(text, report, { named: true, consoleUrl, because: 'worse', fixedAt: at(-90) }),
    report: reportCard(text, report, { named: true, consoleUrl, because: 'worse', ...trouble }),
    'report-channel': reportCard(
      text,
      { ...report, troubled: [] },
      {
        named: false,
        consoleUrl,
        because: 'worse',
        ...trouble,
      },
    ),
    digest: digestCard(text, digest, { consoleUrl, scheduled: 'weekly' }),
    failures: failuresCard(
      text,
      [
        { reason: names.reason, count: 3, what: 'resources', examples: [names.person] },
        { reason: 'ErrorItemCorrupt', count: 12, what: 'items', examples: [names.item] },
      ],
      { consoleUrl, more: 0, trouble: { runId: run.id }, ...trouble },
    ),
    'report-still': reportCard(
      text,
      { ...report, status: 'failed' },
      {
        named: true,
        consoleUrl,
        because: 'worse',
        still: true,
        ...trouble,
      },
    ),
    'digest-left': digestCard(text, digest, {
      consoleUrl,
      scheduled: 'daily',
      left: {
        lines: [1, 2, 3, 4, 5, 6].map((count) => text('digest.left.items', { name: names.person, count })),
        more: 20,
      },
    }),
    owner: ownerCard(
      text,
      {
        asker: { id: 'olga' as UserId, name: names.person, roles: [] },
        counts: {
          total: 3,
          restored: 3,
          changedByService: 0,
          keptBoth: 0,
          replaced: 0,
          skipped: 0,
          failed: 0,
          bytes: 1,
        },
        destination: { kind: 'newFolder' },
        finishedAt: at(1),
      },
      { consoleUrl },
    ),
    snooze: snoozeCard(text, { name: names.policy, about: { runId: run.id } }),
    snoozed: snoozedCard(text, { name: names.policy, until: at(-1440), runId: run.id }),
    ...sampleAlarms(text, names, { at, consoleUrl }),
    'failures-none': failuresCard(text, [], { consoleUrl, more: 0 }),
  };
}
