import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import { instant, type PointId } from '../model/ids.ts';
import { idFor } from '../repository/testing/world.ts';
import { boundary, everyFault, faultAt, Killed } from '../testing/boundary.ts';
import { anAuditEntry } from '../testing/recordsWorld.ts';
import { pin } from '../restore/pins.ts';
import { decideRetention } from './decideRetention.ts';
import { expireResource } from './expire.ts';
import { expiryTick } from './expiryTick.ts';
import { allPoints } from './retentionFacts.ts';
import { aBrake, aHold, dayMs, protectedNow } from './testing/cases.ts';
import { retentionWorld, type RetentionWorld } from './testing/retentionWorld.ts';

const rules = { retention: { daily: 5, weekly: 2, monthly: 0, minimumCopies: 1 }, keepGoneDays: 30 };
const noted = anAuditEntry('test');

/** Passes until nothing more goes. */
async function pass(world: RetentionWorld): Promise<readonly PointId[]> {
  const gone: PointId[] = [];
  for (;;) {
    const passed = await expireResource(world.services, world.resource.id);
    assert.equal(passed.kind, 'passed');
    if (passed.expired.length === 0) return gone;
    gone.push(...passed.expired);
  }
}
const visible = async ({ services, resource }: RetentionWorld): Promise<string[]> =>
  (await allPoints(services, resource.id)).map(({ takenAt }) => takenAt);
const toldGone = async ({ records }: RetentionWorld): Promise<string[]> =>
  (await records.audit.list()).value
    .filter(({ action }) => action === 'points.expired')
    .flatMap(({ on }) => (on['points'] ?? '').split(', '));

describe('a pass of retention', () => {
  it('lets exactly those points go that the decision names, each written down before', async () => {
    const world = await retentionWorld(rules);
    const points = await world.backUp(20, 12);
    const expected = decideRetention(
      points,
      { ...rules.retention, keepGoneDays: 30 },
      instant(world.clock.now()),
      protectedNow,
    )
      .points.filter(({ keep }) => keep)
      .map(({ point }) => point.takenAt);
    const gone = await pass(world);
    assert.deepEqual(await visible(world), expected);
    assert.equal(gone.length + expected.length, points.length);
    for (const what of ['points.expiring', 'points.expired']) {
      const entries = (await world.records.audit.list()).value.filter(({ action }) => action === what);
      const named = entries.flatMap(({ on }) => (on['points'] ?? '').split(', '));
      assert.deepEqual(named.toSorted(), [...gone].toSorted());
      assert.equal(entries.length, 1);
      assert.equal(entries[0]?.on['count'], String(gone.length));
    }
    // What the catalog says can be opened, and only that.
    const versions = await world.repository.catalog.versions(world.resource.id, idFor('changing'));
    assert.equal(versions.length, expected.length);
    for (const { fromPoint } of versions) await world.repository.points.find(world.resource.id, fromPoint);
    await world.repository.catalog.rebuild(world.resource.id);
    const rebuilt = await world.repository.catalog.versions(world.resource.id, idFor('changing'));
    assert.deepEqual(rebuilt, versions);
  });

  it('removes no blob', async () => {
    const world = await retentionWorld(rules);
    await world.backUp(10, 12);
    const roots = (): number => world.blobs.dump().filter(({ name }) => name.startsWith('points/')).length;
    const before = roots();
    assert.ok((await pass(world)).length > 0);
    assert.equal(roots(), before);
  });

  it('decides by the clock of storage alone, and about nothing while the machine disagrees with it', async () => {
    const world = await retentionWorld(rules);
    await world.backUp(10, 12);
    const now = world.clock.now();
    for (const off of [400 * dayMs, -dayMs, 6 * 60_000]) {
      world.clock.set(now + off);
      const { kind } = await expireResource(world.services, world.resource.id);
      assert.equal(kind, 'refused');
    }
    // Four minutes of skew do not move a day: storage says when it is over.
    world.storageClock.set(Date.parse('2026-03-10T23:59:00Z'));
    world.clock.set(Date.parse('2026-03-11T00:02:00Z'));
    await pass(world);
    assert.ok((await visible(world)).some((at) => at.startsWith('2026-03-06')));
    world.storageClock.set(Date.parse('2026-03-11T00:02:00Z'));
    await pass(world);
    assert.ok(!(await visible(world)).some((at) => at.startsWith('2026-03-06')));
  });

  it('lets nothing go in safe mode, under a hold, with the brake on, or what a restore reads', async () => {
    const world = await retentionWorld(rules);
    const points = await world.backUp(10, 12);
    const safe = { ...world.services, isInSafeMode: async () => true };
    assert.equal((await expireResource(safe, world.resource.id)).kind, 'refused');

    const hold = aHold({ on: { kind: 'user', sourceId: 'anna' } });
    const { etag } = await world.records.holds.create(hold.id, hold, noted);
    assert.deepEqual(await pass(world), []);
    await world.records.holds.update(hold.id, { ...hold, releasedAt: instant(world.clock.now()) }, etag, noted);

    const brake = await world.records.brakes.create(world.resource.id, aBrake(instant(world.clock.now())), noted);
    assert.deepEqual(await pass(world), []);
    await world.records.brakes.remove(world.resource.id, brake.etag, noted);

    const read = points[1];
    assert.ok(read);
    const pinned = [{ resourceId: world.resource.id, pointId: read.id, at: 'latest' }];
    await pin(world.tables, 'r'.repeat(32) as never, pinned, instant(world.clock.now() + dayMs));
    assert.ok((await pass(world)).length > 0);
    assert.ok((await visible(world)).includes(read.takenAt));
    world.goTo(instant(world.clock.now() + 2 * dayMs));
    await pass(world);
    assert.ok(!(await visible(world)).includes(read.takenAt), 'its pin ran out');
  });

  it('keeps a whole point beside one that lost something, whether it is marked itself or shows a damaged item', async () => {
    const world = await retentionWorld(rules);
    const points = await world.backUp(10, 12);
    const { damage } = world.repository;
    const evenings = points.filter(({ takenAt }) => takenAt.includes('T12:'));
    const [page, item] = [evenings.at(-3), evenings.at(-4)];
    assert.ok(page && item);
    const mornings = [page, item].map(({ takenAt }) => takenAt.replace('T12:', 'T00:'));
    await damage.notePoints(world.resource.id, [page.id]);
    await damage.note(world.resource.id, [
      {
        itemId: idFor('changing'),
        at: page.takenAt,
        point: item.id,
        points: [item.id],
        kind: 'missing',
        area: 'content',
        inNewest: false,
        sourceId: 'changing',
        name: 'changing',
        reason: 'gone',
        packs: [],
      },
    ]);
    await pass(world);
    const left = await visible(world);
    for (const at of [page.takenAt, item.takenAt, ...mornings]) assert.ok(left.includes(at), at);
    await damage.pointsWhole(world.resource.id, [page.id]);
    await damage.healed(world.resource.id, [idFor('changing')]);
    await pass(world);
    for (const at of mornings) assert.ok(!(await visible(world)).includes(at), 'it is whole again');
  });

  it('heeds a hold that is set after it began', async () => {
    const world = await retentionWorld(rules);
    const points = await world.backUp(8, 12);
    const hold = aHold({ on: { kind: 'user', sourceId: 'anna' } });
    let removed = 0;
    const { expiry } = world.repository;
    const late: typeof expiry = {
      ...expiry,
      expire: (id, ids, mayGo, told) =>
        expiry.expire(
          id,
          ids,
          async (point) => {
            if (removed++ === 2) await world.records.holds.create(hold.id, hold, noted);
            return mayGo(point);
          },
          told,
        ),
    };
    await expireResource({ ...world.services, repository: { ...world.repository, expiry: late } }, world.resource.id);
    assert.equal((await visible(world)).length, points.length - 2);
    assert.deepEqual(await pass(world), []);
    assert.equal((await toldGone(world)).length, 2, 'what stayed is not told as gone');
  });

  it('keeps the last copy of who left until keepGoneDays, tells 14 days before, and never lets it go under a hold', async () => {
    const world = await retentionWorld(rules);
    await world.backUp(3, 24);
    const notices = async () =>
      (await world.records.outbox.list()).map(({ message }) => message as { kind: string; endsAt: string });
    await world.records.resources.put({ ...world.resource, state: 'gone', goneSince: instant(world.clock.now()) });
    await pass(world);
    assert.equal((await visible(world)).length, 3);
    const left = world.clock.now();
    const at = (days: number): void => world.goTo(instant(left + days * dayMs));
    at(15);
    await pass(world);
    assert.equal((await visible(world)).length, 1);
    assert.deepEqual(await notices(), []);
    at(17);
    await pass(world);
    const [notice] = await notices();
    assert.deepEqual([notice?.kind, notice?.endsAt], ['lastCopyEnds', instant(left + 31 * dayMs)]);
    at(30.5);
    await pass(world);
    assert.equal((await visible(world)).length, 1, 'told 13.5 days ago');

    // A hold puts it off, and it is told anew when that is over.
    const hold = aHold({ on: { kind: 'user', sourceId: 'anna' } });
    const { etag } = await world.records.holds.create(hold.id, hold, noted);
    at(60);
    await pass(world);
    await world.records.holds.update(hold.id, { ...hold, releasedAt: instant(world.clock.now()) }, etag, noted);
    await world.records.outbox.done((await world.records.outbox.list())[0]?.id ?? '');
    await pass(world);
    assert.equal((await visible(world)).length, 1);
    assert.equal((await notices())[0]?.endsAt, instant(left + 74 * dayMs));
    at(74);
    await pass(world);
    assert.deepEqual(await visible(world), []);
    assert.equal((await world.repository.points.head(world.resource.id)).newestPoint, undefined);
  });

  it('begins to count anew for somebody who came back meanwhile', async () => {
    const world = await retentionWorld(rules);
    await world.backUp(2, 24);
    const gone = { ...world.resource, state: 'gone' as const };
    await world.records.resources.put(gone);
    await pass(world);
    const left = world.clock.now();
    world.goTo(instant(left + 20 * dayMs));
    await pass(world);
    await world.records.resources.put(world.resource);
    world.goTo(instant(left + 40 * dayMs));
    await pass(world);
    await world.records.resources.put(gone);
    world.goTo(instant(left + 60 * dayMs));
    for (let n = 0; n < 2; n++) await pass(world);
    assert.equal((await visible(world)).length, 1);
  });

  it('heeds a policy that keeps more from one moment to the next, before its resources know', async () => {
    const world = await retentionWorld(rules);
    const points = await world.backUp(10, 24);
    const { etag } = (await world.records.policies.get(world.policy.id)) ?? { etag: '' };
    await world.records.policies.update({ ...world.policy, retention: { ...rules.retention, daily: 60 } }, etag);
    assert.deepEqual(await pass(world), []);
    assert.equal((await visible(world)).length, points.length);
  });

  it('ends as if undisturbed after a kill or a lost answer at any of its calls, and what is gone is written down', async () => {
    const made = await retentionWorld({ ...rules, retention: { daily: 3, weekly: 0, monthly: 0, minimumCopies: 1 } });
    await made.backUp(5, 24);
    let expected: readonly string[] | undefined;
    const runs = await everyFault(async (process) => {
      const through = await made.fork(process);
      await process
        .run(async () => void (await expireResource(through.services, made.resource.id)))
        .catch((error: unknown) => assert.ok(error instanceof Killed || isFault(error, 'unavailable'), String(error)));
      const after = await through.reopen();
      const audit = (await after.records.audit.list()).value;
      const named = audit.flatMap(({ on }) => (on['points'] ?? '').split(', '));
      const there = new Set((await allPoints(after.services, made.resource.id)).map(({ id }) => id));
      for (const { id } of await allPoints(made.services, made.resource.id))
        assert.ok(there.has(id) || named.includes(id), 'nothing goes unnoted');
      for (let n = 0; n < 2; n++) await pass(after);
      const end = await visible(after);
      expected ??= end;
      assert.deepEqual(end, expected);
      assert.deepEqual(await after.repository.expiry.unfinished(made.resource.id), []);
      // Every point that went is told as gone, and no other, however often.
      const before = await allPoints(made.services, made.resource.id);
      const went = before.filter(({ takenAt }) => !end.includes(takenAt)).map(({ id }) => id);
      assert.deepEqual([...new Set(await toldGone(after))].toSorted(), went.toSorted());
    });
    assert.ok(runs > 100, `${runs} runs`);
  });
});

describe('the timer of retention', () => {
  it('nudges every resource once a day, a page at a time, and goes on where it was killed', async () => {
    const world = await retentionWorld(rules);
    for (let n = 0; n < 450; n++)
      await world.records.resources.put({ ...world.resource, id: String(n).padStart(32, '0') as never });
    for (const number of [2, 150, 204, 206, 300, 454]) {
      const process = boundary(faultAt(number, 'kill-after'));
      const through = await world.fork(process);
      await assert.rejects(
        process.run(() => expiryTick(through.services)),
        Killed,
      );
      const after = await through.reopen();
      await expiryTick(after.services);
      const sent = [...through.queue.dump('sweep'), ...after.queue.dump('sweep')].map(({ message }) => message);
      assert.equal(new Set(sent.map((message) => JSON.stringify(message))).size, 451);
      assert.equal(await expiryTick(after.services), 0);
    }
    assert.equal(await expiryTick(world.services), 451);
    world.goTo(instant(world.clock.now() + dayMs));
    assert.equal(await expiryTick(world.services), 451);
  });
});
