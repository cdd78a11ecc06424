import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import { isFault } from '../fault.ts';
import { memoryTableStore } from '../testing/memoryTableStore.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { isRipe } from './removeObjects.ts';
import { sweepFlow } from './sweepFlow.ts';
import { sweepOnce } from './sweepOnce.ts';
import { sweepSettings } from './sweepServices.ts';
import { advance, readState } from './state.ts';
import type { ObjectRow } from './state.ts';
import { assertReadable, day, hour, sweepWorld } from './testing/sweepWorld.ts';
import type { SweepWorld } from './testing/sweepWorld.ts';

const now = Date.parse('2026-03-10T00:00:00.000Z');
const condemnedAt = (ago: number, state: ObjectRow['state'] = 'condemned'): ObjectRow => ({
  name: 'packs/aa/aa',
  state,
  at: now - ago,
  cycle: now - ago,
  etag: 'e',
});

/** One visible point, and what an expired one alone needed. */
async function prepared(): Promise<SweepWorld> {
  const world = await sweepWorld();
  const { source } = world.backup;
  source.folder('f1', 'Inbox');
  for (const version of [1, 2, 3]) {
    source.put('m1', 'f1', noise(3_000, version));
    await world.run();
  }
  world.nextDay();
  await world.expireAllBut(1);
  return world;
}

describe('what was condemned is ripe', () => {
  const cycle = { cycle: now, announced: now - 2 * day };
  const ripe = (object: ObjectRow, of = cycle): boolean => isRipe(object, of, now, sweepSettings);

  it('after a day, in a later cycle, when every job could know of it', () => {
    assert.ok(ripe(condemnedAt(2 * day)));
    assert.ok(ripe(condemnedAt(2 * day, 'retiring')));
    assert.ok(!ripe(condemnedAt(day - 1), { cycle: now, announced: now }), 'not a whole day');
    assert.ok(
      !ripe({ ...condemnedAt(2 * day), cycle: now - hour }, { cycle: now, announced: now }),
      'the cycles are too near',
    );
    assert.ok(!ripe(condemnedAt(2 * day), { cycle: now, announced: now - 3 * day }), 'nobody was told of that cycle');
  });

  it('never when it was removed already, or kept', () => {
    assert.ok(!ripe(condemnedAt(2 * day, 'deleted')));
    assert.ok(!ripe(condemnedAt(2 * day, 'kept')));
  });
});

describe('a removal', () => {
  it('is decided in a row before the blob goes', async () => {
    const world = await prepared();
    const { tables, blobs } = world.backup;
    await world.cycle();
    world.nextDay();
    const undecided: string[] = [];
    blobs.onMutation(({ name, after }) => {
      if (after !== undefined || !/^(packs|points|moved)\//.test(name)) return;
      const row = tables.peek('resources', 'sweep', `object/${name}`);
      if (row?.columns['state'] !== 'deleted') undecided.push(name);
    });
    const packs = world.names('packs/').length;
    await world.cycle();
    assert.ok(world.names('packs/').length < packs);
    assert.deepEqual(undecided, []);
  });
});

describe('the row by which a sweeper works', () => {
  it('lets one of two go on from the same state', async () => {
    const services = { tables: memoryTableStore(), random: seededRandom('state') };
    const first = await advance(services, await readState(services.tables), { cycle: 1 });
    const before = await readState(services.tables);
    assert.equal(before.etag, first.state.etag);
    await advance(services, before, { cycle: 2 });
    await assert.rejects(advance(services, before, { cycle: 3 }), (error) => isFault(error, 'stale-fence'));
    assert.equal((await readState(services.tables)).cycle, 2);
  });
});

describe('a list that shrank', () => {
  const flowOf = async (world: SweepWorld) =>
    sweepFlow({ ...(await world.start()).services, queue: world.backup.queue });

  it('is not accepted while nobody complained of it, nor while a sweep is at work', async () => {
    const world = await prepared();
    const flow = await flowOf(world);
    await assert.rejects(flow.acceptListing('system', 'we moved'), (error) => isFault(error, 'conflict'));
    await world.cycle();
    await assert.rejects(flow.acceptListing('system', 'we moved'), (error) => isFault(error, 'conflict'));
    const { services } = await world.start();
    const state = await readState(world.backup.tables);
    await advance(services, state, { busyUntil: world.backup.clock.now() + hour });
    await assert.rejects(flow.acceptListing('system', 'we moved'), /A cleanup is at work/);
    assert.equal((await flow.plan()).isRunning, true);
  });

  it('is accepted again and again, each time by name in the audit', async () => {
    const world = await prepared();
    const { blobs } = world.backup;
    const flow = await flowOf(world);
    for (const reason of ['first', 'second']) {
      const name = `packs/aa/${reason}`;
      await blobs.create('repository', name, noise(10, 1));
      assert.equal((await world.cycle()).kind, 'done');
      world.nextDay();
      blobs.tamper('repository', name, () => undefined);
      assert.equal((await world.cycle()).kind, 'refused');
      await flow.acceptListing('carl' as never, reason, 'Carl');
    }
    const { records } = (await world.backup.start()).services;
    const noted = (await records.audit.list()).value.filter(({ action }) => action === 'sweep.acceptListing');
    assert.deepEqual(
      noted.map(({ who, name }) => [who, name]),
      [
        ['carl', 'Carl'],
        ['carl', 'Carl'],
      ],
    );
  });
});

describe('what storage does not let go of by age', () => {
  it('counts as retained, and the cycle goes on', async () => {
    const world = await prepared();
    const { blobs } = world.backup;
    await blobs.create('exports', 'result', noise(10, 3));
    world.nextDay();
    blobs.protect((container) => container === 'exports');
    const result = await world.cycle();
    assert.ok(result.kind === 'done' && result.report.retained === 1);
    assert.equal(world.names('result').length, 1);
    const { repository } = await world.start();
    assert.equal(await assertReadable(repository, world.backup.resource), 1);
  });
});

describe('a defect while sweeping', () => {
  it('is thrown as it came and not told as a reason to stop', async () => {
    const world = await prepared();
    const { services } = await world.start();
    const defect = new TypeError('x is not a function');
    const failing = {
      ...services,
      journal: {
        ...services.journal,
        needsOf: () => {
          throw defect;
        },
      },
    };
    await assert.rejects(sweepOnce(failing), defect);
    assert.deepEqual(await services.records.outbox.list(), []);
  });
});
