import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Written } from '../../../engine/connector.ts';
import type { ProtectedResource } from '../../../engine/model/resource.ts';
import { quietLog } from '../../testing/demoTenant.ts';
import { batched, graphError, startOddServer, type OddServer, type Says } from '../../testing/oddServer.ts';
import { reading } from '../../testing/reading.ts';
import { createMailConnector } from '../index.ts';

const restoring = { signal: reading.signal };
const target = { id: 'r', workload: 'mail', kind: 'user', sourceId: 'u', name: 'U' } as unknown as ProtectedResource;
const written: Written = { sourceId: 'm', tag: 'as written', result: 'restored' };

describe('taking a restored message back', () => {
  let server: OddServer;
  before(async () => {
    server = await startOddServer();
  });
  after(() => server.stop());
  beforeEach(() => server.asked.splice(0));

  const undo = (message: Says, removed: Says = { status: 204 }) => {
    server.answer((asked) => {
      if (asked.url.pathname.endsWith('/$batch')) return batched(asked, () => ({ body: { id: 'bin' } }));
      return asked.method === 'DELETE' ? removed : message;
    });
    const { restore } = createMailConnector({ read: server.graph, write: server.graph, now: Date.now, log: quietLog });
    return restore.undo(target, written, restoring);
  };
  const asked = () => server.asked.map(({ method, url }) => `${method} ${url.pathname.split('/').at(-1) ?? ''}`);

  it('looks at it last before it removes it, with nothing in between', async () => {
    assert.equal(await undo({ body: { id: 'm', changeKey: 'as written', parentFolderId: 'inbox' } }), 'removed');
    assert.deepEqual(asked(), ['GET m', 'DELETE m']);
  });

  it('leaves alone what somebody changed', async () => {
    assert.equal(await undo({ body: { id: 'm', changeKey: 'another', parentFolderId: 'inbox' } }), 'changed');
    assert.deepEqual(asked(), ['GET m', 'POST $batch']);
  });

  it('has nothing to do where somebody else was faster, be it between the look and the removal', async () => {
    assert.equal(await undo({ body: { id: 'm', changeKey: 'another', parentFolderId: 'bin' } }), 'gone');
    assert.equal(await undo(graphError(404, 'ErrorItemNotFound')), 'gone');
    const gone = graphError(404, 'ErrorItemNotFound');
    assert.equal(await undo({ body: { id: 'm', changeKey: 'as written' } }, gone), 'gone');
  });
});
