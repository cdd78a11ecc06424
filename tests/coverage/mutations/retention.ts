import type { Mutation } from './mutation.ts';

const expire = 'engine/retention/expire.test.ts';
const decide = 'engine/retention/decideRetention.test.ts';

/** What lets a restore point go. */
export const retentionMutations: readonly Mutation[] = [
  {
    name: 'a hold that is set meanwhile is not seen',
    file: 'engine/retention/expire.ts',
    find: '(point) => mayGo(services, id, points, point, now)',
    replace: 'async (point) => (await mayGo(services, id, points, point, now)) || true',
    caughtBy: { file: expire, only: 'heeds a hold that is set after it began' },
  },
  {
    name: 'points go although the machine disagrees with the clock of storage',
    file: 'engine/retention/expire.ts',
    find: '    checkSkew(now, services.clock);\n',
    replace: '',
    caughtBy: { file: expire, only: 'decides by the clock of storage alone' },
  },
  {
    name: 'points go in safe mode',
    file: 'engine/retention/expire.ts',
    find: "  if (await services.isInSafeMode()) return refused(services, 'the records are not whole');\n",
    replace: '',
    caughtBy: { file: expire, only: 'lets nothing go in safe mode' },
  },
  {
    name: 'points go before it is written down',
    file: 'engine/retention/expire.ts',
    find: '  if (unfinished.length === 0) await noteExpiring(services, resource, going.slice(0, mostAtOnce));\n',
    replace: '',
    caughtBy: { file: expire, only: 'each written down before' },
  },
  {
    name: 'a point goes that somebody restores from',
    file: 'engine/retention/decideRetention.ts',
    find: "    if (facts.pins.has(point.id)) reasons.push({ text: 'being restored' });\n",
    replace: '',
    caughtBy: { file: expire, only: 'what a restore reads' },
  },
  {
    name: 'the brake holds nothing',
    file: 'engine/retention/decideRetention.ts',
    find: 'if (reasons.length === 0 && facts.brake)',
    replace: 'if (reasons.length === 0 && facts.brake?.of === -1)',
    caughtBy: { file: decide, only: 'with a brake on' },
  },
  {
    name: 'a hold is over before its time',
    file: 'engine/model/hold.ts',
    find: 'until > now',
    replace: 'until < now',
    caughtBy: { file: decide, only: 'keeps everything under a hold' },
  },
  {
    name: 'a partial point takes the place of a complete one',
    file: 'engine/retention/slots.ts',
    find: 'isComplete(point) && !isComplete(other)',
    replace: 'isComplete(point) && isComplete(other) && false',
    caughtBy: { file: decide, only: 'keeps the complete point of a slot' },
  },
  {
    name: 'the newest point goes while others stay',
    file: 'engine/repository/expiry.ts',
    find: '    if (id !== head.newestPoint) {\n      if (id === head.catalogPoint) return;\n',
    replace: '    if (id.length > 0) {\n',
    caughtBy: { file: 'engine/repository/expiry.test.ts', only: 'never takes the newest point' },
  },
  {
    name: 'a row is removed that changed meanwhile',
    file: 'engine/repository/expiry.ts',
    find: "{ kind: 'remove', key, ifMatch: etag },",
    replace: "{ kind: 'remove', key },",
    caughtBy: { file: 'engine/repository/expiry.test.ts', only: 'whose row was changed meanwhile' },
  },
  {
    name: 'shorter rules hold at once',
    file: 'engine/retention/heldRetention.ts',
    find: '  if (!isShorter) return undefined;\n',
    replace: '  if (!isShorter || isShorter) return undefined;\n',
    caughtBy: { file: 'engine/retention/heldRetention.test.ts' },
  },
];
