import {
  instant,
  type ItemId,
  type PolicyId,
  type RequestId,
  type ResourceId,
  type RunId,
  type UserId,
} from '../../engine/model/ids.ts';
import { noCounts } from '../../engine/model/ledger.ts';
import type { RequestState, RestoreRequest } from '../../engine/model/restoreRequest.ts';
import type { Card } from '../cards/card.ts';
import { backupConfirmCard, backupDismissedCard, jobCard, type ShownRun } from '../cards/job.ts';
import {
  askCard,
  channelWelcomeCard,
  errorCard,
  helpCard,
  noRoleCard,
  refusedCard,
  unknownCard,
} from '../cards/notes.ts';
import { coverageCard } from '../cards/coverage.ts';
import { approvalBaseCard, approvalListCard } from '../cards/approvals.ts';
import { requestCard, restoreFormCard, type RequestFacing } from '../cards/restore.ts';
import { noResultCard, resultCard, whichPersonCard } from '../cards/search.ts';
import { statusCard } from '../cards/status.ts';
import { shortened, textsFor } from '../texts.ts';
import { plainNames, type Names } from './sampleNames.ts';
import { sampleNotices } from './sampleNotices.ts';

const now = Date.parse('2026-11-21T09:42:00Z');
const at = (minutesAgo: number) => instant(now - minutesAgo * 60_000);
const hex = (digit: string) => digit.repeat(32);
const consoleUrl = 'https://holdfast.example/activity';

/** Every card there is, with made-up data. */
export function sampleCards(names: Names = plainNames, locale = 'en'): Readonly<Record<string, Card>> {
  const text = textsFor(locale, 'Europe/Berlin');
  const run: ShownRun = {
    id: hex('1') as RunId,
    policyId: hex('a') as PolicyId,
    startedBy: 'schedule',
    state: 'running',
    planned: true,
    counts: {
      ...noCounts,
      listed: 1248,
      stored: 700,
      reused: 96,
      skipped: 2,
      failed: 1,
      pending: 449,
      bytesRead: 812_000_000,
    },
    startedAt: at(12),
    heartbeatAt: at(0),
    alreadyRunning: [],
  };
  const ended: ShownRun = {
    ...run,
    state: 'completed',
    status: 'partial',
    finishedAt: at(1),
    reason: names.reason,
    counts: { ...run.counts, stored: 1149, pending: 0 },
  };
  const job = { scope: names.policy, mayCancel: true, consoleUrl };
  const request: RestoreRequest = {
    id: hex('3') as RequestId,
    state: 'ready',
    asker: { id: 'olga' as UserId, name: names.person, roles: ['Backup.RestoreOperator'] },
    selection: { items: [{ resourceId: hex('4') as ResourceId, itemId: hex('5') as ItemId }] },
    destination: { kind: 'newFolder' },
    conflict: 'keepBoth',
    includePermissions: false,
    reason: names.reason,
    createdAt: at(5),
    points: [],
    owners: ['anna'],
    version: 2,
    plan: {
      add: 3,
      keepBoth: 1,
      replace: 0,
      skip: 1,
      cannot: 0,
      bytes: 4_812_000,
      fidelity: { exact: 4, approximate: 0, lost: 0 },
      notes: ['One message is in the folder already and is skipped.'],
      needsApproval: false,
      noSecondPerson: false,
      plannedAt: at(4),
    },
  };
  const facing: RequestFacing = {
    view: 'asker',
    viewer: 'olga',
    ownerNames: [names.person],
    itemName: names.item,
    now,
    consoleUrl,
  };
  const counts = {
    total: 5,
    restored: 3,
    changedByService: 0,
    keptBoth: 1,
    replaced: 0,
    skipped: 1,
    failed: 1,
    bytes: 4_812_000,
  };
  const decision = { by: 'jo' as UserId, name: names.person, at: at(2), approved: true };
  const decider = { view: 'decider', viewer: 'ada', itemName: undefined } as const;
  const inState = (state: RequestState, change: Partial<RestoreRequest> = {}, as: Partial<RequestFacing> = {}) =>
    requestCard(text, { ...request, state, ...change }, { ...facing, ...as });
  const hit = {
    resourceId: hex('4'),
    itemId: hex('5'),
    at: hex('6'),
    name: names.item,
    workload: 'drive',
    owner: names.person,
    date: at(4000),
    size: 182_000,
    copyAt: at(110),
  };
  const understood = `name contains ${shortened(names.item)}, from or owned by ${shortened(names.person, 80)}, Tue, Nov 17, 2026 (Europe/Berlin time), including deleted`;
  const coverageFacing = { mayFix: true, consoleUrl, unprotectedUrl: consoleUrl, policiesUrl: consoleUrl };

  return {
    'help-admin': helpCard(text, {
      commands: ['status', 'backup', 'report', 'coverage', 'failures', 'find', 'restore', 'approvals', 'notifications'],
      selfService: true,
      consoleUrl,
    }),
    welcome: helpCard(text, {
      commands: ['status', 'find', 'restore'],
      selfService: true,
      consoleUrl,
      welcome: names.person,
    }),
    'welcome-not-enabled': helpCard(text, {
      commands: ['status'],
      selfService: false,
      consoleUrl,
      welcome: names.person,
    }),
    'welcome-channel': channelWelcomeCard(text),
    'status-tenant': statusCard(
      text,
      {
        kind: 'tenant',
        protected: 412,
        all: 418,
        verdict: {
          tone: 'bad',
          troubles: [
            { kind: 'overduePolicies', count: 1 },
            { kind: 'failing', count: 2 },
          ],
        },
        lastFinishedAt: at(110),
        nextAt: at(-560),
        running: { runId: run.id, state: 'running' },
      },
      now,
      { backup: true, failures: true, consoleUrl },
    ),
    'status-quiet': statusCard(
      text,
      {
        kind: 'tenant',
        protected: 418,
        all: 418,
        verdict: { tone: 'good', troubles: [] },
        lastFinishedAt: at(110),
        nextAt: at(-560),
      },
      now,
      { backup: true, failures: true, consoleUrl },
    ),
    'status-own': statusCard(
      text,
      {
        kind: 'own',
        resources: [
          { name: names.person, workload: 'mail', lastCopyAt: at(110) },
          { name: names.person, workload: 'drive' },
        ],
      },
      now,
      { backup: false, failures: false, consoleUrl },
    ),
    'backup-confirm': backupConfirmCard(text, {
      draft: hex('7'),
      field: 'policyId',
      choices: [{ title: names.policy, value: hex('a') }],
      resources: 418,
    }),
    'backup-which': backupConfirmCard(text, {
      draft: hex('7'),
      field: 'resourceId',
      choices: [
        { title: `${names.person} (mail)`, value: hex('b') },
        { title: `${names.person} (files)`, value: hex('c') },
      ],
      resources: 1,
    }),
    'backup-dismissed': backupDismissedCard(text),
    'job-running': jobCard(text, run, job),
    'job-waiting': jobCard(text, { ...run, state: 'waiting', resumesAt: at(-3) }, job),
    'job-ended': jobCard(text, ended, job),
    coverage: coverageCard(
      text,
      {
        safe: 412,
        wanted: 418,
        workloads: [
          { workload: 'drive', safe: 174, wanted: 178 },
          { workload: 'mail', safe: 238, wanted: 240 },
        ],
        gaps: [
          { state: 'notProtected', count: 3 },
          { state: 'failing', reason: names.reason, count: 2 },
          { state: 'firstBackup', count: 1 },
        ],
      },
      { ...coverageFacing, named: true },
    ),
    'coverage-channel': coverageCard(
      text,
      {
        safe: 417,
        wanted: 418,
        workloads: [{ workload: 'mail', safe: 417, wanted: 418 }],
        gaps: [{ state: 'failing', reason: names.reason, count: 1 }],
      },
      { ...coverageFacing, named: false },
    ),
    'coverage-none': coverageCard(
      text,
      { safe: 0, wanted: 0, workloads: [], gaps: [] },
      { ...coverageFacing, named: true },
    ),
    ...sampleNotices(text, names, { now, run, counts: ended.counts, consoleUrl }),
    'search-ask': askCard(text, 'restore'),
    'search-result': resultCard(text, {
      hits: [hit, { ...hit, workload: 'mail', from: names.person }, hit, hit, hit],
      understood,
      count: 12,
      more: true,
      unreadable: [names.person],
      consoleUrl,
    }),
    'search-which': whichPersonCard(text, {
      name: names.person,
      q: names.item,
      deleted: true,
      people: [
        { id: 'anna', name: names.person, address: 'anna.berg@contoso.example' },
        { id: 'anna2', name: names.person },
      ],
    }),
    'search-nothing': noResultCard(text, {
      understood,
      closest: { filter: 'dates', count: 7, sentence: names.item },
      sentence: names.item,
      deleted: false,
      stillLooking: false,
      unreadable: [],
      consoleUrl,
    }),
    unknown: unknownCard(text, names.item),
    'restore-form': restoreFormCard(text, {
      draft: hex('7'),
      resourceId: hex('4'),
      itemId: hex('5'),
      name: names.item,
      owner: names.person,
      workload: 'drive',
      copyAt: at(110),
      size: 182_000,
      isOwn: false,
      mayDownload: true,
    }),
    'restore-planning': inState('planning'),
    'restore-check': inState('ready'),
    'restore-check-approval': inState('ready', {
      plan: request.plan && { ...request.plan, needsApproval: true },
    }),
    'restore-check-alone': inState('ready', {
      plan: request.plan && { ...request.plan, noSecondPerson: true },
    }),
    'restore-waiting': inState('waiting', { startedAt: at(3) }),
    'restore-running': inState('running', { counts: { ...counts, restored: 2, failed: 0, skipped: 0 } }),
    'restore-done': inState(
      'done',
      { counts, finishedAt: at(1) },
      {
        failed: [
          {
            itemId: hex('5') as ItemId,
            resourceId: hex('4') as ResourceId,
            name: names.item,
            outcome: 'failed',
            reason: names.reason,
          },
        ],
      },
    ),
    'restore-undone': inState('done', { counts, finishedAt: at(1), undone: { at: at(0), removed: 3, kept: 1 } }),
    'restore-download': inState('done', { counts, destination: { kind: 'download' }, finishedAt: at(1) }),
    'restore-failed': inState('failed', { trouble: names.reason }),
    'restore-stopped': inState('failed', { trouble: names.reason, counts, goesOn: 'run', finishedAt: at(1) }),
    'restore-expired': inState('expired'),
    'approval-base': approvalBaseCard(text, {
      requestId: request.id,
      asker: names.person,
      createdAt: at(5),
      userIds: ['29:jo'],
      consoleUrl,
    }),
    'approval-decide': inState('waiting', { startedAt: at(3) }, decider),
    'approval-late': inState('approved', { decision }, decider),
    'approval-declined': inState('declined', { decision: { ...decision, approved: false, reason: names.reason } }),
    'approval-list': approvalListCard(
      text,
      [1, 2, 3, 4, 5].map((count) => ({
        requestId: hex(String(count)),
        asker: names.person,
        count,
        createdAt: at(count),
      })),
      { consoleUrl, more: true },
    ),
    'no-role': noRoleCard(text, 'member'),
    refused: refusedCard(text, names.reason),
    error: errorCard(text, names.reason, '1f2e3d4c'),
  };
}
