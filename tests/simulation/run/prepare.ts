import { createRepository } from '../../../engine/repository/openRepository.ts';
import { memoryBlobStore } from '../../../engine/testing/memoryBlobStore.ts';
import { memoryKeyWrapper } from '../../../engine/testing/memoryKeyWrapper.ts';
import { memoryQueue } from '../../../engine/testing/memoryQueue.ts';
import { memoryTableStore } from '../../../engine/testing/memoryTableStore.ts';
import { seededRandom } from '../../../engine/testing/seededRandom.ts';
import type { Land } from '../kernel/land.ts';
import { World } from '../kernel/world.ts';
import { allEnded, logicalState } from '../oracle/endState.ts';
import { Inspector } from '../oracle/inspector.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { simTenant } from '../tenant/simTenant.ts';

const START = Date.parse('2026-03-02T08:04:00.000Z');
const HOUR = 3_600_000;

/** Where every run of a scenario starts. */
export interface Prepared {
  readonly scenario: Scenario;
  readonly land: Land;
  readonly beside?: Land;
  readonly startAt: number;
}

export async function prepare(scenario: Scenario): Promise<Prepared> {
  const beside = scenario.beside && (await prepare(scenario.beside)).land;
  const clock = { now: () => START, sleep: async () => undefined };
  const blobs = memoryBlobStore({ clock, pageSize: 3 });
  const tables = memoryTableStore({ pageSize: 50 });
  const key = memoryKeyWrapper('vault');
  const tenant = simTenant({
    clock,
    people: scenario.people,
    ...(scenario.tenantId !== undefined && { tenantId: scenario.tenantId }),
  });
  const land: Land = { blobs, tables, queue: memoryQueue({ clock }), key, tenant };
  const random = seededRandom(`${scenario.name}/keys`);
  await createRepository({ blobs, tables, random, clock }, { vault: key }, tenant.tenantId);

  const broken: unknown[] = [];
  const world = new World(land, {
    ...scenario.options,
    seed: `${scenario.name}/prepare`,
    startAt: START,
    onDefect: (_where, error) => void broken.push(error),
  });
  const inspector = await Inspector.open(world.land, world.clock);
  let isPrepared = false;
  const preparing = scenario.prepare(world).then(() => (isPrepared = true));
  const isOver = async (): Promise<boolean> => isPrepared && world.isIdle && (await allEnded(inspector));
  const isDone = await world.run(START + 24 * 14 * HOUR, isOver);
  world.deployment.stop();
  if (broken.length > 0) throw new Error(`Scenario ${scenario.name} broke undisturbed`, { cause: broken[0] });
  if (!isDone)
    throw new Error(
      `Scenario ${scenario.name} was not prepared within two weeks: ${JSON.stringify(await logicalState(inspector))}`,
    );
  await preparing;
  return {
    scenario,
    land: world.land,
    ...(beside && { beside }),
    startAt: Math.ceil(world.time.now / HOUR) * HOUR + 4 * 60_000,
  };
}
