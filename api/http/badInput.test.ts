import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { furnished, refusedWith } from '../testing/furnished.ts';
import { carl } from '../testing/people.ts';
import type { ApiWorld } from '../testing/world.ts';

const admin = ['Backup.Admin'] as const;

describe('bad input', () => {
  let world: ApiWorld;
  let token: string;
  before(async () => {
    world = await furnished();
    token = await world.signIn.person(carl, admin);
  });
  const errorsOf = async (answer: Response) => {
    assert.equal(answer.status, 400);
    assert.equal(answer.headers.get('Content-Type'), 'application/problem+json');
    return ((await answer.json()) as { errors: { field: string; message: string }[] }).errors;
  };

  it('names unknown and repeated query names', async () => {
    const errors = await errorsOf(await world.send('/api/runs?pagesize=3&pageSize=1&pageSize=2&top=1', { token }));
    assert.deepEqual(errors.map(({ field }) => field).toSorted(), ['pageSize', 'pagesize', 'top']);
    assert.deepEqual(
      (await errorsOf(await world.send('/api/me?x=1', { token }))).map(({ field }) => field),
      ['x'],
    );
  });

  it('names a selection that reaches into more restore points than a request may, and how to narrow it', async () => {
    const resourceId = world.mail.anna.id;
    const itemId = world.itemId(world.mail.anna, 'Budget');
    const moment = (second: number) => new Date(Date.now() + second * 1000).toISOString();
    const items = Array.from({ length: 2_001 }, (_, second) => ({ resourceId, itemId, at: moment(second) }));
    const body = { selection: { items }, reason: 'Lost' };
    const answer = await world.send('/api/restore-requests', { token, method: 'POST', body });
    const [error] = await errorsOf(answer);
    assert.equal(error?.field, 'selection');
    assert.match(error.message, /more than 2,000 restore points\. Narrow it/);
  });

  it('names every wrong field of a body', async () => {
    const body = {
      name: '',
      enabled: 'yes',
      scope: { include: [{ kind: 'planet' }], exclude: [], workloads: [], autoInclude: true },
      schedule: { everyHours: 0 },
      retention: { daily: -1, weekly: 1, monthly: 1, minimumCopies: 0 },
      colour: 'red',
    };
    const fields = (await errorsOf(await world.send('/api/policies', { token, method: 'POST', body }))).map(
      ({ field }) => field,
    );
    for (const field of [
      'name',
      'enabled',
      'scope.workloads',
      'schedule.everyHours',
      'retention.daily',
      'retention.minimumCopies',
      'colour',
    ])
      assert.ok(fields.includes(field), `${field} in ${fields.join()}`);
  });

  it('refuses to promise permissions, which no backup holds', async () => {
    const body = { selection: { resourceId: 'a'.repeat(32) }, includePermissions: true };
    const errors = await errorsOf(await world.send('/api/restore-requests', { token, method: 'POST', body }));
    assert.deepEqual(
      errors.map(({ field }) => field),
      ['includePermissions'],
    );
    assert.match(errors[0]?.message ?? '', /not backed up yet/);
  });

  for (const body of ['', '{', '[]', 'null', '"text"', '\u0000', '{"__proto__":{"admin":true}}'])
    it(`refuses the body ${JSON.stringify(body)}`, async () => {
      assert.ok((await errorsOf(await world.send('/api/keys/verify', { token, method: 'POST', body }))).length > 0);
    });

  it('is refused by size before it is parsed', async () => {
    const answer = await world.send('/api/policies', { token, method: 'POST', body: `"${'x'.repeat(1_100_000)}"` });
    assert.equal(answer.status, 413);
  });

  it('never gets through with a token of another list', async () => {
    for (const pageToken of [
      'x',
      'e30',
      Buffer.from('{"s":-1}').toString('base64url'),
      Buffer.from('{"t":{},"s":0}').toString('base64url'),
    ])
      assert.equal((await world.send(`/api/policies?pageToken=${pageToken}`, { token })).status, 400, pageToken);
  });

  it('does not change a policy that somebody else changed', async () => {
    const client = world.client(token);
    const { etag } = await client.call('getPolicy', { params: { id: world.policy.id } });
    const changed = await client.call('changePolicy', { params: { id: world.policy.id }, body: { name: 'All', etag } });
    assert.equal(changed.name, 'All');
    await assert.rejects(
      client.call('changePolicy', { params: { id: world.policy.id }, body: { name: 'Mine', etag } }),
      refusedWith(409),
    );
    await assert.rejects(
      client.call('changePolicy', { params: { id: world.policy.id }, body: { name: 'Mine' } }, { ifMatch: etag }),
      refusedWith(412),
    );
    await assert.rejects(
      client.call('removePolicy', { params: { id: world.policy.id } }, { ifMatch: 'stale' }),
      refusedWith(412),
    );
    const current = await client.call('getPolicy', { params: { id: world.policy.id } });
    assert.equal(current.name, 'All');
    const last = await client.call(
      'changePolicy',
      { params: { id: world.policy.id }, body: { name: 'Everything' } },
      { ifMatch: current.etag },
    );
    assert.equal(last.name, 'Everything');
  });

  it('gets 429 with a time to wait when it comes in floods, and others go on', async () => {
    const flood = await world.signIn.person('dddddddd-0000-4000-8000-00000000000d', admin);
    let limited: Response | undefined;
    for (let call = 0; call < 300 && limited === undefined; call++) {
      const answer = await world.send('/api/keys/verify', { token: flood, method: 'POST', body: {} });
      if (answer.status === 429) limited = answer;
    }
    assert.ok(Number(limited?.headers.get('Retry-After')) >= 1);
    assert.equal((await world.send('/api/me', { token })).status, 200);
  });

  it('leaves no name and no token in the log', async () => {
    await world.send(`/api/search?q=Budget&nonsense=${token}`, { token });
    await world.send('/api/resources/Budget/items', { token });
    assert.doesNotMatch(JSON.stringify(world.log.lines), /Budget|eyJ|contoso/);
  });
});
