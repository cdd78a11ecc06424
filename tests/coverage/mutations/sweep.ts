import type { Mutation } from './mutation.ts';

const guards = 'engine/sweep/guards.test.ts';
const sweepOnce = 'engine/sweep/sweepOnce.test.ts';

/** What stands between an object and its removal. */
export const sweepMutations: readonly Mutation[] = [
  {
    name: 'what is younger than a day is condemned',
    file: 'engine/sweep/condemn.ts',
    find: 'return Date.parse(modifiedAt) <= at - cycle.settings.ageMs;',
    replace: 'return Date.parse(modifiedAt) <= at;',
    caughtBy: { file: sweepOnce, only: 'younger than a day' },
  },
  {
    name: 'what was condemned goes without its day',
    file: 'engine/sweep/removeObjects.ts',
    find: '  at <= now - settings.ageMs &&\n',
    replace: '',
    caughtBy: { file: sweepOnce, only: 'waits a day and four hours' },
  },
  {
    name: 'two cycles need no hours between them',
    file: 'engine/sweep/removeObjects.ts',
    find: '  cycle <= of.cycle - settings.apartMs &&\n',
    replace: '',
    caughtBy: { file: sweepOnce, only: 'waits a day and four hours' },
  },
  {
    name: 'what nobody was told of goes',
    file: 'engine/sweep/removeObjects.ts',
    find: '  cycle <= of.announced;\n',
    replace: '  cycle <= of.cycle;\n',
    caughtBy: { file: 'engine/sweep/decisions.test.ts' },
  },
  {
    name: 'the second look counts for nothing',
    file: 'engine/sweep/removeObjects.ts',
    find: 'const objects = [...cycle.objects.values()].filter(({ name }) => !scan.needed.has(name));',
    replace: 'const objects = [...cycle.objects.values()];',
    caughtBy: { file: 'engine/sweep/rewrite.test.ts' },
  },
  {
    name: 'what is needed after all stays on the list',
    file: 'engine/sweep/sweepOnce.ts',
    find: '  await spare(cycle, found);\n',
    replace: '',
    caughtBy: { file: 'engine/sweep/zombies.test.ts' },
  },
  {
    name: 'the blob goes before the decision stands in a row',
    file: 'engine/sweep/cycle.ts',
    find: '      const bundle = await this.#moveBundle(names.slice(from, from + mostChanges), to, counts);\n      await done(bundle);\n',
    replace:
      '      await done(names.slice(from, from + mostChanges));\n      await this.#moveBundle(names.slice(from, from + mostChanges), to, counts);\n',
    caughtBy: { file: 'engine/sweep/decisions.test.ts' },
  },
  {
    name: 'a pin that came since the scan is not seen',
    file: 'engine/sweep/removeObjects.ts',
    find: '    if (isThere(cycle, name) && !scan.needed.has(name))\n',
    replace: '    if (isThere(cycle, name) && scan.needed.has(name) && cycle.now < 0)\n',
    caughtBy: { file: guards, only: 'while the sweep is about to remove it' },
  },
  {
    name: 'jobs that know too little keep their fence',
    file: 'engine/sweep/scanResource.ts',
    find: '(head.knows ?? 0) >= plan.raiseBelow',
    replace: 'plan.raiseBelow >= 0',
    caughtBy: { file: 'engine/sweep/zombies.test.ts' },
  },
  {
    name: 'lost tables count as nothing needed',
    file: 'engine/sweep/scanResource.ts',
    find: '    if (roots.size === 0 && slices.size === 0) return;\n',
    replace: '    if (roots.size >= 0) return;\n',
    caughtBy: { file: guards, only: 'when the tables of a resource were lost' },
  },
  {
    name: 'what the open journal names is not needed',
    file: 'engine/sweep/scanResource.ts',
    find: '  if (head.headSlice !== undefined) await scanJournal(services, id, head, head.headSlice, found, workedOn);\n',
    replace: '',
    caughtBy: { file: 'engine/sweep/zombies.test.ts' },
  },
  {
    name: 'a list that shrank is believed',
    file: 'engine/sweep/cycle.ts',
    find: "    insistOnGrowth(isTold ? { ...counts, 'points/': Infinity, 'slices/': Infinity } : counts, listed, removed);\n",
    replace: '',
    caughtBy: { file: guards, only: 'when the list of storage shrank' },
  },
  {
    name: 'a sweep works in safe mode',
    file: 'engine/sweep/sweepOnce.ts',
    find: "  if ((await services.condition()).safeMode) return { kind: 'idle' };\n",
    replace: '',
    caughtBy: { file: sweepOnce, only: 'does nothing in safe mode' },
  },
  {
    name: 'two sweepers work at once',
    file: 'engine/sweep/state.ts',
    find: "{ kind: 'update', row, ifMatch: before.etag }",
    replace: "{ kind: 'put', row }",
    caughtBy: { file: 'engine/sweep/decisions.test.ts' },
  },
  {
    name: 'a pack written anew is trusted before it was read back',
    file: 'engine/repository/repack.ts',
    find: '  for (const { pack, length } of written) await readBack(core, work.kind, pack, length);\n',
    replace: '',
    caughtBy: { file: 'engine/sweep/rewriteTroubles.test.ts' },
  },
  {
    name: 'a pack goes before the record of where its segments lie',
    file: 'engine/repository/repack.ts',
    find: '    await writeMoved(core, recordOf(',
    replace: '    if (work.packs.length === 0) await writeMoved(core, recordOf(',
    caughtBy: { file: 'engine/sweep/rewrite.test.ts', only: 'everything stays readable' },
  },
];
