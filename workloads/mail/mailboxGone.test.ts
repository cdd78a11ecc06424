import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { after, before, describe, it } from 'node:test';
import type { Change, Fetched } from '../../engine/connector.ts';
import { isFault } from '../../engine/fault.ts';
import type { ListedItem } from '../../engine/model/item.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import { batched, graphError, startOddServer, type OddServer, type Says, type Script } from '../testing/oddServer.ts';
import { quietLog } from '../testing/demoTenant.ts';
import { bytesOf, reading } from '../testing/reading.ts';
import { createMailConnector } from './index.ts';

const resource = {
  id: 'r',
  workload: 'mail',
  kind: 'user',
  sourceId: 'user',
  name: 'U',
} as unknown as ProtectedResource;
const folders = '/v1.0/users/user/mailFolders';

/** A mailbox with one folder and one message; `odd` may answer first. */
const mailbox =
  (odd: (path: string, url: URL) => Says | undefined): Script =>
  (asked) => {
    const path = asked.url.pathname;
    if (path === '/v1.0/$batch') return batched(asked, mailbox(odd));
    const first = odd(path, asked.url);
    if (first !== undefined) return first;
    if (path === `${folders}/msgfolderroot`) return { body: { id: 'root' } };
    if (path === `${folders}/inbox` || path === `${folders}/in`)
      return { body: { id: 'in', displayName: 'Inbox', parentFolderId: 'root' } };
    if (path === `${folders}/delta`)
      return {
        body: {
          value: [{ id: 'in', displayName: 'Inbox', parentFolderId: 'root' }],
          '@odata.deltaLink': `https://${asked.headers.host ?? ''}${folders}/delta?token=1`,
        },
      };
    if (path === folders) return { body: { value: [] } };
    if (path === `${folders}/in/messages/delta`)
      return {
        body: {
          value: [message],
          '@odata.deltaLink': `https://${asked.headers.host ?? ''}${folders}/in/messages/delta?token=1`,
        },
      };
    if (path === '/v1.0/users/user/messages/m1') return { body: message };
    if (path === '/v1.0/users/user/messages/m1/$value') return { body: 'Subject: x\r\n\r\nHello\r\n' };
    return graphError(404, 'ErrorItemNotFound');
  };

const message = { id: 'm1', changeKey: 'k1', parentFolderId: 'in', subject: 'x' };
const listed: ListedItem = {
  sourceId: 'm1',
  parentSourceId: 'in',
  versionTag: 'k1',
  name: 'x',
  kind: 'message',
  container: false,
  size: 0,
  hasContent: true,
};

describe('a mailbox with odd folders and messages', () => {
  let server: OddServer;
  before(async () => {
    server = await startOddServer();
  });
  after(() => server.stop());
  const listed = async () => {
    const connector = createMailConnector({ read: server.graph, now: () => Date.now(), log: quietLog });
    const ids: string[] = [];
    for await (const change of connector.changes(resource, undefined, reading))
      if (change.kind === 'changed') ids.push(change.item.sourceId);
    return ids;
  };
  const page = (...value: object[]): Says => ({ body: { value } });
  const delta = (path: string, ...value: object[]): Says => ({
    body: { value, '@odata.deltaLink': `${server.url}${path}?token=1` },
  });

  it('shows hidden folders below hidden ones, though nobody says how many there are, and none twice', async () => {
    server.answer(
      mailbox((path) => {
        if (path === folders)
          return page({ id: 'in' }, { id: 'h1', isHidden: true }, { id: 'h2', childFolderCount: 1 });
        if (path === `${folders}/h1/childFolders`) return page({ id: 'h3' }, { id: 'h1' });
        // Gone since it was listed.
        if (path === `${folders}/h2/childFolders`) return graphError(404, 'ErrorItemNotFound');
        if (path === `${folders}/h3/childFolders`) return page({ id: 'h1' });
        return /h\d\/messages\/delta$/.test(path) ? delta(path) : undefined;
      }),
    );
    assert.deepEqual(await listed(), ['in', 'h1', 'h2', 'h3', 'm1']);
  });

  it('does not turn in circles with a list of folders that does', async () => {
    server.answer(
      mailbox((path) =>
        path === folders ? { body: { value: [], '@odata.nextLink': `${server.url}${folders}?$skip=1` } } : undefined,
      ),
    );
    await assert.rejects(listed(), (error) => isFault(error) && error.code === 'PageLoop');
  });

  it('lists messages without subject, sender, dates and Message-ID, and those with odd ones', async () => {
    server.answer(
      mailbox((path) =>
        path === `${folders}/in/messages/delta`
          ? delta(
              path,
              { id: 'bare' },
              { id: 'nulls', subject: null, from: null, toRecipients: null, receivedDateTime: null, changeKey: null },
              { id: 'odd', subject: 7, from: 'x', toRecipients: {}, receivedDateTime: 'yesterday', isDraft: 'no' },
              { id: 'half', from: { emailAddress: {} }, toRecipients: [{}], receivedDateTime: '0001-01-01T00:00:00Z' },
            )
          : undefined,
      ),
    );
    assert.deepEqual(await listed(), ['in', 'bare', 'nulls', 'odd', 'half']);
  });

  it('lists folders and messages of which the feed says null where others say nothing', async () => {
    const nothing = { '@removed': null, '@odata.etag': null, '@odata.type': null };
    server.answer(
      mailbox((path) => {
        if (path === `${folders}/delta`) return delta(path, { id: 'in', displayName: 'Inbox', ...nothing });
        return path === `${folders}/in/messages/delta` ? delta(path, { ...message, ...nothing }) : undefined;
      }),
    );
    assert.deepEqual(await listed(), ['in', 'm1']);
  });

  it('knows a message again whose answers have no change key, and say null here and nothing there', async () => {
    for (const [feed, alone] of [
      [{ subject: 'x', sender: null, flag: null }, { subject: 'x' }],
      [{ '@odata.etag': 'W/"k1"' }, { '@odata.etag': '"k1"' }],
      [{ changeKey: 'k1' }, { '@odata.etag': '"k1"' }],
    ]) {
      server.answer(
        mailbox((path) => {
          if (path === `${folders}/in/messages/delta`) return delta(path, { id: 'm1', parentFolderId: 'in', ...feed });
          if (path === '/v1.0/users/user/messages/m1') return { body: { id: 'm1', parentFolderId: 'in', ...alone } };
          return path.includes('/settings/exchange') ? graphError(403, 'ErrorAccessDenied') : undefined;
        }),
      );
      const connector = createMailConnector({ read: server.graph, now: () => Date.now(), log: quietLog });
      const items: ListedItem[] = [];
      for await (const change of connector.changes(resource, undefined, reading))
        if (change.kind === 'changed' && !change.item.container) items.push(change.item);
      server.asked.length = 0;
      for await (const one of connector.fetch(resource, items, reading))
        if (one.kind === 'part') await bytesOf(one.open(0));
      assert.equal(server.asked.filter(({ url }) => url.pathname.endsWith('/$value')).length, 1);
    }
  });
});

describe('a mailbox that goes while it is backed up', () => {
  let server: OddServer;
  before(async () => {
    server = await startOddServer();
  });
  after(() => server.stop());

  const connector = () => createMailConnector({ read: server.graph, now: () => Date.now(), log: quietLog });
  const changes = async () => {
    const all: Change[] = [];
    for await (const change of connector().changes(resource, undefined, reading)) all.push(change);
    return all;
  };
  const fetched = async () => {
    const all: Fetched[] = [];
    for await (const one of connector().fetch(resource, [listed], reading)) {
      if (one.kind === 'part') await bytesOf(one.open(0));
      else all.push(one);
    }
    return all;
  };
  const gone = graphError(404, 'MailboxNotEnabledForRESTAPI');
  const isGone = (error: unknown) => isFault(error, 'not-found') && error.code === 'MailboxNotEnabledForRESTAPI';

  it('is a trouble of the mailbox, not of its messages', async () => {
    server.answer(mailbox(() => gone));
    await assert.rejects(fetched(), isGone);
  });

  it('is not taken for the end of its messages when they are asked for by id', async () => {
    server.answer(mailbox(() => gone));
    await assert.rejects(connector().locate(resource, ['m1'], reading), isGone);
  });

  it('is known by its code in a compressed answer too', async () => {
    const zipped: Says = {
      status: 404,
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify(gone.body)),
    };
    server.answer(mailbox((path) => (path.startsWith(`${folders}/in`) ? zipped : undefined)));
    await assert.rejects(changes(), isGone);
  });

  it('loses no message to an empty 404 while the mailbox answers with its end', async () => {
    let asked = 0;
    server.answer(mailbox((path) => (path.endsWith('/$value') || ++asked > 0 ? { status: 404 } : undefined)));
    await assert.rejects(fetched(), (error) => isFault(error, 'not-found'));
  });

  it('still counts a message that alone is gone as vanished', async () => {
    server.answer(
      mailbox((path) => (path.includes('/messages/m1') ? graphError(404, 'ErrorItemNotFound') : undefined)),
    );
    assert.deepEqual(await fetched(), [{ kind: 'vanished', sourceId: 'm1' }]);
    assert.deepEqual([...(await connector().locate(resource, ['m1'], reading))], [['m1', undefined]]);
  });

  it('loses no folder to a passing 404', async () => {
    let failures = 1;
    server.answer(
      mailbox((path) => (path.endsWith('/in/messages/delta') && failures-- > 0 ? { status: 404 } : undefined)),
    );
    const all = await changes();
    assert.deepEqual(
      all.filter(({ kind }) => kind === 'removed'),
      [],
    );
    assert.ok(all.some((change) => change.kind === 'changed' && change.item.sourceId === 'm1'));
  });

  it('takes a folder for gone that is gone by id too', async () => {
    server.answer(
      mailbox((path) => (/mailFolders\/in(\/|$)/.test(path) ? graphError(404, 'ErrorItemNotFound') : undefined)),
    );
    assert.ok((await changes()).some((change) => change.kind === 'removed' && change.sourceId === 'in'));
  });

  it('does not take a refused question for an item that is gone', async () => {
    server.answer(mailbox((path) => (path.includes('m1') ? graphError(400, 'BadRequest') : undefined)));
    assert.deepEqual([...(await connector().locate(resource, ['m1'], reading))], []);
  });

  for (const says of [
    graphError(403, 'ErrorAccessDenied'),
    { status: 500 },
    { body: { subject: 'no id' } },
  ] as readonly Says[])
    it(`leaves open where a message is that answers ${says.status ?? 'something else'}, and asks on for the others`, async () => {
      server.answer(mailbox((path) => (path.endsWith('/odd') ? says : undefined)));
      const located = await connector().locate(resource, ['odd', 'm1', 'gone'], reading);
      assert.deepEqual([...located.keys()].toSorted(), ['gone', 'm1']);
      assert.equal(located.get('gone'), undefined);
    });

  it('keeps a message that can be read as MIME alone', async () => {
    server.answer(
      mailbox((path) => {
        if (path === '/v1.0/users/user/messages/m1') return graphError(400, 'ErrorCorruptData');
        return path.includes('/settings/exchange') ? graphError(403, 'ErrorAccessDenied') : undefined;
      }),
    );
    const [outcome] = await fetched();
    assert.equal(outcome?.kind, 'done');
    assert.deepEqual(outcome.kind === 'done' && outcome.flags, ['no-exact-copy', 'version-unchecked']);
  });
});
