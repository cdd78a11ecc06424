import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Discovery } from '../connector.ts';
import type { Fault } from '../fault.ts';
import type { RunId, UserId } from '../model/ids.ts';
import type { Run } from '../model/run.ts';
import type { BackupServices } from './backupServices.ts';
import { endOf } from './finishRun.ts';
import { policyNotes } from './lastRuns.ts';
import { startPolicyRun } from './startRun.ts';
import { backupWorld, type BackupWorld } from './testing/backupWorld.ts';
import { graphFault } from './testing/mailbox.ts';

const person = (name: string): Discovery => ({
  kind: 'found',
  resource: { workload: 'mail', kind: 'mailbox', sourceId: name, name, ownerId: name as UserId },
});
const missing = graphFault('not-found', { status: 404 });
const refused = graphFault('forbidden', { status: 403 });

interface GroupWorld {
  readonly world: BackupWorld;
  readonly services: BackupServices;
  /** What the directory answers when it is asked for the members of a group. */
  readonly groups: Map<string, ReadonlySet<string> | Fault>;
  readonly run: () => Promise<Run>;
  readonly states: () => Promise<Readonly<Record<string, string>>>;
}

/** A policy that means the group `sales`, without the group `board`, in a tenant of Adele and Bo. */
async function groupWorld(): Promise<GroupWorld> {
  const world = await backupWorld();
  const process = await world.start();
  const groups: GroupWorld['groups'] = new Map([
    ['sales', new Set(['adele', 'bo', 'cy'])],
    ['board', new Set(['bo'])],
  ]);
  const services: BackupServices = {
    ...process.services,
    groupMembers: async (group) => {
      const members = groups.get(group) ?? missing;
      if (members instanceof Error) throw members;
      return members;
    },
  };
  const [stored] = await services.records.policies.list();
  assert.ok(stored);
  const scope = {
    ...stored.value.scope,
    include: [{ kind: 'group' as const, sourceId: 'sales' }],
    exclude: [{ kind: 'group' as const, sourceId: 'board', reason: 'The board keeps its own' }],
  };
  await services.records.policies.update({ ...stored.value, scope }, stored.etag);
  world.source.resources = ['adele', 'bo'].map(person);
  const run = async (): Promise<Run> => {
    const id: RunId = await startPolicyRun(services, stored.value.id, 'schedule');
    await world.drain({ ...process, services });
    const ended = (await services.records.runs.get(id))?.value;
    assert.ok(ended);
    return ended;
  };
  const states = async () =>
    Object.fromEntries(
      (await services.records.resources.list({})).value.map(({ name, state, reason }) => [
        name,
        reason === undefined ? state : `${state}: ${reason}`,
      ]),
    );
  return { world, services, groups, run, states };
}

const troubles = async ({ services }: GroupWorld): Promise<readonly string[]> => {
  const policies = (await services.records.policies.list()).map(({ value }) => value);
  return [...(await policyNotes(services, policies)).values()].flatMap((notes) => notes.troubles);
};
const before = { adele: 'protected', bo: 'excluded: The board keeps its own' };

describe('a group that was deleted', () => {
  it('shrinks no protection, lowers no status, is told by one run, and stays with the policy as its trouble', async () => {
    const tenant = await groupWorld();
    const { world, groups, run, states } = tenant;
    assert.deepEqual([(await run()).status, await states(), await troubles(tenant)], ['complete', before, []]);

    groups.clear();
    world.source.resources = ['adele', 'bo', 'cy'].map(person);
    world.nextSlot();
    const first = await run();
    assert.deepEqual(
      [first.status, (await tenant.services.records.runs.resources.list(first.id)).value.length],
      ['complete', 1],
    );
    for (const group of ['sales', 'board'])
      assert.match(first.reason ?? '', new RegExp(`The group ${group} .*cannot be found.*stays as before`));
    assert.deepEqual(await states(), { ...before, cy: 'notProtected: No policy includes it' });

    world.nextSlot();
    const second = await run();
    assert.deepEqual([second.status, second.reason, second.overlooked], ['complete', undefined, undefined]);
    assert.equal((await troubles(tenant)).length, 2);
  });

  it('and was all that the policy means leaves nothing to call complete', async () => {
    const { world, groups, run } = await groupWorld();
    groups.clear();
    world.source.resources = [person('dana')];
    const ended = await run();
    assert.equal(ended.status, 'failed');
    assert.match(
      ended.reason ?? '',
      /^The group sales .* The group board [^.]*cannot be found in the directory\.[^.]*\.$/s,
    );
  });
});

describe('a group that may not be read', () => {
  it('keeps its known members protected, is never green, and says which one and the way out', async () => {
    const tenant = await groupWorld();
    const { world, groups, run, states } = tenant;
    await run();
    groups.set('sales', refused);
    world.source.resources = ['adele', 'bo', 'cy'].map(person);
    for (let again = 0; again < 2; again++) {
      world.nextSlot();
      const ended = await run();
      assert.deepEqual([ended.status, ended.overlooked], ['partial', true]);
      assert.match(ended.reason ?? '', /group sales .*Microsoft 365 said no.*GroupMember\.Read\.All/);
      assert.equal((await tenant.services.records.runs.resources.list(ended.id)).value.length, 1);
      assert.deepEqual(await states(), { ...before, cy: 'notProtected: No policy includes it' });
    }
    assert.match((await troubles(tenant)).join(), /group sales /);
    groups.set('sales', new Set(['adele']));
    world.nextSlot();
    assert.equal((await run()).status, 'complete');
    assert.deepEqual(await troubles(tenant), []);
  });

  it('because nobody answers is waited for at first, and then the others are not kept waiting for a day', async () => {
    const { world, groups, run } = await groupWorld();
    await run();
    groups.set('board', graphFault('unavailable'));
    world.nextSlot();
    const began = world.clock.now();
    const ended = await run();
    assert.equal(ended.status, 'partial');
    assert.match(ended.reason ?? '', /group board /);
    const took = world.clock.now() - began;
    assert.ok(took > 5 * 60_000 && took < 30 * 60_000, `after ${took} ms`);
  });

  it('leaves room for the other reasons of the run, the most important first', () => {
    const row = (reason: string) => ({ state: 'failed', status: 'failed', reason, counts: {} }) as never;
    const blind = { state: 'running', reason: 'Who is in the group x could not be read.', alreadyRunning: [] } as never;
    assert.equal(
      endOf(blind, [row('The mailbox is locked')], '' as never).reason,
      'Who is in the group x could not be read. The mailbox is locked.',
    );
    assert.equal(
      endOf(blind, [row('The mailbox is locked'), row('Storage is full')], '' as never).reason,
      'Storage is full. Who is in the group x could not be read.',
    );
  });
});
