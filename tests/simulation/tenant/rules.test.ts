import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { text as textOf } from 'node:stream/consumers';
import { z } from 'zod';
import { isFault } from '../../../engine/fault.ts';
import { fetched, givenOf, orderOf, sha256 } from '../../../engine/testing/connectorReads.ts';
import type { ReadContext } from '../../../engine/connector.ts';
import { virtualClock } from '../../../engine/testing/virtualClock.ts';
import { directoryScope } from '../../../graph/index.ts';
import { createConnectors } from '../../../workloads/index.ts';
import { quietLog } from '../../../workloads/testing/demoTenant.ts';
import { simTenant, type SimTenant } from './simTenant.ts';
import { connect, resourceOf } from './simWorld.ts';

const signal = new AbortController().signal;
const reading: ReadContext = { signal, options: {}, priority: 'incremental' };
const IMMUTABLE = { prefer: 'IdType="ImmutableId"' };

async function opened() {
  const clock = virtualClock();
  const tenant = simTenant({ clock });
  const token = await tenant.signIn.acquire('backup')(false);
  /** A request past the shipped client. */
  const ask = (method: string, url: string, headers: Readonly<Record<string, string>> = {}, body?: string) =>
    tenant.transport.send({
      method,
      url: url.startsWith('https://') ? url : `https://graph.microsoft.com/v1.0${url}`,
      headers: { ...(url.startsWith('https://') ? {} : { authorization: `Bearer ${token}` }), ...headers },
      body,
      signal,
    });
  return { clock, tenant, ask, anna: tenant.people.id('anna'), drive: tenant.people.driveId('anna') };
}

const violated = ({ violations }: SimTenant): string => violations.join('\n');

describe('the rules of the simulated tenant', () => {
  it('names a request that it does not know, and refuses to answer it', async () => {
    const { tenant, ask } = await opened();
    await assert.rejects(ask('GET', '/users/1/calendars'), TypeError);
    await assert.rejects(ask('GET', 'https://elsewhere.example/'), TypeError);
    assert.match(violated(tenant), /calendars: unknown\n.*elsewhere\.example\/: unknown/);
  });

  it('names who comes before the time that was asked for, and not who comes at it or asks for something else', async () => {
    const { tenant, ask, clock, anna } = await opened();
    tenant.trouble = ({ number }) => (number === 1 ? { kind: 'status', status: 429, retryAfter: 30 } : undefined);
    await ask('GET', `/users/${anna}/mailFolders`, IMMUTABLE);
    await ask('GET', `/drives/${tenant.people.driveId('anna')}/items/root`);
    assert.equal(violated(tenant), '');
    clock.set(clock.now() + 29_999);
    await ask('GET', `/users/${anna}/mailFolders/inbox`, IMMUTABLE);
    assert.match(violated(tenant), /call 3 mailFolders\.get .* came 1 ms before/);
    clock.set(clock.now() + 1);
    await ask('GET', `/users/${anna}/mailFolders/inbox`, IMMUTABLE);
    assert.equal(tenant.violations.length, 1);
  });

  it('names a throttled request that is repeated before its time', async () => {
    const { tenant, ask, anna, clock } = await opened();
    tenant.trouble = () => ({ kind: 'status', status: 503, retryAfter: { date: 5 } });
    const get = () => ask('GET', `/users/${anna}/mailFolders`, IMMUTABLE);
    await Promise.all([get(), get()]);
    assert.equal(violated(tenant), '', 'neither could know');
    await clock.advance(1);
    await get();
    assert.match(violated(tenant), /came 4999 ms before/);
  });

  it('names a fifth request in flight for one mailbox, until an answer was read', async () => {
    const { tenant, ask, anna } = await opened();
    const get = () => ask('GET', `/users/${anna}/mailFolders/inbox`, IMMUTABLE);
    const four = await Promise.all([get(), get(), get(), get()]);
    await textOf(four[0].body);
    await get();
    assert.equal(violated(tenant), '');
    await get();
    assert.match(violated(tenant), /5 requests in flight/);
  });

  it('names a call without immutable ids, without a token, and a token that goes to a link', async () => {
    const { tenant, ask, anna, drive } = await opened();
    await ask('GET', `/users/${anna}/mailFolders`);
    await ask(
      'POST',
      '/$batch',
      {},
      JSON.stringify({ requests: [{ id: '1', method: 'GET', url: `/users/${anna}/mailFolders/inbox` }] }),
    );
    const [file] = tenant.history.contentsAt(drive).keys();
    const { headers } = await ask('GET', `/drives/${drive}/items/${file}/content`);
    await ask('GET', headers['location'] ?? '', { authorization: 'Bearer x' });
    assert.deepEqual(
      tenant.violations.map((line) => line.replace(/^call \d+ (\S+) .*: /, '$1 ')),
      [
        'mailFolders.list does not ask for immutable ids',
        'mailFolders.get does not ask for immutable ids',
        'content.download carries a token to a link that needs none',
      ],
    );
  });

  it('counts what would have reached somebody', async () => {
    const { tenant, ask, anna, drive } = await opened();
    const [file] = tenant.history.contentsAt(drive).keys();
    await ask('POST', `/users/${anna}/sendMail`, {}, '{}');
    await ask('POST', `/drives/${drive}/items/${file}/invite`, {}, '{"sendInvitation":true}');
    await ask('POST', `/drives/${drive}/items/${file}/invite`, {}, '{"sendInvitation":false}');
    assert.deepEqual(tenant.sent, { mails: 1, invitations: 1 });
  });

  it('gives links that die after their time, and names a link that was followed to a foreign host', async () => {
    const { tenant, ask, clock, drive } = await opened();
    const [file] = tenant.history.contentsAt(drive).keys();
    const link = async () => (await ask('GET', `/drives/${drive}/items/${file}/content`)).headers['location'] ?? '';
    const first = await link();
    assert.equal((await ask('GET', first)).status, 200);
    clock.set(clock.now() + 600_000);
    assert.equal((await ask('GET', first)).status, 401);
    tenant.trouble = ({ operation }) =>
      operation === 'driveItem.content' ? { kind: 'redirect', to: 'foreign' } : undefined;
    await assert.rejects(ask('GET', await link()), TypeError);
    assert.match(violated(tenant), /a link was followed to a host that is not the service's/);
  });

  it('refuses a plan that no request can meet', async () => {
    const { tenant, ask, anna } = await opened();
    tenant.trouble = () => ({ kind: 'notYet' });
    await assert.rejects(ask('GET', `/users/${anna}/mailFolders`, IMMUTABLE), /befalls no mailFolders\.list/);
  });
});

describe('sign-in to the simulated tenant', () => {
  const users = (graph: ReturnType<typeof connect>) =>
    graph.page(z.object({ id: z.string() }), '/users', { scope: directoryScope, priority: 'incremental', signal });

  it('hands a token out again until it is old, and asks for another one when it was revoked', async () => {
    const { tenant, clock } = await opened();
    const graph = connect(tenant, 'backup', clock);
    await users(graph);
    await users(graph);
    assert.equal(tenant.signIn.given, 1);
    tenant.signIn.revoke('backup');
    await users(graph);
    assert.deepEqual([tenant.signIn.given, tenant.calls.map(({ outcome }) => outcome)], [2, [200, 200, 401, 200]]);
    clock.set(clock.now() + 66 * 60_000);
    await users(graph);
    assert.equal(tenant.signIn.given, 3);
  });

  it('fails for a while, refuses, and gives tokens that are worth nothing', async () => {
    const { tenant, clock } = await opened();
    const graph = connect(tenant, 'restore', clock);
    tenant.signIn.setTrouble('restore', { kind: 'fails', times: 2 });
    assert.equal((await users(graph)).value.length, 2);
    tenant.signIn.setTrouble('restore', { kind: 'worthless' });
    await assert.rejects(users(graph), (error) => isFault(error, 'unauthorized'));
    tenant.signIn.setTrouble('restore', { kind: 'refuses' });
    tenant.signIn.revoke('restore');
    await assert.rejects(users(graph), (error) => isFault(error, 'unauthorized') && error.code === 'AADSTS7000215');
    tenant.signIn.setTrouble('restore', undefined);
    assert.equal((await users(graph)).value.length, 2);
  });
});

it('exports by ordinary ids alone where it is told to', async () => {
  const clock = virtualClock();
  const tenant = simTenant({ clock, exportIds: 'ordinary' });
  const connector = createConnectors({
    read: connect(tenant, 'backup', clock),
    now: () => clock.now(),
    log: quietLog,
  }).get('mail');
  assert.ok(connector);
  const anna = resourceOf(tenant, 'mail', 'anna');
  const held = [...tenant.history.contentsAt(anna.sourceId).values()].filter(({ kind }) => kind === 'message');
  const listed = await connector.locate(
    anna,
    held.map(({ sourceId }) => sourceId),
    reading,
  );
  const items = [...listed.values()].filter((item) => item !== undefined);
  for (const [id, { parts }] of await fetched(connector, anna, items, reading))
    assert.deepEqual(
      ['original', 'exact'].map((name) => sha256(parts.get(name))),
      [tenant.history.statesOf(anna.sourceId, id)[0]?.original, tenant.history.statesOf(anna.sourceId, id)[0]?.exact],
    );
  assert.ok(tenant.calls.some(({ operation }) => operation === 'exchangeIds.translate'));
});

describe('restores into the simulated tenant', () => {
  for (const workload of ['mail', 'drive'])
    it(`leave one line each for what they made of ${workload}, also when an answer got lost`, async () => {
      const { tenant, clock } = await opened();
      const connector = createConnectors({
        read: connect(tenant, 'backup', clock),
        write: connect(tenant, 'restore', clock),
        now: () => clock.now(),
        log: quietLog,
      }).get(workload);
      assert.ok(connector);
      tenant.setExports(false);
      const [source, target] = [resourceOf(tenant, workload, 'anna'), resourceOf(tenant, workload, 'ben')];
      const held = [...tenant.history.contentsAt(source.sourceId).values()].find(
        ({ original }) => original !== undefined,
      );
      assert.ok(held);
      const listed = (await connector.locate(source, [held.sourceId], reading)).get(held.sourceId);
      assert.ok(listed);
      const [read] = (await fetched(connector, source, [listed], reading)).values();
      assert.ok(read);
      const given = givenOf(read.item, read.parts);
      const place = await connector.restore.container(target, [{ name: 'Restored', kind: 'folder' }], { signal });
      const order = orderOf(given, { mark: 'request-1/item-1' });

      const isWrite = (operation: string) => operation === 'messages.create' || operation === 'content.upload';
      tenant.trouble = ({ operation }) => (isWrite(operation) ? { kind: 'lostAnswer' } : undefined);
      await assert.rejects(connector.restore.write(target, place, given.entry, order, { signal }), (error) =>
        isFault(error, 'unavailable'),
      );
      tenant.trouble = undefined;
      const found = await connector.restore.find(target, place, given.entry, order, { signal });

      const made = tenant.writes.filter(({ what }) => what === 'message' || what === 'file');
      assert.deepEqual(
        made.map(({ kind, app, resource, sourceId, parent }) => [kind, app, resource, sourceId, parent]),
        [['created', 'restore', target.sourceId, found?.sourceId, place.sourceId]],
      );
      assert.equal(made[0]?.mark, workload === 'mail' ? 'request-1/item-1' : undefined);
      if (workload === 'drive') assert.equal(made[0]?.original, held.original);
      assert.deepEqual(tenant.sent, { mails: 0, invitations: 0 });
      assert.deepEqual(tenant.violations, []);
    });
});
