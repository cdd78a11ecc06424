import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backupWorld, type BackupWorld } from '../../backup/testing/backupWorld.ts';
import type { Connector } from '../../connector.ts';
import { Fault } from '../../fault.ts';
import type { Drill, DrillResult } from '../../model/drill.ts';
import type { ResourceId } from '../../model/ids.ts';
import { scriptedPlace, type ScriptedPlace } from '../../restore/testing/scriptedPlace.ts';
import { boundary, everyFault, Killed, type Boundary } from '../../testing/boundary.ts';
import { verifyServices } from '../testing/verifyWorld.ts';
import { startDrill, workOnDrill, type DrillNudge, type DrillServices } from './drillFlow.ts';
import { drillFolder } from './drillPlace.ts';

const quarantine = '0'.repeat(32) as ResourceId;

interface World {
  readonly world: BackupWorld;
  readonly place: ScriptedPlace;
  services(process?: Boundary, more?: Partial<DrillServices>): Promise<DrillServices>;
}

/** A mailbox with some items, and an empty one that an administrator chose for drills. */
async function build(ids: readonly string[] = ['a', 'b', 'c']): Promise<World> {
  const world = await backupWorld();
  world.source.folder('inbox', 'Inbox');
  for (const id of ids) world.source.put(id, 'inbox', `content of ${id} `.repeat(50));
  await world.run();
  const { records } = (await world.start()).services;
  const known = (await records.resources.get(world.resource))?.value ?? assert.fail('it is known');
  await records.resources.put({ ...known, id: quarantine, sourceId: 'quarantine', name: 'Quarantine' });
  const place = scriptedPlace();
  return {
    world,
    place,
    async services(through = boundary(), more = {}) {
      const process = await world.start();
      const verify = verifyServices(world, process);
      const [source] = process.services.connectors.values();
      assert.ok(source);
      const connector: Connector = {
        ...source,
        restore: through.wrap('place', place.connector.restore),
        locate: (...asked) => place.connector.locate(...asked),
        fetch: (...asked) => place.connector.fetch(...asked),
      };
      return {
        ...verify,
        ground: { ...verify.ground, tables: through.wrap('rows', verify.ground.tables) },
        connectors: new Map([[source.workload, connector]]),
        idOf: (...parts) => process.services.repository.idOf(...parts),
        ...more,
      };
    },
  };
}

async function drain(world: BackupWorld, services: DrillServices, process = boundary()): Promise<void> {
  for (let messages = 0; messages < 50; messages++) {
    for (const taken of world.queue.take('sweep')) {
      const { drill } = taken.message as Partial<DrillNudge>;
      if (drill !== undefined) await process.run(() => workOnDrill(services, drill));
      taken.done();
    }
    const due = world.queue.dump('sweep').map(({ dueAt }) => dueAt);
    if (due.length === 0) return;
    world.clock.set(Math.max(world.clock.now(), Math.min(...due)));
  }
}

const plan = { sampleSize: 1, places: [quarantine] };

async function drilled(it: World, more: Partial<DrillServices> = {}, order = plan) {
  const { world } = it;
  const now = await it.services(undefined, more);
  const id = (await startDrill(now, order, 'system')) ?? assert.fail('there is something to restore');
  await drain(world, now);
  const { inspections } = now.records;
  const drill = (await inspections.get(id))?.value as Drill;
  return { drill, results: (await inspections.evidence.list(id)).value as DrillResult[] };
}

const rowsLeft = ({ world }: World): number =>
  world.tables.dump().filter(({ partition, key }) => partition === 'drill' && key.startsWith('placed/')).length;

describe('a restore drill with a place', () => {
  it('writes there by the way of every restore, reads it again, compares, and takes it away', async () => {
    const it = await build();
    const seen: string[] = [];
    const { restore } = it.place.connector;
    const write = restore.write.bind(restore);
    restore.write = async (target, container, ...rest) => {
      seen.push(`${target.id} ${container.path}`);
      return write(target, container, ...rest);
    };
    const { drill, results } = await drilled(it);
    assert.deepEqual([drill.state, drill.failed], ['done', 0]);
    assert.deepEqual(drill.destination, { kind: 'places', resources: [quarantine], folder: drillFolder });
    assert.equal(seen.length, results.length);
    assert.deepEqual(new Set(seen), new Set([`${quarantine} ${quarantine}/${drillFolder}`]), 'nowhere else');
    for (const { placed, checks } of results) {
      assert.equal(placed, true);
      for (const wanted of ['place.name', 'place.kind', 'place.sha256', 'place.takenAway'])
        assert.ok(
          checks.some(({ property, isRight }) => property === wanted && isRight),
          wanted,
        );
    }
    assert.deepEqual([it.place.objects, rowsLeft(it)], [[], 0]);
  });

  it('says what came back differently, and what could not be written', async () => {
    const it = await build(['a']);
    const { restore } = it.place.connector;
    const write = restore.write.bind(restore);
    restore.write = async (...order) => {
      const written = await write(...order);
      const there = it.place.objects[0];
      assert.ok(there);
      Object.assign(there, { bytes: 'other', name: 'other', item: { kind: 'other' } });
      return written;
    };
    const { drill, results } = await drilled(it);
    assert.equal(drill.failed, 1);
    const wrong = results.flatMap(({ checks }) =>
      checks.flatMap(({ isRight, property }) => (isRight ? [] : [property])),
    );
    assert.deepEqual(wrong, ['place.name', 'place.kind', 'place.receivedAt', 'place.sha256']);
    restore.write = async () => {
      throw new Fault('forbidden', 'Access is denied', { origin: 'graph' });
    };
    const refused = await drilled(it);
    assert.deepEqual(
      refused.results.flatMap(({ checks }) => checks.filter(({ isRight }) => !isRight)),
      [{ property: 'place.write', isRight: false, found: 'Access is denied' }],
    );
    assert.deepEqual([it.place.objects, rowsLeft(it)], [[], 0]);
  });

  it('stays in memory, and says why, without the right to write or where the place is gone', async () => {
    const it = await build();
    const none = await drilled(it, {}, { sampleSize: 1, places: [] });
    assert.deepEqual(none.drill.destination, { kind: 'memory' });
    const readOnly = await drilled(it, { noWriteAccess: 'The restore app is not set up.' });
    assert.deepEqual(readOnly.drill.destination, { kind: 'memory', why: 'The restore app is not set up.' });
    const lost = await drilled(it, {}, { sampleSize: 1, places: ['f'.repeat(32) as ResourceId] });
    assert.equal(lost.drill.destination.kind, 'memory');
    assert.match(JSON.stringify(lost.drill.destination), /not there any more/);
    for (const { drill, results } of [none, readOnly, lost]) {
      assert.equal(drill.failed, 0);
      assert.ok(results.every(({ placed }) => placed === undefined));
    }
  });

  it('leaves nothing behind but its folder, whatever dies or fails at whichever call', async () => {
    const runs = await everyFault(async (process) => {
      const it = await build(['a', 'b']);
      const services = await it.services(process);
      assert.ok(await startDrill(services, plan, 'system'));
      try {
        await drain(it.world, services, process);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
      assert.ok(it.place.objects.length <= 1, 'one item at a time');
      // The next drill, in a process that nobody disturbs.
      for (const message of it.world.queue.take('sweep')) message.done();
      it.world.clock.set(it.world.clock.now() + 3_600_000);
      const { records } = services;
      for (const { value, etag } of (await records.inspections.list('drill')).value)
        if ((value as Drill).state !== 'done')
          await records.inspections.update((value as Drill).id, { ...(value as Drill), state: 'failed' }, etag);
      const { drill } = await drilled(it);
      assert.deepEqual([drill.state, drill.failed], ['done', 0]);
      assert.deepEqual([it.place.objects, rowsLeft(it)], [[], 0]);
    });
    assert.ok(runs > 50, `${runs} runs`);
  });
});
