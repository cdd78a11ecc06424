import type { Mutation } from './mutation.ts';

const flow = 'engine/restore/restoreFlow.test.ts';
const rightsNow = 'engine/restore/rightsNow.test.ts';

/** What brings each item back once, whole, and only to whom it may. */
export const restoreMutations: readonly Mutation[] = [
  {
    name: 'an item is written without a look for what arrived before',
    file: 'engine/restore/runRequest.ts',
    find: '(journal === undefined\n          ? undefined\n          : await connector.restore.find(place, container, entry, write(row), context));',
    replace: 'undefined;',
    caughtBy: { file: flow, only: 'a kill or a lost answer at any call of a restore' },
  },
  {
    name: 'the journal is written only when the target was touched',
    file: 'engine/restore/runRequest.ts',
    find: "      await put(row);\n      return row;\n    };\n    if (item.decision === 'skip'",
    replace: "      if ('result' in row) await put(row);\n      return row;\n    };\n    if (item.decision === 'skip'",
    caughtBy: { file: flow, only: 'a kill or a lost answer at any call of a restore' },
  },
  {
    name: 'after an unclear answer an item is written again at once',
    file: 'engine/restore/runRequest.ts',
    find: '          // Perhaps it arrived and only the answer was lost.\n          written = await connector.restore.find(place, container, entry, write(row), context);\n',
    replace: '',
    caughtBy: { file: flow, only: 'a lost answer, a throttle and a busy service' },
  },
  {
    name: 'what is the same is written once more',
    file: 'engine/restore/planRequest.ts',
    find: "    case 'skipIfSame':\n      return same === undefined\n",
    replace: "    case 'skipIfSame':\n      return same !== undefined\n",
    caughtBy: { file: flow, only: 'kept, skipped or replaced as asked' },
  },
  {
    name: 'one living object counts for two items',
    file: 'engine/restore/planRequest.ts',
    find: "if (against !== undefined && decision !== 'keepBoth') used.add(against.sourceId);",
    replace: "if (against !== undefined && decision === 'keepBoth') used.add(against.sourceId);",
    caughtBy: { file: 'engine/restore/planRequest.test.ts' },
  },
  {
    name: 'a newer object is replaced by an older one',
    file: 'engine/restore/planRequest.ts',
    find: 'Date.parse(one.modifiedAt) >= Date.parse(entry.modifiedAt)',
    replace: 'Date.parse(one.modifiedAt) < Date.parse(entry.modifiedAt)',
    caughtBy: { file: 'engine/restore/planRequest.test.ts' },
  },
  {
    name: 'the end of a stream is handed out before its hash was checked',
    file: 'engine/repository/readStream.ts',
    find: "if (hash !== undefined && hash.digest('hex') !== stream.sha256) {",
    replace: "if (hash !== undefined && hash.digest('hex') === '') {",
    caughtBy: { file: 'engine/repository/readStream.test.ts' },
  },
  {
    name: 'a chunk is handed out that is another',
    file: 'engine/repository/readStream.ts',
    find: '(part.chunk === undefined || chunkIdOf(core.ring, sha256Of(bytes)) === part.chunk);',
    replace: 'part.length >= 0;',
    caughtBy: { file: 'engine/repository/readStream.test.ts' },
  },
  {
    name: 'an approval counts although who gave it lost the role',
    file: 'engine/restore/checkStillAllowed.ts',
    find: '  if (!mayDecide({ id: by, name, roles }, request).allowed)\n',
    replace: '  if (!mayDecide({ id: by, name, roles }, request).allowed && by === name)\n',
    caughtBy: { file: rightsNow, only: 'the approval of somebody who lost the role' },
  },
  {
    name: 'who has no account any more gets data back',
    file: 'engine/restore/checkStillAllowed.ts',
    find: '  if (asksDirectory(request) && !(await services.isActive(asker.id)))\n',
    replace: '  if (asksDirectory(request) && asker.name === asker.id)\n',
    caughtBy: { file: rightsNow, only: 'who has no account any more' },
  },
  {
    name: 'people decide requests of their own',
    file: 'engine/restore/rights.ts',
    find: '  if (actor.id === request.asker.id)\n    return refused(',
    replace: '  if (actor.id === request.asker.id && actor.name === actor.id)\n    return refused(',
    caughtBy: { file: flow },
  },
  {
    name: 'an undo removes what somebody changed since',
    file: 'engine/restore/undoRequest.ts',
    find: "if (isFault(error, 'not-found', 'conflict')) return 'changed';",
    replace: "if (isFault(error, 'not-found', 'conflict')) return 'removed';",
    caughtBy: { file: 'engine/restore/doors.test.ts' },
  },
  {
    name: 'a pin ends before its time',
    file: 'engine/restore/pins.ts',
    find: '<= Date.parse(now) - clockMs) continue;',
    replace: '<= Date.parse(now) + clockMs) continue;',
    caughtBy: { file: 'engine/restore/pins.test.ts' },
  },
];
