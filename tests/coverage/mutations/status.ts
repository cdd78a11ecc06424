import type { Mutation } from './mutation.ts';

const status = 'engine/backup/status.test.ts';

/** What says how well a run went. */
export const statusMutations: readonly Mutation[] = [
  {
    name: 'failed items leave a run complete',
    file: 'engine/model/ledger.ts',
    find: 'counts.failed > 0 || ',
    replace: '',
    caughtBy: { file: status },
  },
  {
    name: 'what is still to do leaves a run complete',
    file: 'engine/model/ledger.ts',
    find: 'counts.pending > 0 || ',
    replace: '',
    caughtBy: { file: status },
  },
  {
    name: 'items without an outcome leave a run complete',
    file: 'engine/model/ledger.ts',
    find: ' || !isBalanced(counts)) return',
    replace: ') return',
    caughtBy: { file: status },
  },
  {
    name: 'nothing published is complete',
    file: 'engine/model/ledger.ts',
    find: "  if (!published) return 'failed';\n",
    replace: '',
    caughtBy: { file: status },
  },
  {
    name: 'skipped items count as stored',
    file: 'engine/model/ledger.ts',
    find: "counts.skipped > 0 ? 'completeWithSkips'",
    replace: "counts.skipped > 1 ? 'completeWithSkips'",
    caughtBy: { file: status },
  },
  {
    name: 'a whole is as good as its best part',
    file: 'engine/model/ledger.ts',
    find: '(rank[a] >= rank[b] ? a : b)',
    replace: '(rank[a] <= rank[b] ? a : b)',
    caughtBy: { file: status },
  },
  {
    name: 'a run ends while a resource is open',
    file: 'engine/backup/finishRun.ts',
    find: '    if (!isClosed(row)) return;\n',
    replace: '',
    caughtBy: { file: 'engine/backup/runs.test.ts' },
  },
  {
    name: 'a run that could not look everywhere is complete',
    file: 'engine/backup/finishRun.ts',
    find: "  if (run.reason !== undefined) return statuses.length === 0 ? 'failed' : worstStatus([...statuses, 'partial']);\n",
    replace: '',
    caughtBy: { file: status },
  },
  {
    name: 'a point forgets what earlier runs could not read',
    file: 'engine/backup/publishRound.ts',
    find: '  for (const entry of (await job.base())?.missing ?? []) missing.set(entry.itemId, entry);\n',
    replace: '',
    caughtBy: { file: 'engine/backup/troubles.test.ts' },
  },
  {
    name: 'a resource in trouble leaves the shield green',
    file: 'contract/verdict.ts',
    find: "  if (troubles.length > 0) return 'warn';\n",
    replace: '',
    caughtBy: { file: 'contract/verdict.test.ts' },
  },
  {
    name: 'what could not be looked at leaves the shield green',
    file: 'contract/verdict.ts',
    find: "  if (facts.unseen === true) return 'unseen';\n",
    replace: '',
    caughtBy: { file: 'contract/verdict.test.ts' },
  },
];
