import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { paths, type RouteName } from '../../contract/paths.ts';
import type { Route } from '../../contract/route.ts';
import { routes } from '../../contract/routes.ts';
import { furnished, refusedWith } from '../testing/furnished.ts';
import { anna, ben, carl } from '../testing/people.ts';
import type { ApiWorld } from '../testing/world.ts';

const admin = ['Backup.Admin'] as const;

describe('own data', () => {
  let world: ApiWorld;
  const as = async (id: string, roles: Parameters<ApiWorld['signIn']['person']>[1] = []) =>
    world.client(await world.signIn.person(id, roles));
  before(async () => {
    world = await furnished();
  });

  it('is all that a member sees', async () => {
    const member = await as(anna);
    assert.deepEqual(
      (await member.call('listResources', { query: {} })).value.map(({ id }) => id),
      [world.mail.anna.id],
    );
    assert.deepEqual((await member.call('listResources', { query: { owner: ben } })).value, []);
    const hits = await member.call('search', { query: { q: 'plan' } });
    assert.deepEqual(hits.value, []);
    assert.equal(hits.coverage.resources, 1);
  });

  it('of somebody else is answered like what does not exist, on every route that names a resource', async () => {
    const token = await world.signIn.person(anna);
    const foreign = world.mail.ben.id;
    const foreignItem = world.itemId(world.mail.ben, 'Secret plan');
    for (const name of Object.keys(paths) as RouteName[]) {
      const { method, path } = paths[name];
      if (!path.startsWith('/resources/{id}')) continue;
      const ask = async (resource: string, item: string) => {
        const answer = await world.send(`/api${path.replace('{id}', resource).replace('{itemId}', item)}?nonsense=1`, {
          method,
          token,
        });
        const { reference: _, ...problem } = (await answer.json()) as { reference: string };
        return { status: answer.status, problem };
      };
      const unknown = await ask('0'.repeat(32), '0'.repeat(32));
      const { allow }: Route = routes[name];
      assert.equal(unknown.status, allow.includes('member') ? 404 : 403, name);
      assert.deepEqual(await ask(foreign, foreignItem), unknown, name);
    }
  });

  it('stays closed for 200 guessed ids, all with the same answer', async () => {
    const token = await world.signIn.person(carl);
    const answers = new Set<string>();
    const random = world.services.random;
    for (let guess = 0; guess < 200; guess++) {
      const id = guess === 100 ? world.mail.ben.id : Buffer.from(random.bytes(16)).toString('hex');
      const answer = await world.send(`/api/resources/${id}/items`, { token });
      const { reference: _, ...problem } = (await answer.json()) as { reference: string };
      answers.add(JSON.stringify({ status: answer.status, problem }));
    }
    assert.equal(answers.size, 1, [...answers].join('\n'));
  });

  it('can be asked back by its owner, and nobody else’s', async () => {
    const member = await as(anna);
    const order = (resource: typeof world.mail.anna, name: string) => ({
      body: {
        selection: { items: [{ resourceId: resource.id, itemId: world.itemId(resource, name) }] },
        destination: { kind: 'download' as const },
      },
    });
    const request = await member.call('createRestore', order(world.mail.anna, 'Budget'));
    assert.equal(request.state, 'planning');
    await assert.rejects(member.call('createRestore', order(world.mail.ben, 'Secret plan')), refusedWith(404));
    const [noted] = (await (await as(carl, admin)).call('listAudit', { query: { action: 'restore.ask' } })).value;
    assert.deepEqual([noted?.who, noted?.result], [anna, 'refused']);
    const stranger = await as(carl);
    await assert.rejects(stranger.call('getRestore', { params: { id: request.id } }), refusedWith(404));
    await assert.rejects(stranger.call('cancelRestore', { params: { id: request.id } }), refusedWith(404));
    assert.deepEqual((await stranger.call('listRestores', { query: {} })).value, []);
  });

  it('of somebody else, named in a wish, is answered and written down like what does not exist', async () => {
    const token = await world.signIn.person(anna);
    const unknown = 'f'.repeat(32);
    const own = { resourceId: world.mail.anna.id, itemId: world.itemId(world.mail.anna, 'Budget') };
    const wishes = (resourceId: string) => [
      { selection: { resourceId } },
      { selection: { resourceId, at: '2020-01-01T00:00:00Z' } },
      { selection: { items: [own, { resourceId, itemId: world.itemId(world.mail.ben, 'Secret plan') }] } },
      { selection: { folders: [{ resourceId, itemId: unknown }] }, destination: { kind: 'download' } },
      { selection: { items: [own] }, destination: { kind: 'resource', resourceId } },
    ];
    const answersTo = async (resourceId: string) => {
      const answers = [];
      for (const body of wishes(resourceId)) {
        const answer = await world.send('/api/restore-requests', { method: 'POST', token, body });
        const { reference: _, ...problem } = (await answer.json()) as { reference: string };
        answers.push({ status: answer.status, problem });
      }
      const seen = await world.send('/api/audit?pageSize=5', { token });
      const { value } = (await seen.json()) as { value: { action: string; on: object; result: string }[] };
      return { answers, audited: value.map(({ action, on, result }) => ({ action, on, result })) };
    };
    const none = await answersTo(unknown);
    assert.deepEqual(
      none.answers.map(({ status }) => status),
      [404, 404, 404, 404, 404],
    );
    assert.deepEqual(await answersTo(world.mail.ben.id), none);
  });

  it('of a workload that self-service leaves out is not given back to its owner without an administrator', async () => {
    const boss = await as(carl, admin);
    const member = await as(anna);
    const body = { selection: { resourceId: world.mail.anna.id } };
    const shared = { enabled: true, download: true };
    await boss.call('putSettings', { params: { name: 'selfService' }, body: { ...shared, workloads: ['drive'] } });
    await assert.rejects(member.call('createRestore', { body }), refusedWith(403, /self-service for Mail/));
    await boss.call('putSettings', { params: { name: 'selfService' }, body: { ...shared, workloads: ['mail'] } });
    assert.equal((await member.call('createRestore', { body })).state, 'planning');
    await boss.call('putSettings', { params: { name: 'selfService' }, body: shared });
  });

  it('is closed to its owner when the admins switch self-service off', async () => {
    const boss = await as(carl, admin);
    await boss.call('putSettings', { params: { name: 'selfService' }, body: { enabled: false, download: false } });
    const member = await as(anna);
    assert.deepEqual((await member.call('listResources', { query: {} })).value, []);
    await assert.rejects(member.call('getResource', { params: { id: world.mail.anna.id } }), refusedWith(404));
    await boss.call('putSettings', { params: { name: 'selfService' }, body: { enabled: true, download: true } });
    assert.equal((await member.call('getResource', { params: { id: world.mail.anna.id } })).id, world.mail.anna.id);
  });
});
