/**
 * A process of its own, so that its memory is that of the sweep alone: three cycles over `FOLDER RESOURCES PACKS POINTS
 * SLICES`, the last three for each resource, a day apart. Prints a line of JSON a cycle, see `SweptCycle`.
 */
import { createRepository } from '../../engine/repository/openRepository.ts';
import { openKeys } from '../../engine/repository/openKeys.ts';
import { makeRecords } from '../../engine/records/makeRecords.ts';
import { instant } from '../../engine/model/ids.ts';
import { needsOf, partPacks } from '../../engine/backup/roundState.ts';
import { sweepOnce } from '../../engine/sweep/sweepOnce.ts';
import { sweepSettings } from '../../engine/sweep/sweepServices.ts';
import type { SweepServices } from '../../engine/sweep/sweepServices.ts';
import { memoryKeyWrapper } from '../../engine/testing/memoryKeyWrapper.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import { silentLog } from '../../engine/testing/silentLog.ts';
import { virtualClock } from '../../engine/testing/virtualClock.ts';
import { historyStore } from './sweepHistory.ts';
import type { SweptCycle } from './sweepCycle.ts';

const CYCLES = 3;
const [folder = '', ...numbers] = process.argv.slice(2);
const [resources = 0, packsEach = 0, pointsEach = 0, slicesEach = 0] = numbers.map(Number);

const clock = virtualClock();
const store = historyStore({ resources, packsEach, pointsEach, slicesEach }, clock, folder);
const { blobs, tables } = store;
const random = seededRandom('sweep');
const keys = { vault: memoryKeyWrapper('vault') };
const repository = await createRepository({ blobs, tables, random, clock }, keys, 'contoso');
const records = makeRecords({ blobs, tables, random, clock, sealer: repository });
for (let n = 0; n < resources; n++)
  await records.resources.put({
    id: store.idOf(n),
    workload: 'mail',
    kind: 'user',
    sourceId: `user-${n}`,
    name: `Person ${n}`,
    state: 'protected',
    firstSeenAt: instant(clock.now()),
  });
store.begin(await openKeys(blobs, keys, 'contoso'));

const services: SweepServices = {
  blobs,
  tables,
  housekeeping: repository.housekeeping,
  journal: { needsOf, partPacks },
  promises: async () => new Map(),
  records,
  condition: async () => ({ safeMode: false }),
  clock,
  random,
  log: silentLog(),
  settings: sweepSettings,
  signal: new AbortController().signal,
};

for (let cycle = 1; cycle <= CYCLES; cycle++) {
  store.calls.clear();
  store.madeUpMs = 0;
  const began = performance.now();
  const result = await sweepOnce(services);
  const swept: SweptCycle = {
    result,
    seconds: (performance.now() - began) / 1000,
    madeUpSeconds: store.madeUpMs / 1000,
    peak: process.resourceUsage().maxRSS * 1024,
    calls: Object.fromEntries(store.calls),
  };
  console.log(JSON.stringify(swept));
  clock.set(clock.now() + 26 * 3_600_000);
}
