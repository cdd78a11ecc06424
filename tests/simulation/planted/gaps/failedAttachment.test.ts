import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { Entry } from '../../../../engine/model/item.ts';
import type { ProtectedResource } from '../../../../engine/model/resource.ts';
import { createConnectors } from '../../../../workloads/index.ts';
import { quietLog } from '../../../../workloads/testing/demoTenant.ts';
import { graphError, startOddServer, type OddServer } from '../../../../workloads/testing/oddServer.ts';
import { chunked, orderOf, reading } from '../../../../workloads/testing/reading.ts';

let server: OddServer;
before(async () => {
  server = await startOddServer();
});
after(() => server.stop());

const attachment = Buffer.alloc(3_500_000, 'x').toString('base64');
const part = (number: number): string =>
  `--b\r\nContent-Type: text/plain; name="${number}.txt"\r\nContent-Disposition: attachment; filename="${number}.txt"\r\nContent-Transfer-Encoding: base64\r\n\r\n${attachment}\r\n`;
const mime = Buffer.from(
  `Subject: N\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${[1, 2].map(part).join('')}--b--\r\n`,
);
const entry = {
  id: '0'.repeat(32),
  sourceId: 's',
  versionTag: 'v',
  name: 'N',
  kind: 'message',
  container: false,
  size: mime.length,
  streams: [{ name: 'original', size: mime.length, sha256: '', parts: [] }],
} as unknown as Entry;
const mailboxOfAnna = { id: 'r', workload: 'mail', kind: '', sourceId: 't', name: 'T' } as unknown as ProtectedResource;

for (const [what, refuses] of [
  ['is refused', 'createUploadSession'],
  ['breaks off', 'upload'],
] as const)
  it(`a message whose second attachment ${what} is never marked as restored`, async () => {
    let sessions = 0;
    let isMarked = false;
    server.answer(({ method, url }) => {
      if (url.pathname.endsWith('/folder/messages'))
        return method === 'POST' ? { status: 201, body: { id: 'draft', subject: 'N' } } : { body: { value: [] } };
      if (url.pathname.endsWith('/attachments')) return { body: { value: [] } };
      if (url.pathname.endsWith('/createUploadSession')) {
        sessions += 1;
        if (sessions > 1 && refuses === 'createUploadSession')
          return graphError(400, 'ErrorAttachmentSizeLimitExceeded');
        return { body: { uploadUrl: `${server.url}/upload/${sessions}` } };
      }
      if (method === 'PUT') return url.pathname === '/upload/2' ? graphError(400, 'ErrorItemSave') : { status: 201 };
      if (method === 'PATCH') isMarked = true;
      return { body: { id: 'draft', subject: 'N' } };
    });
    const deps = { read: server.graph, write: server.graph, now: () => 0, log: quietLog };
    const connector = createConnectors(deps).get('mail');
    assert.ok(connector);
    const order = orderOf({ ...entry, hasContent: true, meta: {} }, new Map([['original', mime]]), {
      content: (name) => (name === 'original' ? chunked(mime) : undefined),
    });
    const place = { sourceId: 'folder', path: '' };
    await assert.rejects(connector.restore.write(mailboxOfAnna, place, entry, order, { signal: reading.signal }));
    assert.equal(sessions, 2);
    assert.ok(!isMarked, 'it counts as finished');
  });
