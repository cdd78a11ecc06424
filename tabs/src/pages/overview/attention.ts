import type { Health } from '../../../../contract/service.ts';
import type { Resource } from '../../../../contract/resources.ts';
import type { RestoreRequest } from '../../../../contract/restore.ts';
import type { Run } from '../../../../contract/runs.ts';
import { runTroubles } from '../../../../contract/verdict.ts';
import { addressOf } from '../../app/routing.ts';
import { careIssues } from './careIssues.ts';
import type { CareFacts } from './careIssues.ts';
import { isWanted } from './coverage.ts';
import type { TextKey, TextValues } from '../../app/texts.tsx';

export type Severity = 'critical' | 'action' | 'warning';

/** One cause that wants somebody, however many things it touches. */
export interface Issue {
  readonly id: string;
  readonly severity: Severity;
  readonly title: TextKey;
  readonly values: TextValues;
  readonly detail?: string;
  readonly address: string;
}

export interface Facts extends CareFacts {
  readonly health?: Health | undefined;
  readonly resources?: readonly Resource[] | undefined;
  readonly runs?: readonly Run[] | undefined;
  readonly waitingForMe?: readonly RestoreRequest[] | undefined;
}

const rank: Readonly<Record<Severity, number>> = { critical: 0, action: 1, warning: 2 };

/** What needs somebody, worst first, grouped by cause. */
export function issuesOf(facts: Facts, now = Date.now()): Issue[] {
  const issues = [
    ...dependencyIssues(facts.health),
    ...permissionIssues(facts.health),
    ...overdueIssues(facts.health),
    ...careIssues(facts, now),
    ...approvalIssues(facts.waitingForMe ?? []),
    ...resourceIssues(facts.resources ?? []),
    ...runIssues(facts.health?.troubledRuns ?? facts.runs ?? []),
  ].toSorted((a, b) => rank[a.severity] - rank[b.severity]);
  return issues.length === 0 && isWorse(facts.health) ? [unlisted(facts.health)] : issues;
}

/** The server says that something is wrong, whatever is shown here. */
export const isWorse = (health: Health | undefined): health is Health =>
  health?.verdict?.startsWith('Needs attention') === true;

const unlisted = ({ verdict = '' }: Health): Issue => ({
  id: 'server',
  severity: 'action',
  title: 'issue.unlisted',
  values: {},
  detail: verdict,
  address: addressOf('manage'),
});

const dependencyIssues = (health: Health | undefined): Issue[] =>
  (health?.dependencies ?? [])
    .filter(({ state }) => state === 'fails')
    .map(({ name, detail }) => ({
      id: `dependency ${name}`,
      severity: 'critical',
      title: 'issue.dependency',
      values: { name },
      detail,
      address: addressOf('activity'),
    }));

const permissionIssues = (health: Health | undefined): Issue[] => {
  const missing = (health?.permissions ?? []).filter(({ state }) => state === 'refused' || state === 'notEffectiveYet');
  return [...Map.groupBy(missing, ({ app, state }) => `${app} ${state}`)].flatMap(([id, probes]) => {
    const [first] = probes;
    if (first === undefined) return [];
    const names = probes.map(({ permission }) => permission).join(', ');
    const refused = first.state === 'refused';
    return [
      {
        id: `permission ${id}`,
        severity: refused ? 'critical' : 'warning',
        title: refused ? 'issue.permission' : 'issue.permissionLate',
        values: { names, count: probes.length },
        ...(first.advice === undefined ? {} : { detail: first.advice }),
        address: addressOf('protection'),
      } satisfies Issue,
    ];
  });
};

const overdueIssues = (health: Health | undefined): Issue[] =>
  (health?.overduePolicies ?? []).map(({ id, name, dueAt }) => ({
    id: `overdue ${id}`,
    severity: 'critical',
    title: 'issue.overdue',
    values: { name, due: new Date(dueAt) },
    address: addressOf('protection', ['policies', id]),
  }));

const approvalIssues = (waiting: readonly RestoreRequest[]): Issue[] =>
  waiting.length === 0
    ? []
    : [
        {
          id: 'approvals',
          severity: 'action',
          title: 'issue.approvals',
          values: { count: waiting.length },
          address: addressOf('activity', ['approvals']),
        },
      ];

const troubled: ReadonlySet<Resource['state']> = new Set(['failing', 'partial', 'notProtected', 'paused']);

/** Resources in trouble, grouped by the reason that the server gives. */
function resourceIssues(resources: readonly Resource[]): Issue[] {
  const bad = resources.filter((each) => isWanted(each) && troubled.has(each.state));
  return [...Map.groupBy(bad, ({ state, reason }) => `${state} ${reason ?? ''}`)].flatMap(([id, own]) => {
    const [first] = own;
    if (first === undefined) return [];
    const title = `issue.${first.state}` as TextKey;
    return [
      {
        id: `resources ${id}`,
        severity: first.state === 'failing' ? 'action' : 'warning',
        title,
        values: { count: own.length, name: first.name },
        ...(first.reason === undefined ? {} : { detail: first.reason }),
        address:
          own.length === 1
            ? addressOf('protection', ['resource', first.id])
            : addressOf('protection', [], { state: first.state }),
      } satisfies Issue,
    ];
  });
}

const runTitles = {
  failedRuns: 'issue.runFailed',
  stalledRuns: 'issue.stalled',
  partialRuns: 'issue.runPartial',
} as const;

/** The server's choice, where it may be seen: a list of the newest runs alone may not reach back to each policy's last. */
const runIssues = (runs: readonly Run[]): Issue[] =>
  runTroubles(runs).map(({ kind, run }) => ({
    id: `run ${run.id}`,
    severity: kind === 'partialRuns' ? 'warning' : 'action',
    title: runTitles[kind],
    values: { at: new Date(run.startedAt) },
    ...(run.reason === undefined ? {} : { detail: run.reason }),
    address: addressOf('activity', ['run', run.id]),
  }));
