import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { furnished, message } from '../testing/furnished.ts';
import { anna, ben, carl } from '../testing/people.ts';
import type { ApiWorld } from '../testing/world.ts';

const admin = ['Backup.Admin'] as const;

describe('content', () => {
  let world: ApiWorld;
  let address: string;
  let token: string;
  before(async () => {
    world = await furnished();
    token = await world.signIn.person(carl, admin);
    address = `/api/resources/${world.mail.anna.id}/items/${world.itemId(world.mail.anna, 'Budget')}/content`;
  });
  const audited = async () =>
    (await world.client(token).call('listAudit', { query: { action: 'content.read' } })).value;

  it('is given byte by byte, as a file that no browser draws, and every look is written down', async () => {
    const before = (await audited()).length;
    const answer = await world.send(address, { token });
    assert.equal(await answer.text(), message);
    assert.equal(answer.headers.get('Content-Type'), 'message/rfc822');
    assert.equal(answer.headers.get('Content-Length'), String(message.length));
    assert.equal(answer.headers.get('X-Content-Type-Options'), 'nosniff');
    assert.match(answer.headers.get('Content-Disposition') ?? '', /^attachment; filename="Budget\.eml"/);
    const entries = await audited();
    assert.equal(entries.length, before + 1);
    assert.equal(entries[0]?.who, carl);
    assert.equal(entries[0]?.on['item'], world.itemId(world.mail.anna, 'Budget'));
    assert.doesNotMatch(JSON.stringify(entries), /Budget|figures/);
  });

  for (const [range, status, expected, contentRange] of [
    ['bytes=0-3', 206, message.slice(0, 4), `bytes 0-3/${message.length}`],
    ['bytes=5-', 206, message.slice(5), `bytes 5-${message.length - 1}/${message.length}`],
    ['bytes=-4', 206, message.slice(-4), `bytes ${message.length - 4}-${message.length - 1}/${message.length}`],
    ['bytes=0-999999', 206, message, `bytes 0-${message.length - 1}/${message.length}`],
    ['bytes=9-3', 200, message, null],
    ['bytes=0-1,4-5', 200, message, null],
    ['lines=0-1', 200, message, null],
    [`bytes=${message.length}-`, 416, undefined, `bytes */${message.length}`],
    ['bytes=-0', 416, undefined, `bytes */${message.length}`],
  ] as const)
    it(`answers the range ${range} with ${status}`, async () => {
      const answer = await world.send(address, { token, headers: { Range: range } });
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get('Content-Range'), contentRange);
      const text = await answer.text();
      if (expected !== undefined) assert.equal(text, expected);
    });

  it('starts over when the reader has a part of another version', async () => {
    const { headers } = await world.send(address, { token });
    const etag = headers.get('ETag') ?? '';
    assert.equal((await world.send(address, { token, headers: { Range: 'bytes=0-3', 'If-Range': etag } })).status, 206);
    assert.equal(
      (await world.send(address, { token, headers: { Range: 'bytes=0-3', 'If-Range': '"other"' } })).status,
      200,
    );
  });

  it('says its size to HEAD without being read', async () => {
    const before = (await audited()).length;
    const answer = await world.send(address, { token, method: 'HEAD' });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('Content-Length'), String(message.length));
    assert.equal((await answer.text()).length, 0);
    assert.equal((await audited()).length, before);
  });

  it('is given as JSON too, and not in a form that was never stored', async () => {
    assert.deepEqual(await (await world.send(`${address}?format=json`, { token })).json(), { subject: 'Budget' });
    assert.equal((await world.send(`${address}?format=exact`, { token })).status, 404);
    assert.equal((await world.send(`${address}?format=html`, { token })).status, 400);
  });

  it('is for the owner and admins, never for auditors, for operators only when granted', async () => {
    const status = async (id: string, roles: Parameters<ApiWorld['signIn']['person']>[1]) =>
      (await world.send(address, { token: await world.signIn.person(id, roles) })).status;
    assert.equal(await status(anna, []), 200);
    assert.equal(await status(carl, ['Backup.Auditor']), 403);
    assert.equal(await status(carl, ['Backup.RestoreOperator']), 403);
    assert.equal(await status(ben, []), 404);
    assert.equal(await status(ben, ['Backup.Approver']), 404);
    const boss = world.client(token);
    const { access } = await boss.call('getAllSettings', {});
    const put = (contentAccess: typeof access.contentAccess) =>
      boss.call('putSettings', {
        params: { name: 'access' },
        body: { ...access, contentAccess, operatorsReadContent: true },
      });
    await put('admins');
    assert.equal(await status(carl, ['Backup.RestoreOperator']), 200);
    await put('secondPerson');
    assert.equal(await status(carl, ['Backup.Admin']), 403);
    await put('nobody');
    assert.equal(await status(carl, ['Backup.Admin']), 403);
    assert.equal(await status(anna, []), 200);
    await put('admins');
  });

  it('that is damaged in storage is named before the first byte is sent', async () => {
    const fresh = await furnished();
    for (const { name } of (await fresh.blobs.list('repository', 'packs/')).blobs)
      fresh.blobs.tamper('repository', name, (bytes) => bytes.map((byte) => byte ^ 255));
    const answer = await fresh.send(address, { token: await fresh.signIn.person(anna) });
    assert.equal(answer.status, 500);
    const problem = (await answer.json()) as { detail: string };
    assert.doesNotMatch(problem.detail, /made a mistake/);
  });
});
