import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../fault.ts';
import type { Repository } from '../repository/repository.ts';
import { boundary, faultAt, type BoundaryFault } from '../testing/boundary.ts';
import {
  assertBalanced,
  assertTrue,
  backupWorld,
  endState,
  smallSettings,
  type BackupWorld,
  type WorldOptions,
} from './testing/backupWorld.ts';
import { noise } from './testing/noise.ts';

/** What a scripted source gives at once. */
const PIECE_BYTES = 65_536;

const lost = new Fault('invalid', 'It cannot be read', { origin: 'graph', code: 'ErrorOdd' });

interface Scenario {
  readonly options?: WorldOptions;
  /** What the source holds before the run that is disturbed; `backUp` makes an undisturbed run. */
  prepare(world: BackupWorld): Promise<void>;
}

const files = (world: BackupWorld, ids: readonly string[], parent: string): void => {
  for (const id of ids) world.source.put(id, parent, `content of ${id}`);
};

const scenarios: Readonly<Record<string, Scenario>> = {
  'first backup': {
    async prepare({ source }) {
      source.folder('f1', 'Inbox');
      source.put('old', 'f1', 'from long ago', { receivedAt: '2020-01-01T00:00:00.000Z' });
      for (const id of ['m1', 'm2', 'm3']) source.put(id, 'f1', `content of ${id}`);
      source.break('m2', 'malware');
    },
  },
  incremental: {
    async prepare(world) {
      world.source.folder('f1', 'Inbox');
      files(world, ['m1', 'm2', 'm3', 'm4'], 'f1');
      await world.run();
      world.nextSlot();
      world.source.put('m1', 'f1', 'changed');
      world.source.put('m5', 'f1', 'new');
      world.source.remove('m2');
      world.source.replay('m3', 'm3');
    },
  },
  move: {
    async prepare(world) {
      world.source.folder('f1', 'Inbox');
      world.source.folder('f2', 'Archive');
      files(world, ['m1', 'm2'], 'f1');
      await world.run();
      world.nextSlot();
      world.source.move('m1', 'f2');
      world.source.move('m1', 'f1');
      world.source.move('m2', 'f2');
    },
  },
  'removed folder of a drive': {
    options: { style: 'drive', workload: 'drive' },
    async prepare(world) {
      const { source } = world;
      source.folder('f1', 'Projects');
      source.folder('f2', 'Old', 'f1');
      source.folder('f3', 'Kept');
      files(world, ['m1', 'm2'], 'f2');
      files(world, ['m3'], 'f3');
      await world.run();
      world.nextSlot();
      source.move('m2', 'f3');
      source.remove('f1');
    },
  },
  resync: {
    async prepare(world) {
      world.source.folder('f1', 'Inbox');
      files(world, ['m1', 'm2', 'm3'], 'f1');
      await world.run();
      world.nextSlot();
      world.source.remove('m2');
      world.source.put('m3', 'f1', 'changed meanwhile');
      world.source.expire('throw');
    },
  },
  'large item': {
    options: { style: 'drive', workload: 'drive', settings: { jobMs: 200 } },
    async prepare({ source }) {
      source.put('a-small', undefined, 'small');
      source.put('b-large', undefined, noise(2_200_000));
    },
  },
  'failed before': {
    async prepare(world) {
      const { source } = world;
      files(world, ['m1', 'm2', 'm3'], 'f0');
      source.folder('f0', 'Inbox');
      source.break('m2', 'source-corrupt');
      source.break('m1', lost);
      source.break('m3', lost);
      await world.run();
      world.nextSlot();
      source.break('m1', undefined);
      source.remove('m3');
    },
  },
};

/** Runs `scenario` with `fault` at call `number` of the disturbed process; 0 disturbs nothing. */
async function disturbed(scenario: Scenario, number: number, fault: BoundaryFault, seed?: string) {
  const world = await backupWorld({ ...scenario.options, ...(seed !== undefined && { seed }) });
  await scenario.prepare(world);
  const process = boundary(faultAt(number, fault));
  const given = world.source.bytesGiven;
  const run = await world.survive(process);
  const { services } = await world.start();
  await assertTrue(world, services.repository);
  await assertBalanced(services.records, run);
  const end = await endState(world, run);
  const read = world.source.bytesGiven - given;
  const limit = await mostReadAgain(world, scenario, services.repository);
  if ((await services.repository.points.head(world.resource)).openRun !== undefined) await assertFree(world);
  return { end, calls: process.calls, hits: process.hits, read, limit };
}

/**
 * Bytes that a kill may cost: those of one slice, and of the items asked for together with its last. Of an item larger than
 * a slice it is what came since the last cut, and a cut is made at the end of the chunk that fills the slice; by then one
 * more piece may have come from the source.
 */
async function mostReadAgain(world: BackupWorld, { options }: Scenario, repository: Repository): Promise<number> {
  const { sliceBytes, sliceItems } = { ...smallSettings, ...options?.settings };
  const sizes = [...world.source.items.values()].map(({ content }) => content?.byteLength ?? 0);
  const small = Math.max(0, ...sizes.filter((size) => size <= sliceBytes));
  const ofSmallOnes = (sliceItems + world.source.connector.fetchBatch) * small;
  if (sizes.every((size) => size <= sliceBytes)) return ofSmallOnes;

  const [newest] = (await repository.points.list(world.resource)).points;
  if (newest === undefined) throw new Error('There is no restore point');
  let chunk = 0;
  for await (const { streams } of (await repository.points.open(world.resource, newest.id)).entries())
    for (const { parts } of streams) chunk = Math.max(chunk, ...parts.map(({ length }) => length));
  return Math.max(ofSmallOnes, sliceBytes + chunk + PIECE_BYTES);
}

/** A run that was killed right at its end still names the resource as its own; the next run takes it all the same. */
async function assertFree(world: BackupWorld): Promise<void> {
  world.nextSlot();
  const { services } = await world.start();
  const next = (await services.records.runs.get(await world.run()))?.value;
  assert.deepEqual(next?.alreadyRunning, []);
  assert.equal(next?.state, 'completed');
}

/** Tries `kinds` of faults at every call of `scenario` and compares each end with the undisturbed one. */
async function assertUnmoved(scenario: Scenario, kinds: readonly BoundaryFault[], seed?: string): Promise<void> {
  const calm = await disturbed(scenario, 0, 'kill-before', seed);
  for (const { number, name } of calm.calls) {
    for (const fault of number === 1 ? new Set<BoundaryFault>(['kill-before', ...kinds]) : kinds) {
      const at = `${fault} at call ${number} (${name})`;
      const hurt = await disturbed(scenario, number, fault, seed).catch((error: unknown) => {
        throw new Error(at, { cause: error });
      });
      assert.equal(hurt.hits.length, 1, `${at} came to pass`);
      assert.deepEqual(hurt.end, calm.end, at);
      const again = hurt.read - calm.read;
      assert.ok(again <= calm.limit, `${at} read ${again} bytes again, more than ${calm.limit}`);
    }
  }
}

describe('a kill at every call', () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    // Before a call is after the one before it: both are tried where several calls are on their way at once.
    const kinds: BoundaryFault[] = name === 'incremental' ? ['kill-before', 'kill-after'] : ['kill-after'];
    it(`changes nothing about the end of: ${name}`, () => assertUnmoved(scenario, kinds));
  }
});

describe('a kill while a large item is read', () => {
  for (const seed of (process.env['KILL_SEEDS'] ?? 'one').split(','))
    it(`costs a slice and a chunk at most, wherever the content is cut: ${seed}`, () =>
      assertUnmoved(scenarios['large item'] as Scenario, ['kill-after'], seed));
});

describe('a call that fails, or whose answer gets lost', () => {
  it('changes nothing about the end', () =>
    assertUnmoved(scenarios['incremental'] as Scenario, ['fail-before', 'fail-after']));
});
