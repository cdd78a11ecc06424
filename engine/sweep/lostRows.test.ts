import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import type { PointId } from '../model/ids.ts';
import { boundary } from '../testing/boundary.ts';
import { assertReadable, sweepWorld } from './testing/sweepWorld.ts';
import type { SweepWorld } from './testing/sweepWorld.ts';

async function points(count: number, days = 0): Promise<SweepWorld> {
  const world = await sweepWorld();
  world.backup.source.folder('f1', 'Inbox');
  await addPoints(world, count);
  for (let day = 0; day < days; day++) world.nextDay();
  return world;
}

async function addPoints(world: SweepWorld, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    world.backup.source.put('m1', 'f1', noise(3_000, world.names('points/').length + 1));
    await world.run();
  }
}

const rowOf = (world: SweepWorld, id: PointId): string =>
  world.backup.tables.dump().find(({ key }) => key.startsWith('point/') && key.endsWith(id))?.key ?? '';

const visible = async (world: SweepWorld): Promise<readonly PointId[]> =>
  (await world.start()).repository.housekeeping.visible(world.backup.resource);

async function assertRefused(world: SweepWorld, ...named: readonly PointId[]): Promise<void> {
  const before = world.names('').filter((name) => !name.startsWith('sweep/'));
  const result = await world.cycle();
  assert.ok(result.kind === 'refused' && result.report.refusedCode === 'RowsLost', JSON.stringify(result));
  for (const id of named) assert.match(result.report.refused ?? '', new RegExp(id));
  assert.deepEqual(
    world.names('').filter((name) => before.includes(name)),
    before,
  );
}

/** The rows of the resource as they are now; what it answers puts them back. */
function remember({ backup: { tables, resource } }: SweepWorld): () => Promise<void> {
  const ours = () => tables.dump().filter(({ table, partition }) => table === 'resources' && partition === resource);
  const kept = ours();
  return async () => {
    for (const { key } of ours()) await tables.change('resources', resource, { kind: 'remove', key });
    for (const { key, columns } of kept)
      await tables.change('resources', resource, { kind: 'insert', row: { partition: resource, key, columns } });
  };
}

describe('a restore point whose row is lost', () => {
  it('is not taken for one that expired, also when nothing stands on it any more', async () => {
    const world = await points(4);
    const { resource, tables } = world.backup;
    world.nextDay();
    assert.equal((await world.cycle()).kind, 'done');
    const [, third, second] = await visible(world);
    assert.ok(third !== undefined && second !== undefined);
    const { repository } = await world.start();
    await repository.expiry.expire(resource, [third], async () => true);
    for (let cycles = 0; cycles < 3; cycles++) {
      world.nextDay();
      assert.equal((await world.cycle()).kind, 'done');
    }
    assert.equal(world.names('points/').length, 3, 'what was made on it is swept');
    for (const { name } of world.backup.blobs.stored('derived', 'sweep/'))
      world.backup.blobs.tamper('derived', name, () => undefined);
    world.nextDay();
    const key = rowOf(world, second);
    const row = await tables.get('resources', resource, key);
    await tables.change('resources', resource, { kind: 'remove', key });
    await assertRefused(world, second);
    world.nextDay();
    await assertRefused(world, second);
    await tables.change('resources', resource, {
      kind: 'insert',
      row: { partition: resource, key, columns: row?.columns ?? {} },
    });
    world.nextDay();
    assert.equal((await world.cycle()).kind, 'done');
    assert.equal(await assertReadable((await world.start()).repository, resource), 3);
  });

  it('is known from an earlier look where nothing in storage tells of it', async () => {
    const world = await points(2, 1);
    assert.equal((await world.cycle()).kind, 'done');
    const [newest, before] = await visible(world);
    const { tables, resource } = world.backup;
    assert.ok(newest !== undefined && before !== undefined);
    await tables.change('resources', resource, { kind: 'remove', key: rowOf(world, newest) });
    tables.tamper('resources', resource, 'head', (row) => ({
      ...row,
      columns: { ...row.columns, newestPoint: before },
    }));
    world.nextDay();
    await assertRefused(world, newest);
  });

  it('is none when it was let go by nobody who has the key', async () => {
    const world = await points(3, 1);
    const [gone] = await world.expireAllBut(2);
    assert.ok(gone !== undefined);
    world.backup.tables.tamper('resources', world.backup.resource, `letGo/${gone}`, (row) => ({
      ...row,
      columns: { sealed: new Uint8Array(60) },
    }));
    await assertRefused(world, gone);
  });
});

describe('tables that were put back', () => {
  it('stop the sweep, also after new backups; a rebuild makes everything visible again', async () => {
    const world = await points(2);
    const { resource, tables } = world.backup;
    const putBack = remember(world);
    await addPoints(world, 3);
    const lost = (await visible(world)).slice(0, 3);
    world.nextDay();
    await putBack();
    await assertRefused(world, ...lost);
    await addPoints(world, 3);
    world.nextDay();
    await assertRefused(world, ...lost.slice(1));
    for (const { table, partition, key } of tables.dump())
      if (table === 'resources' && partition === resource)
        await tables.change('resources', resource, { kind: 'remove', key });
    await (await world.start()).repository.rebuildRows(resource);
    const shown = await visible(world);
    for (let cycles = 0; cycles < 3; cycles++) {
      world.nextDay();
      assert.equal((await world.cycle()).kind, 'done');
    }
    assert.ok(lost.every((id) => shown.includes(id)));
    assert.equal(await assertReadable((await world.start()).repository, resource), shown.length);
  });

  it('are told by the fence where a single point is lost', async () => {
    const world = await points(2);
    const putBack = remember(world);
    await addPoints(world, 1);
    const [lost] = await visible(world);
    assert.ok(lost !== undefined);
    world.nextDay();
    await putBack();
    await assertRefused(world, lost);
  });
});

describe('a root that was never shown', () => {
  it('is swept: its job was killed before the row', async () => {
    const world = await points(2);
    const { source, resource } = world.backup;
    let hasRoot = false;
    const process = boundary(({ name, on }) => {
      if (name === 'blobs.create' && on[1]?.startsWith('points/')) hasRoot = true;
      return hasRoot && name === 'tables.transact' ? 'kill-before' : undefined;
    });
    source.put('m1', 'f1', noise(3_000, 9));
    world.backup.nextSlot();
    await world.backup.survive(process);
    assert.equal((await visible(world)).length, 3);
    assert.equal(world.names('points/').length, 4, 'one root has no row');
    for (let cycles = 0; cycles < 2; cycles++) {
      world.nextDay();
      assert.equal((await world.cycle()).kind, 'done');
    }
    assert.equal(world.names('points/').length, 3);
    assert.equal(await assertReadable((await world.start()).repository, resource), 3);
  });
});

describe('signs of points that were let go', () => {
  it('go when nothing in storage is left that they tell of', async () => {
    const world = await points(5, 1);
    const signs = (): number => world.backup.tables.dump().filter(({ key }) => key.startsWith('letGo/')).length;
    await world.expireAllBut(1);
    assert.equal(signs(), 4);
    for (let cycles = 0; cycles < 2; cycles++, world.nextDay()) assert.equal((await world.cycle()).kind, 'done');
    await addPoints(world, 2);
    world.nextDay();
    await world.expireAllBut(1);
    assert.equal((await world.cycle()).kind, 'done');
    assert.equal(signs(), 2, 'those of the last two');
  });
});
