import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { formatRecoveryKey, makeRecoveryKey, recoveryKeyWrapper } from '../../engine/repository/recoveryKey.ts';
import { replaceRecoveryKey } from '../../engine/repository/rotateKeys.ts';
import { memoryKeyWrapper } from '../../engine/testing/memoryKeyWrapper.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import { anna, carl, tenantId } from '../testing/people.ts';
import { apiWorld } from '../testing/world.ts';
import type { ApiWorld } from '../testing/world.ts';

const second = 'dddddddd-0000-4000-8000-00000000000d';
let world: ApiWorld;
before(async () => {
  world = await apiWorld();
});
const client = async (person = carl) => world.client(await world.signIn.person(person, ['Backup.Admin']));

describe('keys over the API', () => {
  it('are shown with the last proof of the recovery key, which is kept only when it opens everything', async () => {
    const random = seededRandom('typed');
    const key = makeRecoveryKey(random);
    const ports = { blobs: world.blobs, random, clock: world.clock };
    await replaceRecoveryKey(ports, { vault: memoryKeyWrapper('vault') }, tenantId, recoveryKeyWrapper(key, random));
    const admin = await client();
    const wrong = await admin.call('verifyKey', { body: { recoveryKey: formatRecoveryKey(makeRecoveryKey(random)) } });
    assert.deepEqual([wrong.result, wrong.verifiedAt], ['refused', undefined]);
    assert.equal((await admin.call('getKeys', {})).provedAt, undefined);
    const right = await admin.call('verifyKey', { body: { recoveryKey: formatRecoveryKey(key) } });
    assert.equal(right.result, 'ok');
    const status = await admin.call('getKeys', {});
    assert.deepEqual([status.provedAt, status.provedBy, status.epoch], [right.verifiedAt, carl, 1]);
    assert.ok(!JSON.stringify(status).includes(formatRecoveryKey(key)));
    const member = world.client(await world.signIn.person(anna, []));
    await assert.rejects(member.call('getKeys', {}), { status: 403 });
  });

  it('are rotated when a second administrator agrees, and not before', async () => {
    const [asker, other] = [await client(), await client(second)];
    await other.call('getMe', {});
    const change = await asker.call('rotateKeys', { body: { reason: 'a laptop was lost' } });
    assert.deepEqual([change.state, change.wish], ['asked', { kind: 'rotateKeys', from: 1 }]);
    assert.equal((await asker.call('getKeys', {})).epoch, 1);
    await assert.rejects(asker.call('approveChange', { params: { id: change.id } }), { status: 403 });
    assert.equal((await other.call('approveChange', { params: { id: change.id } })).state, 'applied');
    assert.equal((await asker.call('getKeys', {})).epoch, 2);
  });
});

describe('the audit log over the API', () => {
  it('holds, and goes on from a head that was noted elsewhere; a head that it never had breaks it', async () => {
    const admin = await client();
    const first = await admin.call('verifyAudit', {});
    assert.equal(first.result, 'holds');
    assert.ok(first.head !== undefined && first.head.count > 0);
    await admin.call('verifyKey', { body: { recoveryKey: 'x' } });
    const noted = await admin.call('verifyAudit', { body: { heads: [first.head] } });
    assert.equal(noted.result, 'holds');
    const other = { count: first.head.count, hash: 'f'.repeat(64) };
    const forked = await admin.call('verifyAudit', { body: { heads: [other] } });
    assert.deepEqual([forked.result, forked.brokenAt], ['broken', 0]);
    const longer = { count: 1_000, hash: 'f'.repeat(64) };
    const cut = await admin.call('verifyAudit', { body: { heads: [first.head, longer] } });
    assert.deepEqual([cut.result, cut.brokenAt], ['broken', noted.head?.count]);
  });
});
