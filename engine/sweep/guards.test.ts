import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import type { PointId, RequestId } from '../model/ids.ts';
import { instant } from '../model/ids.ts';
import { pin } from '../restore/pins.ts';
import { sweepFlow } from './sweepFlow.ts';
import { sweepOnce } from './sweepOnce.ts';
import { assertReadable, day, hour, sweepWorld } from './testing/sweepWorld.ts';
import type { SweepWorld } from './testing/sweepWorld.ts';

/** A folder, then an item in three states; only the newest point is visible, all is older than a day. */
async function prepared(): Promise<SweepWorld> {
  const world = await sweepWorld();
  const { source } = world.backup;
  source.folder('f1', 'Inbox');
  await world.run();
  for (const version of [1, 2, 3]) {
    source.put('m1', 'f1', noise(3_000, version));
    await world.run();
  }
  world.nextDay();
  await world.expireAllBut(1);
  return world;
}

async function refusalOf(world: SweepWorld): Promise<string> {
  const before = world.names('').filter((name) => !name.startsWith('sweep/'));
  const result = await world.cycle();
  assert.equal(result.kind, 'refused');
  assert.deepEqual(
    world.names('').filter((name) => before.includes(name)),
    before,
    'nothing was removed',
  );
  const { services } = await world.start();
  const told = await services.records.outbox.list();
  assert.ok(told.some(({ message }) => (message as { kind: string }).kind === 'sweepRefused'));
  const kept = await services.records.settings.get<{ refused?: string }>('sweep.last');
  assert.ok(result.kind === 'refused' && result.report.refused !== undefined);
  assert.equal(kept?.value.refused, result.report.refused);
  return result.report.refused;
}

describe('a sweep that cannot be certain removes nothing', () => {
  it('when the tables of a resource were lost', async () => {
    const world = await prepared();
    world.backup.tables.tamper('resources', world.backup.resource, 'head', () => undefined);
    assert.match(await refusalOf(world), new RegExp(world.backup.resource));
  });

  it('when the root of a visible point is missing, or does not open', async () => {
    for (const change of [() => undefined, (bytes: Uint8Array) => bytes.fill(7, 40, 60)]) {
      const world = await prepared();
      const [visible] = await (await world.start()).repository.housekeeping.visible(world.backup.resource);
      const name = `points/${world.backup.resource}/${visible}`;
      world.backup.blobs.tamper('repository', name, change);
      assert.match(await refusalOf(world), new RegExp(String(visible)));
    }
  });

  it('when the newest slice of a head is missing and a job that may know of it is at work', async () => {
    const world = await prepared();
    const { resource } = world.backup;
    const { headSlice } = await (await world.start()).repository.points.head(resource);
    world.backup.blobs.tamper('journal', `slices/${resource}/${headSlice}`, () => undefined);
    const [run] = (await (await world.start()).services.records.runs.list()).value;
    assert.ok(run !== undefined);
    const { etag } = (await (await world.start()).services.records.runs.get(run.id)) ?? { etag: '' };
    const { finishedAt: _finished, ...open } = { ...run, state: 'running' as const };
    await (await world.start()).services.records.runs.update(open, etag);
    const heads: Record<string, string | number>[] = [{ holder: 'host-9/job', knows: 9e15 }, { openRun: run.id }];
    for (const columns of heads) {
      const other = world.fork();
      other.backup.tables.tamper('resources', resource, 'head', (row) => ({
        ...row,
        columns: { ...row.columns, ...columns },
      }));
      assert.match(await refusalOf(other), new RegExp(String(headSlice)));
    }
  });

  it('when the list of storage shrank, until somebody accepts it', async () => {
    const world = await prepared();
    const { blobs, clock } = world.backup;
    await world.cycle();
    world.nextDay();
    const orphan = world.names('packs/')[0] ?? '';
    blobs.tamper('repository', orphan, () => undefined);
    assert.match(await refusalOf(world), /packs/);
    clock.set(clock.now() + 2 * hour);
    await refusalOf(world);
    const { services } = await world.start();
    await sweepFlow({ ...services, queue: world.backup.queue }).acceptListing('system', 'Tidied by hand');
    assert.equal((await world.cycle()).kind, 'done');
  });

  it('when a page of the list breaks off without saying so', async () => {
    const world = await prepared();
    await world.cycle();
    world.nextDay();
    const { services } = await world.start();
    const cut = {
      ...services,
      blobs: new Proxy(services.blobs, {
        get(target, property, receiver) {
          if (property !== 'list') return Reflect.get(target, property, receiver) as unknown;
          return async (...args: Parameters<typeof target.list>) => ({
            blobs: (await target.list(...args)).blobs.slice(0, 1),
          });
        },
      }),
    };
    const result = await sweepOnce(cut);
    assert.equal(result.kind, 'refused');
  });

  it("when this machine's clock is not that of storage", async () => {
    const world = await prepared();
    await world.cycle();
    world.nextDay();
    const { services } = await world.start();
    for (const skew of [6 * 60_000, -6 * 60_000, day, -day]) {
      const clock = { ...services.clock, now: () => world.backup.clock.now() + skew };
      assert.equal((await sweepOnce({ ...services, clock })).kind, 'refused');
      world.backup.clock.set(world.backup.clock.now() + 2 * hour);
    }
  });
});

describe('the newest slice of somebody who left', () => {
  it('does not stop the sweep for good when it is lost: no job needs it any more', async () => {
    for (const change of [() => undefined, (bytes: Uint8Array) => bytes.fill(7, 40, 60)]) {
      const world = await prepared();
      const { resource, blobs } = world.backup;
      const { headSlice } = await (await world.start()).repository.points.head(resource);
      blobs.tamper('journal', `slices/${resource}/${headSlice}`, change);
      for (let cycles = 0; cycles < 2; cycles++, world.nextDay()) assert.equal((await world.cycle()).kind, 'done');
      assert.equal(world.names('points/').length, 1);
      assert.equal(await assertReadable((await world.start()).repository, resource), 1);
      world.backup.source.put('m1', 'f1', noise(3_000, 7));
      await world.run();
      assert.equal(await assertReadable((await world.start()).repository, resource), 2);
    }
  });
});

describe('a visible point whose root is lost', () => {
  it('stops the sweep until it is given up; then the sweep takes what it alone needed', async () => {
    for (const change of [() => undefined, (bytes: Uint8Array) => bytes.fill(7, 40, 60)]) {
      const world = await sweepWorld();
      const { source, resource, blobs, clock } = world.backup;
      source.folder('f1', 'Inbox');
      for (const version of [1, 2, 3]) {
        source.put('m1', 'f1', noise(3_000, version));
        await world.run();
      }
      world.nextDay();
      const { repository } = await world.start();
      const lost = (await repository.points.list(resource)).points[1]?.id as PointId;
      const packs = world.names('packs/').length;
      blobs.tamper('repository', `points/${resource}/${lost}`, change);
      for (let tries = 0; tries < 2; tries++, world.nextDay()) assert.match(await refusalOf(world), new RegExp(lost));
      await repository.expiry.giveUp(resource, lost);
      clock.set(clock.now() + 2 * hour);
      for (let cycles = 0; cycles < 2; cycles++, world.nextDay()) assert.equal((await world.cycle()).kind, 'done');
      assert.ok(world.names('packs/').length < packs);
      assert.ok(!world.names('points/').some((name) => name.endsWith(lost)));
      assert.equal(await assertReadable((await world.start()).repository, resource), 2);
    }
  });
});

describe('what is needed although its row is gone', () => {
  it('is a point that a request has pinned, as long as the pin lasts', async () => {
    const world = await sweepWorld();
    const { source, tables, clock, resource } = world.backup;
    source.folder('f1', 'Inbox');
    await world.run();
    source.put('m1', 'f1', noise(3_000, 1));
    await world.run();
    source.put('m1', 'f1', noise(3_000, 2));
    await world.run();
    world.nextDay();
    const gone = await world.expireAllBut(1);
    const pinned = gone[0] as PointId;
    const request = 'r1' as RequestId;
    const renew = () =>
      pin(tables, request, [{ resourceId: resource, pointId: pinned }] as never, instant(clock.now() + day));
    for (let cycles = 0; cycles < 3; cycles++, world.nextDay()) {
      await renew();
      await world.cycle();
    }
    const { repository } = await world.start();
    const reader = await repository.points.open(resource, pinned);
    for await (const { streams } of reader.entries())
      for (const stream of streams) assert.ok((await Array.fromAsync(repository.readStream(stream))).length > 0);
    assert.equal(world.names('points/').length, 2, 'the pinned one and the newest');
    for (let cycles = 0; cycles < 4; cycles++, world.nextDay()) await world.cycle();
    assert.equal(world.names('points/').length, 1);
  });

  it('is a point that is pinned while the sweep is about to remove it', async () => {
    const world = await prepared();
    await world.cycle();
    world.nextDay();
    const { tables, clock, resource } = world.backup;
    const { services } = await world.start();
    const old = world.names('points/');
    const [visible] = await services.housekeeping.visible(resource);
    const pinned = old.map((name) => name.split('/')[2]).find((id) => id !== visible) as PointId;
    let scanned = false;
    const tabled = new Proxy(services.tables, {
      get(target, property, receiver) {
        if (property !== 'query') return Reflect.get(target, property, receiver) as unknown;
        return async (...args: Parameters<typeof target.query>) => {
          if (args[0] === 'leases' && scanned)
            await pin(
              tables,
              'r1' as RequestId,
              [{ resourceId: resource, pointId: pinned }] as never,
              instant(clock.now() + day),
            );
          if (args[0] === 'leases') scanned = true;
          return target.query(...args);
        };
      },
    });
    assert.equal((await sweepOnce({ ...services, tables: tabled })).kind, 'again');
    await world.cycle();
    assert.ok(world.names('points/').some((name) => name.endsWith(pinned)));
  });
});

describe('write protection', () => {
  it('keeps what it protects, and the cycle goes on with the rest', async () => {
    const world = await prepared();
    const { blobs } = world.backup;
    await world.cycle();
    world.nextDay();
    const kept = world.names('packs/').length;
    blobs.protect((_, name) => name.startsWith('points/'));
    const first = await world.cycle();
    assert.ok(first.kind === 'done' && first.report.retained === 3 && first.report.deleted === 0);
    assert.equal(world.names('packs/').length, kept, 'a point that stays keeps what it names');
    world.nextDay();
    blobs.protect(() => false);
    const second = await world.cycle();
    assert.ok(second.kind === 'done' && second.report.retained === 0 && second.report.deleted >= 5);
    const { repository } = await world.start();
    assert.equal(await assertReadable(repository, world.backup.resource), 1);
  });
});

describe('names of what was removed', () => {
  it('stay on the list for 30 days', async () => {
    const world = await prepared();
    const listed = () =>
      world.backup.tables
        .dump()
        .filter(({ key, columns }) => key.startsWith('object/') && columns['state'] === 'deleted').length;
    await world.cycle();
    world.nextDay();
    await world.cycle();
    const names = listed();
    assert.ok(names > 3);
    world.backup.clock.set(world.backup.clock.now() + 29 * day);
    await world.cycle();
    assert.equal(listed(), names);
    world.nextDay();
    await world.cycle();
    assert.equal(listed(), 0);
  });
});

describe('two sweepers at once', () => {
  it('leave the work to one of them', async () => {
    const world = await prepared();
    await world.cycle();
    world.nextDay();
    const [one, other] = await Promise.all([world.start(), world.start()]);
    const results = await Promise.all([sweepOnce(one.services), sweepOnce(other.services)]);
    assert.deepEqual(results.map(({ kind }) => kind).toSorted(), ['busy', 'done']);
    const { repository } = await world.start();
    assert.equal(await assertReadable(repository, world.backup.resource), 1);
  });
});
