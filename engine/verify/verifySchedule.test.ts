import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backupWorld } from '../backup/testing/backupWorld.ts';
import type { Verification } from '../model/verification.ts';
import { damageContent } from './testing/damageContent.ts';
import { drainVerify, verifyServices } from './testing/verifyWorld.ts';
import { scheduleVerifications, type VerifySchedule } from './verifySchedule.ts';

const dayMs = 24 * 3_600_000;
const plan: VerifySchedule = { samples: 'weekly', share: 0.02, fullEveryDays: 3 };

async function build() {
  const world = await backupWorld();
  world.source.folder('inbox', 'Inbox');
  for (const id of ['a', 'b', 'c']) world.source.put(id, 'inbox', `content of ${id} `.repeat(300));
  await world.run();
  const services = verifyServices(world, await world.start());
  const { repository } = (await world.start()).services;
  const idOf = (...parts: readonly string[]): string => repository.idOf(...parts);
  const all = async (): Promise<readonly Verification[]> =>
    (await services.records.inspections.list('verify')).value.map(({ value }) => value as Verification);
  const tick = async (schedule = plan): Promise<void> => {
    await scheduleVerifications({ ...services, idOf }, schedule);
    await scheduleVerifications({ ...services, idOf }, schedule);
    await drainVerify(world, services);
  };
  const later = (days: number): void => world.clock.set(world.clock.now() + days * dayMs);
  return { world, services, all, tick, later };
}

describe('what is verified by itself', () => {
  it('leaves a new deployment its first backup, then looks at a sample each week, once', async () => {
    const { all, tick, later } = await build();
    const weekly = { ...plan, fullEveryDays: 0 };
    await tick(weekly);
    assert.equal((await all()).length, 0);
    later(7);
    await tick(weekly);
    await tick(weekly);
    later(7);
    await tick(weekly);
    const found = await all();
    assert.deepEqual(
      found.map(({ level, share, startedBy, state }) => [level, share, startedBy, state]),
      Array(2).fill(['sampling', 0.02, 'schedule', 'done']),
    );
    later(7);
    await tick({ ...weekly, samples: 'off' });
    assert.equal((await all()).length, 2);
  });

  it('reads every byte of each resource once in a turn, also when days were missed', async () => {
    const { world, services, all, tick, later } = await build();
    await damageContent(world, 'b');
    const full = { ...plan, samples: 'off' as const };
    for (const days of [1, 1, 5, 1, 1, 1]) {
      later(days);
      await tick(full);
    }
    const turns = (await all()).toReversed();
    assert.deepEqual(
      turns.map(({ part }) => part?.index),
      [0, 1, 2, 0, 1, 2],
    );
    const mine = Number.parseInt(world.resource.slice(0, 8), 16) % 3;
    assert.deepEqual(
      turns.map(({ looked }) => looked.resources),
      turns.map(({ part }) => (part?.index === mine ? 1 : 0)),
    );
    assert.ok(turns.some(({ found }) => found.items > 0));
    const damaged = await Array.fromAsync(services.repository.damage.items(world.resource));
    assert.ok(damaged.some(({ sourceId }) => sourceId === 'b'));
  });
});
