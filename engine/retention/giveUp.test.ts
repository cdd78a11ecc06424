import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import { instant, type PointId, type UserId } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import { rootName } from '../repository/root.ts';
import { entry, publishRound, take } from '../repository/testing/world.ts';
import { everyFault, Killed } from '../testing/boundary.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { askToGiveUp } from './askToGiveUp.ts';
import { setHold } from './holds.ts';
import { dayMs } from './testing/cases.ts';
import { retentionWorld, type RetentionWorld } from './testing/retentionWorld.ts';
import { applyDueChanges, approveChange, type ChangeServices } from './waitingChanges.ts';

const carl = { id: 'carl' as UserId, name: 'Carl' };
const dora = { id: 'dora' as UserId, name: 'Dora' };
const why = 'Lost with the disk';

const changing = (world: RetentionWorld, admins: readonly string[] = []): ChangeServices => ({
  ...world.services,
  random: seededRandom(`give up ${world.tables.writes}`),
  people: async () => ({ admins, approvers: [] }),
  applyPolicies: async () => undefined,
  rotateKeys: async () => undefined,
});

/** Four daily points; `lose` takes the root of one away. */
async function four() {
  const world = await retentionWorld({ retention: { daily: 30, weekly: 0, monthly: 0, minimumCopies: 1 } });
  const points = (await world.backUp(4, 24)).map(({ id }) => id);
  await world.repository.catalog.apply(world.resource.id, points.at(-1) as PointId);
  const lose = (id: PointId | undefined): void =>
    world.blobs.tamper('repository', rootName(world.resource.id, id as PointId), () => undefined);
  return { world, points, lose, services: changing(world), id: world.resource.id };
}

const shown = async ({ repository, resource }: RetentionWorld): Promise<PointId[]> =>
  (await repository.points.list(resource.id)).points.map(({ id }: RestorePoint) => id).toReversed();

const actions = async ({ records }: RetentionWorld): Promise<readonly string[]> =>
  (await records.audit.list()).value.map(({ action }) => action);

const refused = (kind: 'conflict' | 'not-found' | 'forbidden', code?: string) => (error: unknown) =>
  isFault(error, kind) && error.code === code;

describe('a restore point that is lost for good', () => {
  it('goes once a second administrator agreed; what both did and why is in the audit', async () => {
    const { world, points, lose, services, id } = await four();
    lose(points[1]);
    const change = await askToGiveUp(services, carl, id, points[1] as PointId, why);
    assert.equal(change.state, 'asked');
    assert.deepEqual(await shown(world), points);
    await assert.rejects(approveChange(services, carl, change.id), refused('forbidden'));
    assert.equal((await approveChange(services, dora, change.id)).state, 'applied');
    assert.deepEqual(
      await shown(world),
      points.filter((point) => point !== points[1]),
    );
    const [noted] = (await world.records.audit.list()).value.filter(({ action }) => action === 'point.giveUp');
    assert.equal(noted?.who, 'carl');
    assert.deepEqual([noted.on['point'], noted.on['reason'], noted.on['approvedBy']], [points[1], why, 'dora']);
  });

  it('takes a day where there is one administrator alone', async () => {
    const { world, points, lose, id } = await four();
    const services = changing(world, ['carl']);
    lose(points[0]);
    await askToGiveUp(services, carl, id, points[0] as PointId, why);
    await applyDueChanges(services);
    assert.equal((await shown(world)).length, 4);
    world.goTo(instant(world.clock.now() + dayMs));
    await applyDueChanges(services);
    assert.equal((await shown(world)).length, 3);
  });

  it('is never one that can be read, that a legal hold means, or that is not there', async () => {
    const { world, points, lose, services, id } = await four();
    const ask = (point: PointId | undefined) => askToGiveUp(services, carl, id, point as PointId, why);
    await assert.rejects(ask(points[1]), refused('conflict', 'readable'));
    await assert.rejects(ask('f'.repeat(32) as PointId), refused('not-found'));
    lose(points[1]);
    const asked = await ask(points[1]);
    await setHold(services, dora, { on: { kind: 'user', sourceId: 'anna' }, reason: 'Case 7' });
    await assert.rejects(ask(points[1]), refused('conflict', 'held'));
    const ended = await approveChange(services, dora, asked.id);
    assert.ok(ended.state === 'void' && ended.why === 'a legal hold is in force');
    assert.deepEqual(await shown(world), points);
    assert.ok(!(await actions(world)).includes('point.giveUp'));
  });

  it('is void when its root came back before it was given up', async () => {
    const { world, points, services, id } = await four();
    const name = rootName(id, points[1] as PointId);
    const bytes = await world.blobs.read('repository', name);
    world.blobs.tamper('repository', name, () => undefined);
    const asked = await askToGiveUp(services, carl, id, points[1] as PointId, why);
    await world.blobs.create('repository', name, bytes);
    assert.equal((await approveChange(services, dora, asked.id)).state, 'void');
    assert.deepEqual(await shown(world), points);
  });

  it('may be the newest one: the next backup stands on the one before; while one is under way it waits', async () => {
    const { world, points, lose, services, id } = await four();
    lose(points[3]);
    const head = await take(world.repository);
    const asked = await askToGiveUp(services, carl, id, points[3] as PointId, why);
    assert.equal((await approveChange(services, dora, asked.id)).state, 'approved');
    assert.deepEqual(await shown(world), points);
    const { openRun: _run, holder: _holder, heartbeatAt: _beat, ...free } = head;
    await world.repository.points.commit({ ...free }, {});
    await applyDueChanges(services);
    assert.deepEqual(await shown(world), points.slice(0, 3));
    await assert.rejects(world.repository.points.commit(free, { step: 99 }), (error) => isFault(error, 'stale-fence'));
    const { head: next, point } = await publishRound(
      world.repository,
      seededRandom('next'),
      await take(world.repository),
      60 * 24 * 9,
      [entry('changing', { versionTag: 'new' })],
    );
    assert.equal((await world.repository.points.open(id, point.id)).predecessor, points[2]);
    assert.ok(next.fence > head.fence);
    await world.repository.catalog.apply(id, point.id);
    assert.deepEqual(await shown(world), [...points.slice(0, 3), point.id]);
  });

  it('may be the last one of all: then the resource starts anew', async () => {
    const world = await retentionWorld({ retention: { daily: 30, weekly: 0, monthly: 0, minimumCopies: 1 } });
    const [point] = await world.backUp(1, 24);
    assert.ok(point);
    world.blobs.tamper('repository', rootName(world.resource.id, point.id), () => undefined);
    await world.repository.expiry.giveUp(world.resource.id, point.id);
    assert.deepEqual(await shown(world), []);
    const head = await world.repository.points.head(world.resource.id);
    assert.deepEqual([head.newestPoint, head.headSlice], [undefined, undefined]);
  });

  it('is gone for good and the catalog whole whatever befalls the call', async () => {
    for (const which of [1, 3]) {
      const { world: start, points, lose } = await four();
      lose(points[which]);
      const lost = points[which] as PointId;
      const runs = await everyFault(async (process) => {
        const world = await start.fork(process);
        const { id } = world.resource;
        await process
          .run(() => world.repository.expiry.giveUp(id, lost))
          .catch((error: unknown) =>
            assert.ok(
              error instanceof Killed || isFault(error, 'unavailable', 'conflict', 'stale-fence'),
              String(error),
            ),
          );
        const after = await world.reopen();
        // A pass of expiry in between neither undoes it nor takes anything else.
        await after.repository.expiry.expire(id, [], async () => false);
        await after.repository.expiry.giveUp(id, lost);
        assert.deepEqual(
          await shown(after),
          points.filter((point) => point !== lost),
        );
        assert.deepEqual(await after.repository.expiry.unfinished(id), []);
        const newest = (await after.repository.points.head(id)).newestPoint as PointId;
        assert.equal(newest, (await shown(after)).at(-1));
        await after.repository.catalog.apply(id, newest);
      });
      assert.ok(runs > 30, `${runs} runs`);
    }
  });
});
