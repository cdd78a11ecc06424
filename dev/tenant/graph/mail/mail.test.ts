import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { errorCode, openApiDir, tenantForTests, type TestTenant } from '../../testing/tenantForTests.ts';

const IMMUTABLE = { Prefer: 'IdType="ImmutableId"' };
const FELIX = '/users/felix.bauer@demo.holdfast.example';
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

interface StoredMessage {
  readonly id: string;
  readonly immutableId: string;
  readonly folder: string;
  readonly folderId: string;
  readonly subject: string;
  readonly sha256: string;
  readonly received: string;
  readonly isRead: boolean;
  readonly isDraft: boolean;
  readonly sentDateTime: string;
  readonly attachments: readonly { readonly name: string; readonly sha256: string }[];
}

describe('mail', () => {
  let tenant: TestTenant;
  before(async () => {
    tenant = await tenantForTests();
  });
  after(async () => {
    const { value } = await tenant.control('GET', '/violations');
    await tenant.stop();
    assert.deepEqual(value, []);
  });
  const stored = async (user = 'felix.bauer'): Promise<StoredMessage[]> =>
    (await tenant.control('GET', `/messages?user=${user}`))['value'] as StoredMessage[];
  const inboxId = async (): Promise<string> =>
    String((await tenant.graph('GET', `${FELIX}/mailFolders/inbox`)).body['id']);
  const arrive = (subject: string, extra: Record<string, unknown> = {}) =>
    tenant.control('POST', '/messages', {
      user: 'felix.bauer',
      ...extra,
      message: {
        subject,
        body: { contentType: 'text', content: `About ${subject}` },
        ...(extra['message'] as object | undefined),
      },
    });

  it('says when answers could not be held to the OpenAPI files', (t) => {
    if (openApiDir === undefined) t.skip('../shared/graph is not there: answers are not validated against the schemas');
  });

  it('lists folders of all levels in one feed, with localized names and hidden ones', async () => {
    const { value, pages } = await tenant.all(`${FELIX}/mailFolders/delta`, { Prefer: 'odata.maxpagesize=4' });
    const names = value.map((folder) => folder['displayName']);
    assert.ok(pages > 2);
    assert.ok(
      names.includes('Posteingang') &&
        names.includes('Geprüft & bezahlt') &&
        names.includes('Conversation Action Settings'),
    );
    const listed = await tenant.all(`${FELIX}/mailFolders?$top=50`);
    assert.ok(!listed.value.some((folder) => folder['isHidden'] === true));
    const withHidden = await tenant.all(`${FELIX}/mailFolders?$top=50&includeHiddenFolders=true`);
    assert.equal(withHidden.value.length, listed.value.length + 2);
  });

  it('gives every message of a folder newest first, over pages, and its MIME as it is stored', async () => {
    const messages = await stored();
    for (const folderId of new Set(messages.map((message) => message.folderId))) {
      const { value } = await tenant.all(
        `${FELIX}/mailFolders/${folderId}/messages/delta?$select=subject,receivedDateTime&$orderby=receivedDateTime desc`,
        { Prefer: 'IdType="ImmutableId", odata.maxpagesize=1' },
      );
      const expected = messages.filter((message) => message.folderId === folderId);
      assert.deepEqual(
        value.map((message) => message['id']).toSorted(),
        expected.map((message) => message.immutableId).toSorted(),
      );
      const dates = value.map((message) => String(message['receivedDateTime']));
      assert.deepEqual(dates, dates.toSorted().reverse());
    }
    for (const message of messages) {
      const mime = await tenant.graph('GET', `${FELIX}/messages/${message.immutableId}/$value`, undefined, IMMUTABLE);
      assert.equal(sha256(mime.bytes), message.sha256);
      assert.equal((await tenant.graph('GET', `${FELIX}/messages/${message.id}`)).status, 200);
    }
  });

  it('reports creation, change, move and removal in later rounds, and only there', async () => {
    const inbox = await inboxId();
    const url = `${FELIX}/mailFolders/${inbox}/messages/delta?$select=subject,categories`;
    let round = await tenant.all(url, IMMUTABLE);
    const next = async () => {
      round = await tenant.all(round.deltaLink ?? '', IMMUTABLE);
      return round.value.map((entry) => [
        entry['id'],
        (entry['@removed'] as { reason?: string } | undefined)?.reason ?? 'there',
      ]);
    };
    assert.deepEqual(await next(), []);
    const { immutableId } = await arrive('Round trip');
    assert.deepEqual(await next(), [[immutableId, 'there']]);
    await tenant.control('POST', '/messages/change', {
      user: 'felix.bauer',
      id: immutableId,
      action: 'edit',
      props: { categories: ['Neu'] },
    });
    assert.deepEqual(await next(), [[immutableId, 'there']]);
    assert.deepEqual(round.value[0]?.['categories'], ['Neu']);
    await tenant.control('POST', '/messages/change', {
      user: 'felix.bauer',
      id: immutableId,
      action: 'move',
      folder: 'archive',
    });
    assert.deepEqual(await next(), [[immutableId, 'deleted']]);
    assert.deepEqual(await next(), []);
  });

  it('keeps the immutable id through a move and gives another regular one', async () => {
    const { id, immutableId } = await arrive('Moves about');
    assert.ok(typeof id === 'string' && typeof immutableId === 'string');
    const moved = await tenant.graph('POST', `${FELIX}/messages/${id}/move`, { destinationId: 'archive' });
    assert.equal(moved.status, 201);
    assert.notEqual(moved.body['id'], id);
    assert.equal(errorCode(await tenant.graph('GET', `${FELIX}/messages/${id}`)), 'ErrorItemNotFound');
    assert.equal(
      (await tenant.graph('GET', `${FELIX}/messages/${immutableId}`, undefined, IMMUTABLE)).body['id'],
      immutableId,
    );
    const translated = await tenant.graph('POST', `${FELIX}/translateExchangeIds`, {
      inputIds: [immutableId],
      sourceIdType: 'restImmutableEntryId',
      targetIdType: 'restId',
    });
    assert.deepEqual(translated.body['value'], [{ sourceId: immutableId, targetId: moved.body['id'] }]);
  });

  it('answers 410 for cursors of an expired sync state and starts anew', async () => {
    const inbox = await inboxId();
    await arrive('Still here after the resync');
    const { deltaLink } = await tenant.all(`${FELIX}/mailFolders/${inbox}/messages/delta?$select=subject`);
    await tenant.control('POST', '/expire', { what: 'outlook' });
    const dead = await tenant.graph('GET', deltaLink ?? '');
    assert.deepEqual([dead.status, errorCode(dead)], [410, 'SyncStateNotFound']);
    assert.ok((await tenant.all(`${FELIX}/mailFolders/${inbox}/messages/delta?$select=subject`)).value.length > 0);
  });

  it('gives changes a second time when replay is asked for', async () => {
    const inbox = await inboxId();
    await tenant.control('POST', '/settings', { deltaReplay: 3 });
    await arrive('Replayed');
    const first = await tenant.all(`${FELIX}/mailFolders/${inbox}/messages/delta?$select=subject`);
    assert.ok((await tenant.all(first.deltaLink ?? '')).value.some((message) => message['subject'] === 'Replayed'));
    await tenant.control('POST', '/settings', { deltaReplay: 0 });
  });

  it('makes a draft of a plain POST, and a received message of one with the flags in the same request', async () => {
    const message = {
      subject: 'Restored',
      body: { contentType: 'html', content: '<p>Grüße</p>' },
      toRecipients: [{ emailAddress: { address: 'a@example.com', name: 'A' } }],
      categories: ['Red category'],
      attachments: [
        {
          '@odata.type': '#microsoft.graph.fileAttachment',
          name: 'a.txt',
          contentBytes: Buffer.from('bytes').toString('base64'),
        },
      ],
    };
    const draft = await tenant.graph('POST', `${FELIX}/mailFolders/archive/messages`, message, IMMUTABLE);
    assert.deepEqual([draft.status, draft.body['isDraft']], [201, true]);
    const flags = [
      { id: 'Integer 0x0E07', value: '1' },
      { id: 'SystemTime 0x0E06', value: '2021-03-04T05:06:07Z' },
      { id: 'SystemTime 0x0039', value: '2021-03-04T05:00:00Z' },
      { id: 'String {66f5a359-4659-4830-9070-00047ec6ac6e} Name restoreMark', value: 'mark-1' },
    ];
    const { body } = await tenant.graph(
      'POST',
      `${FELIX}/mailFolders/archive/messages`,
      { ...message, singleValueExtendedProperties: flags },
      IMMUTABLE,
    );
    assert.deepEqual(
      [body['isDraft'], body['isRead'], body['receivedDateTime'], body['sentDateTime']],
      [false, true, '2021-03-04T05:06:07Z', '2021-03-04T05:00:00Z'],
    );
    const kept = (await stored()).find((entry) => entry.immutableId === body['id']);
    assert.deepEqual(kept?.attachments, [{ name: 'a.txt', size: 5, sha256: sha256(Buffer.from('bytes')) }]);
    const filter = encodeURIComponent(
      "singleValueExtendedProperties/any(ep: ep/id eq 'String {66f5a359-4659-4830-9070-00047ec6ac6e} Name restoreMark' and ep/value eq 'mark-1')",
    );
    const found = await tenant.graph(
      'GET',
      `${FELIX}/messages?$filter=${filter}&$select=subject`,
      undefined,
      IMMUTABLE,
    );
    assert.deepEqual(
      (found.body['value'] as { id: string }[]).map((entry) => entry.id),
      [body['id']],
    );
    const expand = encodeURIComponent(
      "singleValueExtendedProperties($filter=id eq 'String {66f5a359-4659-4830-9070-00047ec6ac6e} Name restoreMark')",
    );
    const expanded = await tenant.graph(
      'GET',
      `${FELIX}/messages/${String(body['id'])}?$expand=${expand}`,
      undefined,
      IMMUTABLE,
    );
    assert.equal((expanded.body['singleValueExtendedProperties'] as { value: string }[])[0]?.value, 'mark-1');
  });

  it('keeps the bytes of a MIME POST and always makes a draft of it', async () => {
    const mime = Buffer.from(
      'From: a@example.com\r\nSubject: =?utf-8?B?w7xiZXI=?=\r\nMessage-ID: <mime-post@example.com>\r\n\r\nBare\nline feeds\r\n',
    );
    const answer = await tenant.graph('POST', `${FELIX}/mailFolders/inbox/messages`, mime.toString('base64'), {
      'Content-Type': 'text/plain',
      ...IMMUTABLE,
    });
    assert.deepEqual(
      [answer.status, answer.body['isDraft'], answer.body['subject'], answer.body['internetMessageId']],
      [201, true, 'über', '<mime-post@example.com>'],
    );
    const value = await tenant.graph('GET', `${FELIX}/messages/${String(answer.body['id'])}/$value`);
    assert.deepEqual(value.bytes, mime);
  });

  it('refuses late edits of a received message but takes read state and categories', async () => {
    const { id } = await arrive('Fixed');
    assert.equal(
      errorCode(await tenant.graph('PATCH', `${FELIX}/messages/${String(id)}`, { subject: 'Other' })),
      'ErrorAccessDenied',
    );
    const patched = await tenant.graph('PATCH', `${FELIX}/messages/${String(id)}`, {
      isRead: true,
      categories: ['Blue category'],
    });
    assert.deepEqual(
      [patched.status, patched.body['isRead'], patched.body['categories']],
      [200, true, ['Blue category']],
    );
  });

  it('refuses a taken folder name and removes folders with what is in them', async () => {
    const made = await tenant.graph('POST', `${FELIX}/mailFolders`, { displayName: 'Restored 2026-11-21' });
    assert.equal(made.status, 201);
    assert.equal(
      errorCode(await tenant.graph('POST', `${FELIX}/mailFolders`, { displayName: 'restored 2026-11-21' })),
      'ErrorFolderExists',
    );
    await arrive('Inside', { folder: made.body['id'] });
    assert.equal((await tenant.graph('DELETE', `${FELIX}/mailFolders/${String(made.body['id'])}`)).status, 204);
    assert.ok(!(await stored()).some((message) => message.subject === 'Inside'));
  });

  it('takes large attachments in ranges, in order only, without a token', async () => {
    const draft = await tenant.graph('POST', `${FELIX}/messages`, {
      subject: 'Large',
      body: { contentType: 'text', content: '' },
    });
    const content = Buffer.alloc(5 * 1024 * 1024, 'x');
    const item = { AttachmentItem: { attachmentType: 'file', name: 'large.bin', size: content.length } };
    const session = await tenant.graph(
      'POST',
      `${FELIX}/messages/${String(draft.body['id'])}/attachments/createUploadSession`,
      item,
    );
    assert.equal(session.status, 201);
    const url = String(session.body['uploadUrl']);
    const put = (from: number, to: number) =>
      tenant.fetch(url, {
        method: 'PUT',
        headers: { 'Content-Range': `bytes ${from}-${to - 1}/${content.length}` },
        body: content.subarray(from, to),
      });
    const cut = 2 * 1024 * 1024;
    assert.deepEqual(((await (await put(0, cut)).json()) as { NextExpectedRanges: string[] }).NextExpectedRanges, [
      String(cut),
    ]);
    assert.equal((await put(0, cut)).status, 416);
    assert.equal((await put(cut, content.length)).status, 201);
    const attachments = (await stored()).find((message) => message.subject === 'Large')?.attachments;
    assert.deepEqual(attachments, [{ name: 'large.bin', size: content.length, sha256: sha256(content) }]);
    const small = await tenant.graph(
      'POST',
      `${FELIX}/messages/${String(draft.body['id'])}/attachments/createUploadSession`,
      { AttachmentItem: { ...item.AttachmentItem, size: 1000 } },
    );
    assert.equal(small.status, 400);
  });
});
