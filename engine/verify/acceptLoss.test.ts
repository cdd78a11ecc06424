import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backupWorld, type BackupWorld } from '../backup/testing/backupWorld.ts';
import { isFault } from '../fault.ts';
import type { ItemId, UserId } from '../model/ids.ts';
import { isAcceptedLoss } from '../repository/damage.ts';
import { acceptLoss, type LossOrder } from './acceptLoss.ts';
import { isAcceptedObject } from './acceptedFindings.ts';
import { standingFindings } from './standingFindings.ts';
import { damageContent } from './testing/damageContent.ts';
import { verifyAll, verifyServices } from './testing/verifyWorld.ts';

const carl = { id: 'carl' as UserId, name: 'Carl' };

/** An old version of `a` is lost for good: its pack is gone, and the source holds a newer one by now. */
async function build(): Promise<BackupWorld> {
  const world = await backupWorld({ style: 'drive' });
  world.source.put('a', undefined, 'first state of a '.repeat(3_000));
  world.source.put('b', undefined, 'content of b '.repeat(3_000));
  await world.run();
  await damageContent(world, 'a');
  await verifyAll(world);
  world.source.put('a', undefined, 'second state of a '.repeat(3_000));
  await world.run();
  later(world);
  await verifyAll(world);
  return world;
}

const later = (world: BackupWorld): void => world.clock.set(world.clock.now() + 3_600_000);

async function look(world: BackupWorld) {
  const services = verifyServices(world, await world.start());
  const { repository, records } = services;
  const items = await Array.fromAsync(repository.damage.items(world.resource));
  const [count] = await Array.fromAsync(repository.damage.counts());
  const newest = (await records.inspections.list('verify')).value[0]?.value as Awaited<
    ReturnType<typeof verifyAll>
  >['verification'];
  const resource = (await records.resources.get(world.resource))?.value ?? assert.fail('it is known');
  const accept = (order: LossOrder) => acceptLoss(services, carl, resource, order);
  const told = (await records.outbox.list()).filter(({ id }) => id.startsWith('verify-')).length;
  const others = async () => {
    const accepted = await Array.fromAsync(repository.acceptedObjects.list());
    return (await standingFindings(records)()).filter((finding) => !isAcceptedObject(finding, accepted)).length;
  };
  return { repository, records, items, count, newest, accept, told, others };
}

describe('a loss that an administrator accepts', () => {
  it('stays on the list with its reason, warns no more, and is in the audit', async () => {
    const world = await build();
    const before = await look(world);
    assert.ok(
      before.items.length > 0 && before.items.every(({ inNewest }) => !inNewest),
      'only the older point lost it',
    );
    assert.ok(before.newest.found.others > 0, 'the pack that is gone is a finding of its own');
    assert.equal(before.count?.accepted, 0);

    const { items } = before;
    assert.deepEqual(await before.accept({ reason: 'its owner left' }), {
      accepted: items.length,
      objects: before.newest.found.others,
      left: 0,
    });
    const after = await look(world);
    assert.deepEqual(after.count, { ...before.count, accepted: items.length });
    assert.ok(after.items.every(isAcceptedLoss));
    const { by, byName, reason } = after.items[0]?.accepted ?? assert.fail('it is accepted');
    assert.deepEqual([by, byName, reason], ['carl', 'Carl', 'its owner left']);
    assert.equal(await after.others(), 0);
    const [noted] = (await after.records.audit.list()).value;
    assert.deepEqual([noted?.action, noted?.who, noted?.on['reason']], ['loss.accept', 'carl', 'its owner left']);

    later(world);
    await verifyAll(world);
    const again = await look(world);
    assert.deepEqual(again.count, after.count, 'the next look goes on naming it, and calls nobody');
    assert.equal(again.told, before.told);
    assert.equal(again.newest.found.acceptedItems, items.length);
    assert.equal(again.newest.found.acceptedOthers, again.newest.found.others);
    await assert.rejects(again.accept({ reason: 'once more' }), (error) => isFault(error, 'conflict'));
  });

  it('may be accepted item by item; the object follows with the last of them', async () => {
    const world = await build();
    const { accept, items, newest } = await look(world);
    const [first, ...others] = items.map(({ itemId }) => itemId) as [ItemId, ...ItemId[]];
    if (others.length > 0) {
      const part = await accept({ reason: 'one', items: [first] });
      assert.deepEqual([part.accepted, part.objects, part.left], [1, 0, others.length]);
    }
    const rest = await accept({ reason: 'the others', items: [first, ...others] });
    assert.deepEqual([rest.objects, rest.left], [newest.found.others, 0]);
    await assert.rejects(accept({ reason: 'x', items: ['0'.repeat(32) as ItemId] }), (error) =>
      isFault(error, 'not-found'),
    );
  });

  it('is none while the next backup fetches it again', async () => {
    const world = await backupWorld({ style: 'drive' });
    world.source.put('a', undefined, 'content of a '.repeat(300));
    await world.run();
    await damageContent(world, 'a');
    await verifyAll(world);
    const { accept, items } = await look(world);
    const isRefused = (code: string) => (error: unknown) => isFault(error, 'conflict') && error.code === code;
    await assert.rejects(accept({ reason: 'x' }), isRefused('nothing'));
    await assert.rejects(accept({ reason: 'x', items: items.map(({ itemId }) => itemId) }), isRefused('healable'));
    assert.equal((await look(world)).count?.accepted, 0);
  });

  it('warns again when other restore points lose it too', async () => {
    const world = await build();
    await (await look(world)).accept({ reason: 'its owner left' });
    const accepted = (await look(world)).count?.accepted ?? 0;
    await damageContent(world, 'a');
    later(world);
    await verifyAll(world);
    const { count, items, told } = await look(world);
    assert.ok((count?.accepted ?? 0) < (count?.items ?? 0), `${count?.accepted} of ${count?.items}`);
    assert.ok(items.some((item) => item.inNewest && !isAcceptedLoss(item)));
    assert.ok(accepted > 0 && told === 3, `${told} notices`);
  });

  it('is new damage when what was brought back is lost once more', async () => {
    const world = await backupWorld({ style: 'drive' });
    world.source.put('a', undefined, 'first state of a '.repeat(3_000));
    await world.run();
    const kept = world.blobs.dump();
    const pack = await damageContent(world, 'a');
    await verifyAll(world);
    world.source.put('a', undefined, 'second state of a '.repeat(3_000));
    await world.run();
    later(world);
    await verifyAll(world);
    await (await look(world)).accept({ reason: 'lost' });
    const bytes = kept.find(({ name }) => name === pack)?.bytes ?? assert.fail('there was a pack');
    await world.blobs.create('repository', pack, bytes);
    later(world);
    await verifyAll(world);
    assert.equal((await look(world)).count, undefined, 'it is whole again');
    world.blobs.tamper('repository', pack, () => undefined);
    later(world);
    await verifyAll(world);
    const { count, newest } = await look(world);
    assert.equal(count?.accepted, 0);
    assert.equal(newest.found.acceptedOthers, undefined);
  });
});
