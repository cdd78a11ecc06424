import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backupWorld, type BackupWorld } from '../../backup/testing/backupWorld.ts';
import type { Drill, DrillResult } from '../../model/drill.ts';
import { damageContent } from '../testing/damageContent.ts';
import { verifyServices } from '../testing/verifyWorld.ts';
import { drillTick, startDrill, workOnDrill, type DrillNudge, type DrillServices } from './drillFlow.ts';

async function build(): Promise<BackupWorld> {
  const world = await backupWorld();
  world.source.folder('inbox', 'Inbox');
  world.source.folder('deep', 'Deep', 'inbox');
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) world.source.put(id, 'inbox', `content of ${id} `.repeat(50));
  world.source.put('large', 'inbox', 'large '.repeat(9000));
  world.source.put('old', 'inbox', 'old', { receivedAt: '1999-01-01T00:00:00.000Z' });
  world.source.put('far', 'deep', 'far down');
  world.source.put('odd', 'inbox', 'odd name', { name: '\u202e../<script>|*?\u0000' });
  await world.run();
  const { repository } = (await world.start()).services;
  const { newestPoint } = await repository.points.head(world.resource);
  assert.ok(newestPoint);
  await (await services(world)).repository.catalog.apply(world.resource, newestPoint);
  return world;
}

async function services(world: BackupWorld): Promise<DrillServices> {
  const process = await world.start();
  const verify = verifyServices(world, process);
  return {
    ...verify,
    connectors: process.services.connectors,
    idOf: (...parts) => process.services.repository.idOf(...parts),
  };
}

async function drain(world: BackupWorld): Promise<void> {
  for (const taken of world.queue.take('sweep')) {
    const { drill } = taken.message as Partial<DrillNudge>;
    if (drill !== undefined) await workOnDrill(await services(world), drill);
    taken.done();
  }
}

async function look(world: BackupWorld, id: string): Promise<{ drill: Drill; results: readonly DrillResult[] }> {
  const { records } = await services(world);
  const drill = (await records.inspections.get(id))?.value as Drill;
  return { drill, results: (await records.inspections.evidence.list(id)).value as DrillResult[] };
}

describe('a restore drill', () => {
  it('gives the worst cases and some at random back and compares every property', async () => {
    const world = await build();
    const id = await startDrill(await services(world), { sampleSize: 2 }, 'system');
    assert.ok(id);
    await drain(world);
    const { drill, results } = await look(world, id);
    assert.equal(drill.state, 'done');
    assert.equal(drill.failed, 0, JSON.stringify(results.filter(({ isRight }) => !isRight)));
    assert.equal(drill.items, results.length);
    const reasons = new Set(results.flatMap(({ because }) => because));
    for (const reason of ['largest', 'oldest', 'deepest', 'strangest', 'mostParts', 'withExactCopy', 'random'] as const)
      assert.ok(reasons.has(reason), reason);
    assert.ok(drill.bytes > 54_000);
    assert.ok(results.every(({ checks }) => checks.some(({ property }) => property === 'original.sha256')));
    assert.ok(results.every(({ checks }) => checks.some(({ property }) => property === 'catalog.name')));
    const { records } = await services(world);
    assert.deepEqual(
      (await records.outbox.list()).filter(({ id: told }) => told.startsWith('drill-')),
      [],
    );
    assert.ok(!JSON.stringify(results).includes('script'), 'no names in the evidence');
    const summary = drill.summary?.['mail'];
    assert.ok(summary);
    assert.deepEqual(
      [summary.resources, summary.items, summary.bytes, summary.failed, summary.differing],
      [1, drill.items, drill.bytes, 0, {}],
    );
    assert.equal(summary.because.oldest, 1);
  });

  it('asks the workload whether what came back can be opened', async () => {
    const world = await build();
    const { description } = world.source.connector;
    Object.assign(description, {
      inspect: async (bytes: Uint8Array) => [{ property: 'opens', isRight: !Buffer.from(bytes).includes('far down') }],
    });
    const id = await startDrill(await services(world), { sampleSize: 2 }, 'system');
    assert.ok(id);
    await drain(world);
    const { drill, results } = await look(world, id);
    assert.ok(results.every(({ checks }) => checks.some(({ property }) => property === 'opens')));
    assert.equal(drill.failed, 1);
    assert.deepEqual(drill.summary?.['mail']?.differing, { opens: 1 });
  });

  it('says at once what did not come back', async () => {
    const world = await build();
    await damageContent(world, 'large');
    const id = await startDrill(await services(world), { sampleSize: 2 }, 'system');
    assert.ok(id);
    await drain(world);
    const { drill, results } = await look(world, id);
    assert.ok(drill.failed > 0);
    assert.ok(results.some(({ because, isRight }) => because.includes('largest') && !isRight));
    const { records } = await services(world);
    const [told] = (await records.outbox.list()).filter((one) => one.id === `drill-${id}`);
    assert.deepEqual(told?.message, { kind: 'drillFailed', drill: id, items: drill.items, failed: drill.failed });
  });

  it('sees a catalog that promises something else', async () => {
    const world = await build();
    const { repository } = await services(world);
    const row = world.tables.dump().find(({ table, key }) => table === 'catalog' && key.startsWith('v/'));
    assert.ok(row);
    for (const each of world.tables.dump())
      if (each.table === 'catalog')
        await world.tables.change('catalog', each.partition, { kind: 'remove', key: each.key });
    assert.ok(repository);
    const id = await startDrill(await services(world), { sampleSize: 1 }, 'system');
    assert.ok(id);
    await drain(world);
    const { results } = await look(world, id);
    assert.ok(
      results.every(({ checks }) => checks.some(({ property, isRight }) => property === 'catalog' && !isRight)),
    );
  });

  it('is held once a month, or a week, however often the timer fires, and not at all when it is off', async () => {
    const world = await build();
    const count = async (): Promise<number> =>
      (await (await services(world)).records.inspections.list('drill')).value.length;
    await drillTick(await services(world), { every: 'off', sampleSize: 1 });
    assert.equal(await count(), 0);
    for (let i = 0; i < 3; i++) await drillTick(await services(world), { every: 'monthly', sampleSize: 1 });
    assert.equal(await count(), 1);
    await drain(world);
    world.clock.set(world.clock.now() + 32 * 86_400_000);
    await drillTick(await services(world), { every: 'monthly', sampleSize: 1 });
    assert.equal(await count(), 2);
  });
});
