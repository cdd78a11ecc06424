import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Fetched } from '../../engine/connector.ts';
import type { ListedItem } from '../../engine/model/item.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import { quietLog } from '../testing/demoTenant.ts';
import { batched, startOddServer, type OddServer, type Says, type Script } from '../testing/oddServer.ts';
import { bytesOf, reading } from '../testing/reading.ts';
import { createMailConnector } from './index.ts';

const resource = {
  id: 'r',
  workload: 'mail',
  kind: 'user',
  sourceId: 'user',
  name: 'U',
} as unknown as ProtectedResource;
const item: ListedItem = {
  sourceId: 'm1',
  parentSourceId: 'in',
  versionTag: 'key',
  name: 'm1',
  kind: 'message',
  container: false,
  size: 0,
  hasContent: true,
};
const MIME = 'Subject: x\r\n\r\nHello\r\n';
const PAGE: Says = {
  body: '<!DOCTYPE html><html><body><h1>Our services are not available right now</h1></body></html>',
  headers: { 'content-type': 'text/html; charset=utf-8' },
};

describe('a web page in place of a message', () => {
  let server: OddServer;
  before(async () => {
    server = await startOddServer();
  });
  after(() => server.stop());

  /** The page so many times, then the message. Answers what was kept, and what became of it. */
  const fetched = async (pages: number) => {
    let left = pages;
    const script: Script = (asked) => {
      const { pathname } = asked.url;
      if (pathname === '/v1.0/$batch') return batched(asked, script);
      if (pathname.endsWith('/$value')) return left-- > 0 ? PAGE : { body: MIME };
      return { body: { id: 'm1', changeKey: 'key', parentFolderId: 'in' } };
    };
    server.answer(script);
    const connector = createMailConnector({ read: server.graph, now: () => Date.now(), log: quietLog });
    const kept: string[] = [];
    const ends: Exclude<Fetched, { kind: 'part' }>[] = [];
    const context = { ...reading, options: { mailCopies: 'readable' as const } };
    for await (const one of connector.fetch(resource, [item], context))
      if (one.kind === 'part') kept.push((await bytesOf(one.open(0))).toString());
      else ends.push(one);
    return { kept, end: ends[0] };
  };

  it('is not kept: the message is asked for again', async () => {
    assert.deepEqual((await fetched(1)).kept, [MIME]);
  });

  it('that stays is the failure of the message', async () => {
    const { kept, end } = await fetched(Infinity);
    assert.deepEqual(kept, []);
    assert.equal(end?.kind === 'failed' && end.fault.code, 'WebPage');
  });
});
