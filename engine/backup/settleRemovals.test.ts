import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startPolicyRun } from './startRun.ts';
import type { BackupServices } from './backupServices.ts';
import { cancelRun } from './cancelRun.ts';
import { stateOf } from './roundState.ts';
import { assertTrue, backupWorld, endState } from './testing/backupWorld.ts';
import { mailbox, newestIds, nothing } from './testing/mailbox.ts';

describe('moves and removals', () => {
  it('keep a message one item when it changes its folder', async () => {
    const world = await mailbox(2);
    world.source.folder('f2', 'Archive');
    await world.run();
    world.nextSlot();
    world.source.move('m0', 'f2');
    const end = await endState(world, await world.run());
    assert.deepEqual(await newestIds(world), ['f1', 'f2', 'm0', 'm1']);
    assert.equal((end.run.counts as { removed: number }).removed, 0);
  });

  it('of 60 % of a mailbox do not empty the newest listing before the round ends', async () => {
    const world = await mailbox(10, { settings: { pointItems: 1 } });
    await world.run();
    world.nextSlot();
    for (let i = 0; i < 6; i++) world.source.remove(`m${i}`);
    for (let i = 0; i < 6; i++) world.source.put(`n${i}`, 'f1', `new ${i}`);
    const process = await world.start();
    const run = await startPolicyRun(process.services, world.policy, 'schedule');
    const { repository } = process.services;
    const seen: number[] = [];
    world.source.onFetch = () => undefined;
    await world.drain({
      ...process,
      services: {
        ...process.services,
        repository: {
          ...repository,
          points: {
            ...repository.points,
            async publish(head, draft) {
              const published = await repository.points.publish(head, draft);
              seen.push(published.point.counts.items);
              return published;
            },
          },
        },
      },
    });
    const last = seen.pop();
    assert.ok(seen.length > 0 && seen.every((items) => items >= 10), `partial points showed ${seen.join()} items`);
    assert.equal(last, 10);
    assert.equal(((await endState(world, run)).run.counts as { removed: number }).removed, 6);
    assert.deepEqual(
      (await newestIds(world)).filter((id) => id.startsWith('m')),
      ['m6', 'm7', 'm8', 'm9'],
    );
  });

  it('that came back under the same id stay in the set', async () => {
    const world = await mailbox(3);
    await world.run();
    world.nextSlot();
    world.source.remove('m1');
    world.source.put('m1', 'f1', 'restored from the bin');
    await world.run();
    assert.deepEqual(await newestIds(world), ['f1', 'm0', 'm1', 'm2']);
    await assertTrue(world, (await world.start()).services.repository);
  });

  it('take the contents of a removed drive folder along, one line each, but not what was moved out', async () => {
    const world = await backupWorld({ style: 'drive', workload: 'drive' });
    const { source } = world;
    source.folder('root', 'root');
    source.folder('p', 'Projects', 'root');
    source.folder('q', 'Old', 'p');
    for (const id of ['a', 'b', 'c', 'd']) source.put(id, 'q', id);
    await world.run();
    world.nextSlot();
    source.move('b', 'root');
    source.remove('p');
    const end = await endState(world, await world.run());
    assert.deepEqual(await newestIds(world), ['b', 'root']);
    assert.equal((end.run.counts as { removed: number }).removed, 5);
  });

  it('are asked by id when the parent is another than the one that was left', async () => {
    const world = await mailbox(2);
    world.source.folder('f2', 'Archive');
    await world.run();
    world.nextSlot();
    // The feed of Archive was read before the message came there and left it again: only the removal is seen.
    const { connector, items } = world.source;
    const process = await world.start();
    const told = {
      ...connector,
      async *changes(...[resource, cursor, context]: Parameters<typeof connector.changes>) {
        yield { kind: 'removed', sourceId: 'm0', containerSourceId: 'f2' } as const;
        yield* connector.changes(resource, cursor, context);
      },
    };
    const services = { ...process.services, connectors: new Map([['mail', told]]) };
    await startPolicyRun(services, world.policy, 'schedule');
    await world.drain({ ...process, services });
    assert.equal(world.source.calls.locate, 1);
    assert.ok(items.has('m0'));
    assert.deepEqual(await newestIds(world), ['f1', 'f2', 'm0', 'm1']);
  });

  it('of what was listed as changed and is gone when it is read leave the set in the same round', async () => {
    const world = await mailbox(3);
    await world.run();
    world.nextSlot();
    world.source.put('m1', 'f1', 'changed, then deleted');
    world.source.onFetch = (id) => {
      world.source.onFetch = () => undefined;
      world.source.remove(id);
    };
    const end = await endState(world, await world.run());
    assert.deepEqual(end.ledger, ['m1 vanished  1']);
    assert.deepEqual(await newestIds(world), ['f1', 'm0', 'm2']);
  });

  it('that were half taken apart when the run was cancelled are taken apart from the start by the next', async () => {
    const world = await backupWorld({ style: 'drive', workload: 'drive' });
    const { source } = world;
    for (const folder of ['p', 'q', 'r', 's']) {
      source.folder(folder, folder);
      source.put(`in-${folder}`, folder, folder);
    }
    await world.run();
    world.nextSlot();
    for (const folder of ['p', 'q', 'r', 's']) source.remove(folder);
    const process = await world.start();
    const { repository } = process.services;
    const run = await startPolicyRun(process.services, world.policy, 'schedule');
    const stopping: BackupServices['repository'] = {
      ...repository,
      async putSlice(slice) {
        if (stateOf(slice).settling) await cancelRun(process.services, run);
        await repository.putSlice(slice);
      },
    };
    await world.drain({ ...process, services: { ...process.services, repository: stopping } });
    assert.equal((await endState(world, run)).run.state, 'cancelled');
    assert.equal((await newestIds(world)).length, 8, 'nothing half done shows');
    world.nextSlot();
    await world.run();
    assert.deepEqual(await newestIds(world), []);
  });
});

describe('a dead cursor', () => {
  for (const how of ['throw', 'restart'] as const) {
    it(`starts the listing over (${how}), fetches nothing known again and asks for what it did not show`, async () => {
      const world = await mailbox(5);
      await world.run();
      world.nextSlot();
      const opened = new Map(world.source.opened);
      world.source.expire(how);
      world.source.remove('m2');
      world.source.put('m3', 'f1', 'changed');
      const end = await endState(world, await world.run());
      assert.deepEqual(await newestIds(world), ['f1', 'm0', 'm1', 'm3', 'm4']);
      const again = [...world.source.opened].filter(([id, times]) => times !== opened.get(id)).map(([id]) => id);
      assert.deepEqual(again, ['m3']);
      assert.equal(world.source.calls.locate > 0, true);
      assert.equal(end.run.status, 'complete');
    });
  }
});

describe('a full compare', () => {
  it('comes round after a month and finds what the feed never said', async () => {
    const world = await mailbox(4);
    await world.run();
    // Lost without a word of the feed, as it happens at the service.
    (world.source.items as Map<string, unknown>).delete('m2');
    const opened = new Map(world.source.opened);
    world.nextSlot();
    await world.run();
    assert.ok((await newestIds(world)).includes('m2'), 'the feed does not know');
    world.clock.set(world.clock.now() + 31 * 86_400_000);
    const end = await endState(world, await world.run());
    assert.deepEqual(await newestIds(world), ['f1', 'm0', 'm1', 'm3']);
    assert.deepEqual(end.run.counts, { ...nothing, listed: 4, reused: 4, removed: 1, containers: 1 });
    assert.deepEqual(world.source.opened, opened, 'no content is fetched again');
    world.nextSlot();
    const next = await endState(world, await world.run());
    assert.deepEqual(next.run.counts, nothing, 'and then not again for a month');
  });
});
