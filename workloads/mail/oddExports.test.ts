import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Fetched } from '../../engine/connector.ts';
import { isFault } from '../../engine/fault.ts';
import type { ListedItem } from '../../engine/model/item.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import { quietLog } from '../testing/demoTenant.ts';
import { batched, graphError, startOddServer, type OddServer, type Says, type Script } from '../testing/oddServer.ts';
import { bytesOf, reading } from '../testing/reading.ts';
import { createMailConnector } from './index.ts';

const resource = {
  id: 'r',
  workload: 'mail',
  kind: 'user',
  sourceId: 'user',
  name: 'U',
} as unknown as ProtectedResource;
const item = (id: string): ListedItem => ({
  sourceId: id,
  parentSourceId: 'in',
  versionTag: `key of ${id}`,
  name: id,
  kind: 'message',
  container: false,
  size: 0,
  hasContent: true,
});

describe('exact copies from a server that is no friend', () => {
  let server: OddServer;
  before(async () => {
    server = await startOddServer();
  });
  beforeEach(() => {
    server.asked.length = 0;
  });
  after(() => server.stop());

  type Exported = Readonly<Record<string, unknown>>;
  const copyOf = (id: string, changeKey = `key of ${id}`): Exported => ({
    itemId: id,
    changeKey,
    data: Buffer.from('copy').toString('base64'),
  });
  /** A mailbox that gives every message as MIME and exports as `exported` says: each item, or the whole answer. */
  const mailbox =
    (exported: (ids: readonly string[]) => readonly Exported[] | Says): Script =>
    (asked) => {
      const { pathname: path } = asked.url;
      if (path === '/v1.0/$batch') return batched(asked, mailbox(exported));
      if (path.endsWith('/settings/exchange')) return { body: { primaryMailboxId: 'MBX' } };
      if (path.endsWith('/translateExchangeIds')) {
        const { inputIds } = JSON.parse(asked.body) as { inputIds: string[] };
        return { body: { value: inputIds.map((id) => ({ sourceId: id, targetId: `rest ${id}` })) } };
      }
      if (path.endsWith('/exportItems')) {
        const says = exported((JSON.parse(asked.body) as { itemIds: string[] }).itemIds);
        return Array.isArray(says) ? { body: { value: says } } : (says as Says);
      }
      if (path.endsWith('/$value')) return { body: 'Subject: x\r\n\r\nHello\r\n' };
      if (path.endsWith('/mailFolders/inbox')) return { body: { id: 'in' } };
      const id = path.split('/').at(-1) ?? '';
      return /^m\d$/.test(id) ? { body: { id, changeKey: `key of ${id}` } } : graphError(404, 'ErrorItemNotFound');
    };
  const connectorOf = () => createMailConnector({ read: server.graph, now: () => Date.now(), log: quietLog });
  const fetched = async (ids: readonly string[], connector = connectorOf()) => {
    const copies: string[] = [];
    const outcomes: Record<string, string> = {};
    const damaged = new Map<string, string>();
    for await (const one of connector.fetch(resource, ids.map(item), reading)) {
      if (one.kind !== 'part') outcomes[idOf(one)] = one.kind === 'done' ? `done ${one.flags?.join() ?? ''}` : one.kind;
      else {
        // As the engine does: a part that cannot be read is the item's trouble, until the part comes again.
        const read = await bytesOf(one.open(0)).catch((error: unknown) => error);
        if (isFault(read)) damaged.set(one.sourceId, read.code ?? '');
        else damaged.delete(one.sourceId);
        if (Buffer.isBuffer(read) && read.toString() === 'copy') copies.push(one.sourceId);
      }
    }
    return { copies, outcomes, ...(damaged.size > 0 && { damaged: Object.fromEntries(damaged) }) };
  };
  const idOf = (one: Exclude<Fetched, { kind: 'part' }>) => (one.kind === 'done' ? one.item.sourceId : one.sourceId);
  const notFound = (id: string): Exported => ({ itemId: id, error: { code: 'ErrorItemNotFound' } });

  it('come by ordinary ids where nothing is found by immutable ones', async () => {
    server.answer(
      mailbox((ids) => ids.map((id) => (id.startsWith('rest ') ? copyOf(id, `key of ${id.slice(5)}`) : notFound(id)))),
    );
    assert.deepEqual(await fetched(['m1', 'm2']), { copies: ['m1', 'm2'], outcomes: { m1: 'done ', m2: 'done ' } });
  });

  it('that are not found under any id do not make messages vanish which the mailbox shows', async () => {
    server.answer(mailbox((ids) => ids.map(notFound)));
    assert.deepEqual((await fetched(['m1', 'gone'])).outcomes, { m1: 'done no-exact-copy', gone: 'vanished' });
  });

  it('whose change key is written in another way are taken once, when the mailbox says that nothing changed', async () => {
    server.answer(mailbox((ids) => ids.map((id) => copyOf(id, 'in another form'))));
    assert.deepEqual(await fetched(['m1', 'm2']), { copies: ['m1', 'm2'], outcomes: { m1: 'done ', m2: 'done ' } });
    assert.equal(server.asked.filter(({ url }) => url.pathname.endsWith('/exportItems')).length, 1);
  });

  it('that come with a stray character are asked for anew, by themselves, and fail when they come no better', async () => {
    const sent = new Map<string, number>();
    server.answer(
      mailbox((ids) =>
        ids.map((id) => {
          const times = (sent.get(id) ?? 0) + 1;
          sent.set(id, times);
          const isDamaged = id === 'm3' || (id === 'm2' && times === 1);
          return isDamaged ? { ...copyOf(id), data: 'Y29\0weQ==' } : copyOf(id);
        }),
      ),
    );
    assert.deepEqual(await fetched(['m1', 'm2', 'm3']), {
      copies: ['m1', 'm2'],
      outcomes: { m1: 'done ', m2: 'done ', m3: 'done no-exact-copy' },
      damaged: { m3: 'NotBase64' },
    });
    assert.deepEqual(Object.fromEntries(sent), { m1: 1, m2: 2, m3: 3 });
  });

  it('are not given up for all because of one that spoils the question', async () => {
    const connector = connectorOf();
    server.answer(
      mailbox((ids) =>
        ids.some((id) => id.endsWith('m2')) ? graphError(400, 'BadRequest') : ids.map((id) => copyOf(id)),
      ),
    );
    await fetched(['m1'], connector);
    assert.deepEqual(await fetched(['m1', 'm2', 'm3'], connector), {
      copies: ['m1', 'm3'],
      outcomes: { m1: 'done ', m2: 'failed', m3: 'done ' },
    });
  });
});
