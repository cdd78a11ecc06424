import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { RequestId } from '../../engine/model/ids.ts';
import { furnished, message } from '../testing/furnished.ts';
import { anna } from '../testing/people.ts';

/** A finished download of a member's own message, asked for over the API. */
async function finished() {
  const world = await furnished();
  const token = await world.signIn.person(anna);
  const member = world.client(token);
  const items = [{ resourceId: world.mail.anna.id, itemId: world.itemId(world.mail.anna, 'Budget') }];
  const { id } = await member.call('createRestore', {
    body: { selection: { items }, destination: { kind: 'download' } },
  });
  await world.services.restore.onNudge(id as RequestId);
  await member.call('runRestore', { params: { id } });
  await world.services.restore.onNudge(id as RequestId);
  return { world, token, member, id, address: `/api/restore-requests/${id}/download` };
}

it('a download says of its items that they are in it, not that they were restored', async () => {
  const { member, id } = await finished();
  const { value } = await member.call('listRestoreResults', { params: { id }, query: {} });
  assert.deepEqual(
    value.map(({ name, outcome }) => [name, outcome]),
    [['Budget', 'downloaded']],
  );
});

it('a used link says that it was used, when, and where a new one is asked for', async () => {
  const { world, token, member, id, address } = await finished();
  assert.equal(await (await world.send(address, { token })).text(), message);
  const usedAt = new Date(world.clock.now()).toISOString();
  await world.clock.advance(120_000);
  for (const method of ['GET', 'HEAD']) {
    const answer = await world.send(address, { token, method });
    assert.equal(answer.status, 409, method);
    assert.equal(answer.headers.get('Content-Type'), 'application/problem+json');
    const problem = (await answer.json()) as Record<string, string>;
    assert.deepEqual(
      [problem['code'], problem['usedAt'], problem['again']],
      ['download-used', usedAt, '/api/restore-requests'],
    );
    assert.match(problem['detail'] ?? '', new RegExp(`used at ${usedAt}; its link works once.*again`));
  }
  const shown = await member.call('getRestore', { params: { id } });
  assert.deepEqual([shown.download?.taken, shown.download?.takenAt, shown.downloadUrl], [true, usedAt, undefined]);
  const { value } = await member.call('listAudit', { query: { action: 'restore.download' } });
  assert.deepEqual(
    value.map(({ result, on }) => [result, on['why']]),
    [
      ['refused', 'used'],
      ['refused', 'used'],
      ['done', undefined],
    ],
  );
});

it('a link that nobody used in time says until when it worked', async () => {
  const { world, token, member, id, address } = await finished();
  const { download } = await member.call('getRestore', { params: { id } });
  await world.clock.advance(3_600_000);
  const fresh = await world.signIn.person(anna);
  const answer = await world.send(address, { token: fresh });
  const problem = (await answer.json()) as Record<string, string>;
  assert.deepEqual([answer.status, problem['code']], [409, 'download-expired'], token);
  assert.ok(problem['detail']?.includes(download?.expiresAt ?? 'never'));
});
