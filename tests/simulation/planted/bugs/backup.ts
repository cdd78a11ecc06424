import type { PlantedBug } from '../plantedBug.ts';

/** What a backup may forget, pass over or be stopped by. */
export const backupBugs: readonly PlantedBug[] = [
  {
    name: 'cursor before manifest',
    breaks: ['I3'],
    harm: 'A crash between two writes, and what Microsoft 365 said in between is never backed up.',
    patches: [
      {
        file: 'engine/backup/listChanges.ts',
        find: `    const { cursor, resyncs } = this;
    await this.#job.commit({`,
        replace: `    const { cursor, resyncs } = this;
    await this.#job.commit({ state: (state) => ({ ...state, ...(cursor !== undefined && { cursor }), listed: ended }) });
    await this.#job.commit({`,
      },
    ],
    caughtBy: { file: 'engine/backup/kills.test.ts', only: 'changes nothing about the end of: incremental' },
    simulated: 'delta',
  },
  {
    name: 'delta-only snapshot',
    breaks: ['I5'],
    harm: 'A restore point shows what changed since the last one, and nothing else.',
    patches: [
      {
        file: 'engine/repository/publish.ts',
        find: 'const items = await merge(previous?.items ?? [], changes.items);',
        replace: 'const items = await merge([], changes.items);',
      },
    ],
    caughtBy: { file: 'engine/backup/backupResource.test.ts' },
    simulated: 'delta',
  },
  {
    name: 'freeze on one bad item',
    breaks: ['I11'],
    harm: 'One message that cannot be read stops the backup of its mailbox for ever.',
    patches: [
      {
        file: 'engine/backup/storeContent.ts',
        find: `    case 'failed':
      slice.failed(line.id, line.item, fetched.fault);
      break;`,
        replace: `    case 'failed':
      throw fetched.fault;`,
      },
    ],
    caughtBy: { file: 'engine/backup/troubles.test.ts', only: 'stop nobody else' },
    simulated: 'bad-mail',
  },
  {
    name: 'advance past failure without ledger',
    breaks: ['I3', 'I9', 'I10'],
    harm: 'What could not be read is in no backup and on no list, and the run is green.',
    patches: [
      {
        file: 'engine/backup/contentSlice.ts',
        find: "this.#settle(id, item, 'failed', fault.code === undefined ? fault.message : `${fault.message} (${fault.code})`);",
        replace: "this.#settle(id, item, 'reused');",
      },
    ],
    caughtBy: { file: 'engine/backup/troubles.test.ts', only: 'stop nobody else|whose body ends too early' },
    simulated: 'bad-mail',
  },
  {
    name: 'skip on storage error',
    breaks: ['I8'],
    harm: 'While storage is full, items count as dealt with that are stored nowhere.',
    patches: [
      {
        file: 'engine/backup/readSource.ts',
        find: 'if (!(error instanceof ReadFailed)) throw error;',
        replace: 'if (!(error instanceof ReadFailed)) return error as Fault;',
      },
    ],
    caughtBy: { file: 'tests/simulation/planted/gaps/storageWhileReading.test.ts' },
  },
  {
    name: 'ignore `deleted` facet',
    breaks: ['I7'],
    harm: 'Files that were deleted stay in every later restore point as if they were there.',
    patches: [
      {
        file: 'workloads/drive/changes.ts',
        find: 'if (item.deleted !== undefined && item.deleted !== null) {',
        replace: 'if (item.deleted === undefined && item.id === undefined) {',
      },
    ],
    caughtBy: { file: 'workloads/drive/reading.test.ts', only: 'lists a deleted folder with all that hung under it' },
    simulated: 'move-chain',
  },
  {
    name: 'skip size check',
    breaks: ['I1', 'I4'],
    harm: 'A download that broke off in the middle is kept as the whole file.',
    patches: [
      {
        file: 'engine/backup/readSource.ts',
        find: 'part.size === undefined || part.size === stream.size',
        replace: 'part.size === undefined || stream.size >= 0',
      },
    ],
    caughtBy: { file: 'engine/backup/troubles.test.ts', only: 'whose body ends too early' },
  },
  {
    name: 'format downgrade on 403',
    breaks: ['F11'],
    harm: 'Consent for exact copies is withdrawn, and the backup quietly keeps less than before.',
    patches: [
      {
        file: 'workloads/mail/exports.ts',
        find: "if (memory.hasSucceeded(userId) && isFault(error, 'forbidden', 'not-found')) throw error;",
        replace: '',
      },
    ],
    caughtBy: { file: 'workloads/mail/oddities.test.ts', only: 'consent for exact copies is withdrawn' },
    simulated: 'many-tiny',
    shownBy: 'exports-forbidden',
  },
  {
    name: 'Retry-After ignored',
    breaks: ['I35'],
    harm: 'Microsoft 365 asks for a pause and is asked on all the same, until it blocks the whole tenant.',
    patches: [
      {
        file: 'graph/retryAfter.ts',
        find: `  if (value === undefined) return undefined;
  const text`,
        replace: `  if (value === undefined || value !== '') return undefined;
  const text`,
      },
    ],
    caughtBy: { file: 'workloads/testing/oddAnswers.test.ts', only: 'waits for the time that' },
    simulated: 'delta',
    shownBy: 'throttle',
  },
];
