import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readRunLedger } from '../backup/runLedger.ts';
import { noise } from '../backup/testing/noise.ts';
import type { RequestId, RunId, SliceId } from '../model/ids.ts';
import { boundary, everyFault } from '../testing/boundary.ts';
import type { BoundaryPlan } from '../testing/boundary.ts';
import { sweepOnce } from './sweepOnce.ts';
import { assertReadable, day, hour, survive, sweepWorld } from './testing/sweepWorld.ts';
import type { SweepWorld } from './testing/sweepWorld.ts';

/** Ends the process when slice `number` of its run is durable and no head names it. */
function killBeforeCommit(number = 1): BoundaryPlan {
  let slices = 0;
  let isNext = false;
  return ({ name, on }) => {
    if (isNext) return 'kill-before';
    if (name === 'blobs.create' && on[0] === 'journal' && ++slices === number) isNext = true;
    return undefined;
  };
}

/** Slices that the head leads to. */
async function chainOf(world: SweepWorld): Promise<readonly string[]> {
  const { repository } = await world.start();
  const { resource } = world.backup;
  const names: string[] = [];
  for (let id = (await repository.points.head(resource)).headSlice; id !== undefined;) {
    names.push(`slices/${resource}/${id}`);
    id = (await repository.openSlice(resource, id)).predecessor;
  }
  return names;
}

/** Two runs, each of them killed once before a commit: the chain is whole, and two slices are in none. */
async function killedTwice(): Promise<SweepWorld> {
  const world = await sweepWorld();
  const { source } = world.backup;
  source.folder('f1', 'Inbox');
  for (const version of [1, 2]) {
    source.put('m1', 'f1', noise(3_000, version));
    world.backup.nextSlot();
    await world.backup.survive(boundary(killBeforeCommit()));
  }
  return world;
}

async function orphansOf(world: SweepWorld): Promise<readonly string[]> {
  const chain = await chainOf(world);
  return world.names('slices/').filter((name) => !chain.includes(name));
}

describe('slices of jobs that were killed before their commit', () => {
  it('are condemned after a day and gone after the second cycle; the chain stays', async () => {
    const world = await killedTwice();
    const chain = await chainOf(world);
    assert.equal((await orphansOf(world)).length, 2);
    await world.cycle();
    assert.equal((await orphansOf(world)).length, 2);
    world.nextDay();
    await world.cycle();
    assert.equal((await orphansOf(world)).length, 2, 'young ones are not even condemned');
    world.nextDay();
    await world.cycle();
    assert.deepEqual(world.names('slices/').toSorted(), chain.toSorted());
    for (let cycles = 0; cycles < 12; cycles++) {
      world.nextDay();
      assert.equal((await world.cycle()).kind, 'done');
    }
    assert.deepEqual(world.names('slices/').toSorted(), chain.toSorted(), 'ledgers stay');
  });

  it('are found when many runs came after them, and when the sweep lost its notes', async () => {
    const world = await killedTwice();
    await world.cycle();
    for (let runs = 0; runs < 3; runs++) {
      world.backup.source.put('m1', 'f1', noise(3_000, 10 + runs));
      await world.run();
    }
    for (const { container, name } of world.backup.blobs.dump())
      if (container === 'derived') await world.backup.blobs.remove('derived', name);
    for (let cycles = 0; cycles < 2; cycles++) {
      world.nextDay();
      await world.cycle();
    }
    assert.deepEqual(world.names('slices/').toSorted(), (await chainOf(world)).toSorted());
  });

  it('stay when the job slept and commits after all', async () => {
    const world = await killedTwice();
    world.nextDay();
    await world.cycle();
    const { repository } = await world.start();
    const head = await repository.points.head(world.backup.resource);
    const [orphan] = await orphansOf(world);
    const id = orphan?.split('/')[2] as SliceId;
    const before = await repository.openSlice(world.backup.resource, id);
    await world.backup.blobs.remove('journal', orphan ?? '');
    await repository.putSlice({ ...before, predecessor: head.headSlice as SliceId });
    world.backup.clock.set(world.backup.clock.now() - 30 * hour);
    await repository.points.commit(head, { headSlice: id, step: head.step + 1 });
    world.backup.clock.set(world.backup.clock.now() + 30 * hour);
    for (let cycles = 0; cycles < 3; cycles++) {
      world.nextDay();
      assert.equal((await world.cycle()).kind, 'done');
    }
    assert.ok(world.names('slices/').includes(orphan ?? ''));
  });

  it('are not taken for slices behind a damaged one: what these are nobody can say', async () => {
    const world = await killedTwice();
    for (let item = 0; item < 12; item++) world.backup.source.put(`n${item}`, 'f1', noise(500, item));
    await world.run();
    const chain = await chainOf(world);
    const [, second] = chain;
    assert.ok(second !== undefined && chain.length > 6);
    for (const change of [() => undefined, (bytes: Uint8Array) => bytes.fill(7, 40, 60)]) {
      const fork = world.fork();
      fork.backup.blobs.tamper('journal', second, change);
      for (let cycles = 0; cycles < 3; cycles++) {
        fork.nextDay();
        assert.equal((await fork.cycle()).kind, 'done');
      }
      const left = fork.names('slices/');
      assert.ok(chain.filter((name) => name !== second).every((name) => left.includes(name)));
    }
  });

  it('are not the ledgers of a run whose head was put back, as after lost tables', async () => {
    const world = await killedTwice();
    const runs = (await (await world.backup.start()).services.records.runs.list()).value;
    const run = runs[0]?.id as RunId;
    const ledger = async () => (await readRunLedger((await world.backup.start()).services, run)).value.length;
    const lines = await ledger();
    assert.ok(lines > 0);
    const { tables, resource } = world.backup;
    tables.tamper('resources', resource, 'head', ({ columns: { headSlice: _gone, ...columns }, ...row }) => ({
      ...row,
      columns,
    }));
    for (let cycles = 0; cycles < 3; cycles++) {
      world.nextDay();
      await world.cycle();
    }
    assert.equal(await ledger(), lines);
    world.backup.clock.set(world.backup.clock.now() + 400 * day);
    await world.cycle();
    assert.equal(world.names('slices/').length, 0, 'they go by their age');
  });

  it('go whatever befalls the sweep that takes them', async () => {
    const start = await killedTwice();
    start.nextDay();
    const runs = await everyFault(async (process) => {
      const world = start.fork();
      await survive(process, async () => {
        const { services } = await world.start(process);
        await sweepOnce(services);
        world.nextDay();
        await sweepOnce(services);
      });
      for (let cycles = 0; cycles < 2; cycles++) {
        world.nextDay();
        assert.equal((await world.cycle()).kind, 'done');
      }
      assert.deepEqual(world.names('slices/').toSorted(), (await chainOf(world)).toSorted());
    });
    assert.ok(runs > 150, `${runs} runs`);
  });
});

describe('values of records that no row names', () => {
  it('are gone after two cycles, and those that a row names stay', async () => {
    const world = await killedTwice();
    const { records } = (await world.backup.start()).services;
    const large = { text: 'x'.repeat(900_000) };
    const { etag } = await records.requests.create('r1' as RequestId, { request: { createdAt: '' }, large });
    await records.requests.update('r1' as RequestId, { request: { createdAt: '' }, large }, etag);
    await records.requests.journal.put('r1' as RequestId, 'item', large);
    const spills = () => world.names('records/').filter((name) => /^records\/[0-9a-f]{32}$/.test(name));
    assert.equal(spills().length, 3);
    for (let cycles = 0; cycles < 3; cycles++) {
      world.nextDay();
      const { services } = await world.start();
      const { clock } = world.backup;
      let looks = 0;
      const texts: typeof services.tables.texts = async (...asked) => {
        looks += 1;
        // Longer than a call.
        clock.set(clock.now() + 300_000);
        return services.tables.texts(...asked);
      };
      const slow = { ...services, tables: { ...services.tables, texts } };
      const calls = [];
      do calls.push((await sweepOnce(slow)).kind);
      while (calls.at(-1) === 'again' && calls.length < 20);
      assert.equal(calls.at(-1), 'done');
      assert.ok(calls.length > 1 || cycles === 2, 'the time of a call was spent');
      assert.equal(looks, 1, 'records are read once a cycle');
    }
    assert.equal(spills().length, 2);
    assert.ok(await records.requests.get('r1' as RequestId));
    assert.deepEqual(await records.requests.journal.get('r1' as RequestId, 'item').then((row) => row?.value), large);
    const { repository } = await world.start();
    assert.ok((await assertReadable(repository, world.backup.resource)) > 0);
  });
});
