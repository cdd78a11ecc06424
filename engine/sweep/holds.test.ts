import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import type { HoldTarget, LegalHold } from '../model/hold.ts';
import { instant } from '../model/ids.ts';
import type { PointId } from '../model/ids.ts';
import type { OpenRepository } from '../repository/openRepository.ts';
import { sweepOnce } from './sweepOnce.ts';
import { sweepWorld } from './testing/sweepWorld.ts';
import type { SweepWorld } from './testing/sweepWorld.ts';

/** Three points, of which two were let go a moment ago. */
async function letGo(): Promise<{ readonly world: SweepWorld; readonly gone: readonly PointId[] }> {
  const world = await sweepWorld();
  const { source } = world.backup;
  source.folder('f1', 'Inbox');
  for (const version of [1, 2, 3]) {
    source.put('m1', 'f1', noise(3_000, version));
    await world.run();
  }
  world.nextDay();
  return { world, gone: await world.expireAllBut(1) };
}

async function hold(world: SweepWorld, on: HoldTarget): Promise<() => Promise<void>> {
  const { services } = await world.start();
  const at = instant(world.backup.clock.now());
  const value: LegalHold = { id: 'case-12', on, reason: 'Case 12', setBy: 'admin' as never, setAt: at };
  const note = { at, who: 'system' as const, action: 'hold.set', on: {}, result: 'done' as const };
  const { etag } = await services.records.holds.create(value.id, value, note);
  return async () => {
    const releasedAt = instant(world.backup.clock.now());
    await services.records.holds.update(value.id, { ...value, releasedAt }, etag, { ...note, action: 'hold.release' });
  };
}

async function read(repository: OpenRepository, world: SweepWorld, points: readonly PointId[]): Promise<void> {
  for (const point of points)
    for await (const { streams } of (await repository.points.open(world.backup.resource, point)).entries())
      for (const stream of streams) assert.ok((await Array.fromAsync(repository.readStream(stream))).length > 0);
}

describe('a legal hold that comes after points were let go', () => {
  it('keeps what is still there of them as long as it is in force, whomever it means', async () => {
    for (const kind of ['user', 'resource'] as const) {
      const { world, gone } = await letGo();
      await world.cycle();
      const record = await (await world.start()).services.records.resources.get(world.backup.resource);
      const release = await hold(world, {
        kind,
        sourceId: kind === 'user' ? (record?.value.sourceId ?? '') : world.backup.resource,
      });
      for (let cycles = 0; cycles < 3; cycles++) {
        world.nextDay();
        assert.equal((await world.cycle()).kind, 'done');
      }
      await read((await world.start()).repository, world, gone);
      await release();
      for (let cycles = 0; cycles < 2; cycles++) {
        world.nextDay();
        assert.equal((await world.cycle()).kind, 'done');
      }
      assert.equal(world.names('points/').length, 1, 'then they go');
    }
  });

  it('keeps them when it is set while the sweep is about to remove them', async () => {
    const { world, gone } = await letGo();
    await world.cycle();
    world.nextDay();
    const { services } = await world.start();
    let asked = 0;
    const holds = new Proxy(services.records.holds, {
      get(target, property, receiver) {
        if (property !== 'list') return Reflect.get(target, property, receiver) as unknown;
        return async () => {
          if (++asked === 2) await hold(world, { kind: 'resource', sourceId: world.backup.resource });
          return target.list();
        };
      },
    });
    const result = await sweepOnce({ ...services, records: { ...services.records, holds } });
    assert.equal(result.kind, 'again');
    assert.equal((await world.cycle()).kind, 'done');
    await read((await world.start()).repository, world, gone);
  });

  it('does not stop the sweep where something of them does not open', async () => {
    const { world, gone } = await letGo();
    await hold(world, { kind: 'resource', sourceId: world.backup.resource });
    const name = `points/${world.backup.resource}/${gone[0]}`;
    world.backup.blobs.tamper('repository', name, (bytes) => bytes.fill(7, 40, 60));
    for (let cycles = 0; cycles < 3; cycles++) {
      assert.equal((await world.cycle()).kind, 'done');
      world.nextDay();
    }
    assert.ok(world.names('points/').includes(name));
    await read((await world.start()).repository, world, gone.slice(1));
  });
});
