import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backupWorld, type BackupWorld } from '../backup/testing/backupWorld.ts';
import type { UserId } from '../model/ids.ts';
import type { Verification } from '../model/verification.ts';
import type { OpenRepository } from '../repository/openRepository.ts';
import { damageContent } from './testing/damageContent.ts';
import { drainVerify, verifyAll, verifyServices } from './testing/verifyWorld.ts';
import { startRepair, verifyTick, workOnVerification } from './verifyFlow.ts';
import { verifySettings, type VerifyServices } from './verifyServices.ts';

/** Content of one item is damaged, and a verification has found it. */
async function build(): Promise<{ world: BackupWorld; id: string; services: VerifyServices }> {
  const world = await backupWorld();
  world.source.folder('inbox', 'Inbox');
  for (const id of ['a', 'b', 'c']) world.source.put(id, 'inbox', `content of ${id} `.repeat(300));
  await world.run();
  await damageContent(world, 'b');
  await world.tables.change('resources', world.resource, { kind: 'remove', key: 'head' });
  const { verification } = await verifyAll(world);
  return { world, id: verification.id, services: verifyServices(world, await world.start()) };
}

const stored = async ({ records }: VerifyServices, id: string): Promise<Verification> =>
  (await records.inspections.get(id))?.value as Verification;

describe('a repair', () => {
  it('hands on when the time of a job is spent, and says in the end what one job would have said', async () => {
    const said: unknown[] = [];
    for (const jobMs of [verifySettings.jobMs, 0]) {
      const { world, id, services } = await build();
      let jobs = 0;
      const counting: VerifyServices = {
        ...services,
        settings: { ...services.settings, jobMs },
        queue: {
          ...services.queue,
          send: async (...args) => {
            jobs++;
            await services.queue.send(...args);
          },
        },
      };
      await startRepair(counting, id, 'admin' as UserId);
      await drainVerify(world, counting);
      const { repair, holder } = await stored(services, id);
      assert.deepEqual([repair?.state, repair?.place, holder], ['done', undefined, undefined]);
      const words = [...(repair?.done ?? []), ...(repair?.left ?? [])];
      said.push(words.map((line) => line.replace(/[0-9a-f]{32}/g, 'id')));
      assert.ok(words.length > 2, words.join('\n'));
      assert.equal(jobs > 3, jobMs === 0, `${jobs} jobs`);
    }
    assert.deepEqual(said[0], said[1]);
  });

  it('is nobody else’s while it takes long, goes on elsewhere when its host stops, and waits out passing trouble', async () => {
    const { world, id, services } = await build();
    const { repository, settings } = services;
    const stopping = new AbortController();
    let reads = 0;
    const slow: VerifyServices = {
      ...services,
      signal: stopping.signal,
      repository: {
        ...repository,
        async *repairPacks(packs, beat = async () => undefined) {
          for (reads = 0; reads < 20; reads++) {
            world.clock.set(world.clock.now() + settings.aliveMs / 3);
            await beat();
            // Neither another nudge nor the tick takes it up.
            const { holder, heartbeatAt } = await stored(services, id);
            await workOnVerification(services, id);
            await verifyTick(services);
            assert.deepEqual(await stored(services, id).then((one) => [one.holder, one.heartbeatAt]), [
              holder,
              heartbeatAt,
            ]);
            if (reads === 12) stopping.abort();
          }
          yield* (repository as OpenRepository).repairPacks(packs);
        },
      },
    };
    await startRepair(slow, id, 'admin' as UserId);
    await workOnVerification(slow, id);
    assert.equal(reads, 13);
    const { repair, holder } = await stored(services, id);
    assert.deepEqual([repair?.state, repair?.place?.step, holder], ['running', 'packs', undefined]);
    await drainVerify(world, services);
    assert.equal((await stored(services, id)).repair?.state, 'done');
  });

  it('reads root after root, and stops where it is told to', async () => {
    const { world, services } = await build();
    const [item] = await Array.fromAsync(services.repository.damage.items(world.resource));
    const repair = async (most: number): Promise<number> => {
      let beats = 0;
      const beat = async (): Promise<void> => {
        if (++beats > most) throw new Error('enough');
      };
      await Array.fromAsync((services.repository as OpenRepository).repairPacks(item?.packs ?? [], beat));
      return beats;
    };
    await assert.rejects(repair(0), /enough/);
    assert.ok((await repair(Infinity)) > 1);
  });
});
