import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Discovery } from '../../engine/connector.ts';
import { isFault } from '../../engine/fault.ts';
import { createConnectors } from '../index.ts';
import { quietLog } from '../testing/demoTenant.ts';
import { batched, graphError, startOddServer, type OddServer, type Says } from '../testing/oddServer.ts';

describe('who is found', () => {
  let server: OddServer;
  before(async () => {
    server = await startOddServer();
  });
  after(() => server.stop());

  const people = ['a', 'b', 'c'].map((id) => ({ id, displayName: id, mail: `${id}@x.example` }));
  const good: Says = { body: { id: 'drive', userPurpose: 'user' } };
  /** Three people; what is asked about `b` is answered by `odd`. */
  const tenant = (odd: Says, others = good) =>
    server.answer((asked) => {
      if (asked.url.pathname === '/v1.0/users') return { body: { value: people } };
      return batched(asked, ({ url }) => (url.pathname.includes('/users/b/') ? odd : others));
    });
  const found = async (workload: string) => {
    const connector = createConnectors({ read: server.graph, now: () => Date.now(), log: quietLog }).get(workload);
    const all: Discovery[] = [];
    for await (const one of connector?.discover(new AbortController().signal) ?? []) all.push(one);
    return all.map((one) => [one.resource.ownerId, one.kind, one.kind === 'absent' && one.refused]);
  };

  it('knows a person by the id that their tokens hold, in whatever case the directory writes it', async () => {
    const id = 'C0FFEE00-1111-4222-8333-44445555666A';
    server.answer((asked) =>
      asked.url.pathname === '/v1.0/users' ? { body: { value: [{ id, mail: 7 }] } } : batched(asked, () => good),
    );
    for (const workload of ['mail', 'drive'])
      assert.deepEqual(await found(workload), [[id.toLowerCase(), 'found', false]]);
  });

  it('begins the list anew when the link to its next page has died, and names nobody twice', async () => {
    let links = 0;
    server.answer((asked) => {
      if (asked.url.pathname !== '/v1.0/users') return batched(asked, () => good);
      const next = `${server.url}/v1.0/users?$skiptoken=next`;
      if (!asked.url.searchParams.has('$skiptoken'))
        return { body: { value: people.slice(0, 2), '@odata.nextLink': next } };
      links += 1;
      return links === 1 ? graphError(400, 'Directory_ExpiredPageToken') : { body: { value: people.slice(1) } };
    });
    assert.deepEqual(
      (await found('mail')).map(([id]) => id),
      ['a', 'b', 'c'],
    );
  });

  it('begins anew as often as links die while it gets further, and gives up where it does not', async () => {
    const ids = Array.from({ length: 8 }, (_, at) => `p${at}`);
    let starts = 0;
    let most = ids.length;
    server.answer((asked) => {
      if (asked.url.pathname !== '/v1.0/users') return batched(asked, () => good);
      if (asked.url.searchParams.has('$skiptoken')) return graphError(400, 'Directory_ExpiredPageToken');
      starts += 1;
      const value = ids
        .slice(0, Math.min(starts, most))
        .map((id) => ({ id, displayName: id, mail: `${id}@x.example` }));
      const more = value.length < ids.length;
      return { body: { value, ...(more && { '@odata.nextLink': `${server.url}/v1.0/users?$skiptoken=dead` }) } };
    });
    assert.deepEqual(
      (await found('mail')).map(([id]) => id),
      ids,
    );
    [starts, most] = [0, 6];
    await assert.rejects(found('mail'), (error) => isFault(error, 'resync'));
    assert.equal(starts, 6 + 3);
  });

  for (const workload of ['mail', 'drive']) {
    for (const [what, says] of Object.entries<Says>({
      'a server error': { status: 500 },
      'a gateway that does not answer': { status: 504, body: '<html></html>' },
      'a refused question': graphError(400, 'BadRequest'),
      'something else than was asked': { body: { id: 7, userPurpose: 7 } },
      nothing: { status: 200 },
    }))
      it(`does not let ${what} about one person's ${workload} keep it from the others`, async () => {
        tenant(says);
        const [a, b, c] = await found(workload);
        assert.deepEqual(
          [a, c].map((one) => one?.slice(1)),
          [
            ['found', false],
            ['found', false],
          ],
        );
        // A mailbox that says nothing of its purpose is one of a person.
        if (!(workload === 'mail' && what === 'nothing')) assert.deepEqual(b, ['b', 'absent', true]);
      });

    it(`does not take one person's ${workload} for the service when that person is asked about alone`, async () => {
      const many = Array.from({ length: 21 }, (_, number) => ({ id: `p${number}`, mail: `p${number}@x.example` }));
      server.answer((asked) =>
        asked.url.pathname === '/v1.0/users'
          ? { body: { value: many } }
          : batched(asked, ({ url }) => (url.pathname.includes('/users/p20/') ? { status: 503 } : good)),
      );
      const all = await found(workload);
      assert.equal(all.filter(([, kind]) => kind === 'found').length, 20);
      assert.deepEqual(all.at(-1), ['p20', 'absent', true]);
    });

    it(`takes a service that answers about nobody's ${workload} for an outage`, async () => {
      tenant({ status: 503 }, { status: 503 });
      await assert.rejects(found(workload), (error) => isFault(error, 'unavailable'));
    });
  }

  it('does not turn in circles with a directory that does', async () => {
    server.answer(({ url }) =>
      url.pathname === '/v1.0/users'
        ? { body: { value: [], '@odata.nextLink': `${server.url}/v1.0/users?$skiptoken=same` } }
        : good,
    );
    await assert.rejects(found('mail'), (error) => isFault(error, 'unavailable') && error.code === 'PageLoop');
  });
});
