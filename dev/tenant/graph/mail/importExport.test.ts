import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { errorCode, tenantForTests, type TestTenant } from '../../testing/tenantForTests.ts';

const IMMUTABLE = { Prefer: 'IdType="ImmutableId"' };
const FELIX = '/users/felix.bauer@demo.holdfast.example';

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

describe('mailbox import and export', () => {
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

  it('exports exactly and imports exactly, into any mailbox, by twenties and one by one', async () => {
    const written = {
      subject: 'Written as JSON',
      body: { contentType: 'html', content: '<p>Grüße</p>' },
      attachments: [{ '@odata.type': '#microsoft.graph.fileAttachment', name: 'a.txt', contentBytes: 'Ynl0ZXM=' }],
      singleValueExtendedProperties: [{ id: 'Integer 0x0E07', value: '1' }],
    };
    assert.equal((await tenant.graph('POST', `${FELIX}/mailFolders/archive/messages`, written)).status, 201);
    const messages = (await stored()).reverse();
    const settings = await tenant.graph('GET', `${FELIX}/settings/exchange`);
    const mailbox = String(settings.body['primaryMailboxId']);
    const exported = await tenant.graph('POST', `/admin/exchange/mailboxes/${mailbox}/exportItems`, {
      itemIds: [...messages.slice(0, 19).map((message) => message.immutableId), 'AAMkgone'],
    });
    const entries = exported.body['value'] as { itemId: string; data?: string; error?: { code: string } }[];
    assert.equal(entries.at(-1)?.error?.code, 'ErrorInvalidIdMalformed');

    const other = await tenant.graph('GET', '/users/mei.chen@demo.holdfast.example/settings/exchange');
    const session = await tenant.graph(
      'POST',
      `/admin/exchange/mailboxes/${String(other.body['primaryMailboxId'])}/createImportSession`,
    );
    const target = await tenant.graph('GET', '/users/mei.chen@demo.holdfast.example/mailFolders/archive');
    for (const entry of entries.slice(0, -1)) {
      const source = messages.find((message) => message.immutableId === entry.itemId);
      const imported = await tenant.fetch(String(session.body['importUrl']), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Prefer: 'IdType="ImmutableId"' },
        body: JSON.stringify({ FolderId: target.body['id'], Mode: 'create', Data: entry.data }),
      });
      const { itemId } = (await imported.json()) as { itemId: string };
      const copy = (await stored('mei.chen')).find((message) => message.immutableId === itemId);
      const exactly = (message: StoredMessage | undefined) =>
        message && { ...message, id: '', immutableId: '', userId: '', folder: '', folderId: '' };
      assert.deepEqual(exactly(copy), exactly(source));
    }
    const again = await tenant.graph('POST', `/admin/exchange/mailboxes/${mailbox}/exportItems`, {
      itemIds: [entries[0]?.itemId],
    });
    assert.notEqual(
      (again.body['value'] as { data: string }[])[0]?.data,
      entries[0]?.data,
      'exports are compared by change key, never by bytes',
    );
    assert.equal((await tenant.control('GET', '/outgoing'))['mails'], 0);
  });

  it('streams a message with an attachment of 60 MB, exports it and says what cannot be read', async () => {
    const bytes = 60 * 1024 * 1024;
    await tenant.control('POST', '/generated', { user: 'rosa.garcia', largeMessageBytes: bytes, seed: 'big' });
    const ROSA = '/users/rosa.garcia@demo.holdfast.example';
    const { body } = await tenant.graph(
      'GET',
      `${ROSA}/messages?$filter=internetMessageId eq '<large.big@partner.example>'&$select=subject`,
      undefined,
      IMMUTABLE,
    );
    const id = String((body['value'] as { id: string }[])[0]?.id);
    const token = await tenant.token(tenant.apps.backup);
    const hash = createHash('sha256');
    let length = 0;
    const response = await tenant.fetch(`${tenant.graphUrl}/v1.0${ROSA}/messages/${id}/$value`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    for await (const piece of response.body ?? []) {
      hash.update(piece as Uint8Array);
      length += (piece as Uint8Array).length;
    }
    const base64 = Math.ceil(bytes / 57) * 2 + Math.ceil(bytes / 3) * 4;
    assert.ok(length > base64 && length < base64 + 1000);
    assert.equal(Number(response.headers.get('content-length')), length);
    const mailbox = String((await tenant.graph('GET', `${ROSA}/settings/exchange`)).body['primaryMailboxId']);
    const exported = await tenant.fetch(`${tenant.graphUrl}/v1.0/admin/exchange/mailboxes/${mailbox}/exportItems`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ itemIds: [id] }),
    });
    let characters = 0;
    for await (const piece of exported.body ?? []) characters += (piece as Uint8Array).length;
    assert.ok(characters > (length * 4) / 3);
    await tenant.control('POST', '/messages/change', {
      user: 'rosa.garcia',
      id,
      action: 'fault',
      code: 'ErrorCorruptData',
    });
    const refused = await tenant.graph('GET', `${ROSA}/messages/${id}/$value`);
    assert.deepEqual([refused.status, errorCode(refused)], [500, 'ErrorCorruptData']);
    const entry = await tenant.graph('POST', `/admin/exchange/mailboxes/${mailbox}/exportItems`, { itemIds: [id] });
    assert.equal((entry.body['value'] as { error: { code: string } }[])[0]?.error.code, 'ErrorCorruptData');
  });

  it('shows folders and items through the import and export view with the same change keys', async () => {
    await tenant.control('POST', '/grant', {
      app: 'backup',
      roles: ['MailboxFolder.Read.All', 'MailboxItem.Read.All'],
    });
    tenant.forgetTokens();
    await tenant.control('POST', '/messages', { user: 'felix.bauer', message: { subject: 'In the inbox' } });
    const mailbox = String((await tenant.graph('GET', `${FELIX}/settings/exchange`)).body['primaryMailboxId']);
    const folders = await tenant.all(`/admin/exchange/mailboxes/${mailbox}/folders/delta`);
    const archive = folders.value.find((folder) => folder['wellKnownName'] === 'inbox');
    const items = await tenant.all(
      `/admin/exchange/mailboxes/${mailbox}/folders/${String(archive?.['id'])}/items/delta`,
      IMMUTABLE,
    );
    const messages = await tenant.all(`${FELIX}/mailFolders/inbox/messages/delta?$select=changeKey`, IMMUTABLE);
    const keys = (list: readonly Record<string, unknown>[]) =>
      list.map((entry) => `${String(entry['id'])} ${String(entry['changeKey'])}`).toSorted();
    assert.deepEqual(keys(items.value), keys(messages.value));
    assert.ok((await tenant.all(`/admin/exchange/mailboxes/${mailbox}/folders`)).value.length > 5);
    assert.ok(
      (await tenant.all(`/admin/exchange/mailboxes/${mailbox}/folders/${String(archive?.['id'])}/items`)).value.length >
        0,
    );
  });
});
