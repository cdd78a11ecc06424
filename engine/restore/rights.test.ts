import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceId, UserId } from '../model/ids.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { Destination, RestoreRequest, Role } from '../model/restoreRequest.ts';
import { isAlone, mayAsk, mayDecide, mayKnow, mayRestoreFrom, needsSecondPerson } from './rights.ts';
import type { Actor } from './restoreFlow.ts';

const person = (id: string, ...roles: Role[]): Actor => ({ id: id as UserId, name: id, roles });
const mailbox = (owner: string): ProtectedResource => ({
  id: owner as ResourceId,
  ownerId: owner as UserId,
  workload: 'mail',
  kind: 'user',
  sourceId: owner,
  name: owner,
  state: 'protected',
  firstSeenAt: '2026-11-21T00:00:00.000Z' as ProtectedResource['firstSeenAt'],
});
const anna = mailbox('anna');
const ben = mailbox('ben');
const original: Destination = { kind: 'original' };
const download: Destination = { kind: 'download' };
const toBen: Destination = { kind: 'resource', resourceId: ben.id };

test('a member asks for own data only', () => {
  assert.equal(mayAsk(person('anna'), { destination: original }, [anna]).allowed, true);
  assert.equal(mayAsk(person('anna'), { destination: original }, [ben]).allowed, false);
  assert.equal(mayAsk(person('anna'), { destination: toBen }, [anna], ben).allowed, false);
});

test("another person's data needs a role and a reason", () => {
  assert.equal(mayAsk(person('op', 'Backup.RestoreOperator'), { destination: original }, [anna]).allowed, false);
  assert.equal(
    mayAsk(person('op', 'Backup.RestoreOperator'), { destination: original, reason: 'Ticket 7' }, [anna]).allowed,
    true,
  );
  assert.equal(
    mayAsk(person('aud', 'Backup.Auditor'), { destination: original, reason: 'Ticket 7' }, [anna]).allowed,
    false,
  );
});

test('a second person is needed to take data to a third place, to download it, or to replace it', () => {
  const admin = person('admin', 'Backup.Admin');
  const keep = 'keepBoth' as const;
  assert.equal(needsSecondPerson(admin, { destination: original, conflict: keep }, [anna]), false);
  assert.equal(needsSecondPerson(admin, { destination: { kind: 'newFolder' }, conflict: keep }, [anna]), false);
  assert.equal(needsSecondPerson(admin, { destination: original, conflict: 'replace' }, [anna]), true);
  assert.equal(needsSecondPerson(admin, { destination: original, conflict: 'replaceOlder' }, [anna]), true);
  assert.equal(needsSecondPerson(admin, { destination: toBen, conflict: keep }, [anna], ben), true);
  assert.equal(needsSecondPerson(admin, { destination: download, conflict: keep }, [anna]), true);
  assert.equal(needsSecondPerson(person('anna'), { destination: download, conflict: keep }, [anna]), false);
  assert.equal(needsSecondPerson(person('anna'), { destination: original, conflict: 'replace' }, [anna]), false);
});

test('own data goes to another own place alone; what comes from several people goes to nobody alone', () => {
  const anna2 = { ...mailbox('anna'), id: 'anna-drive' as ResourceId };
  const toOwn: Destination = { kind: 'resource', resourceId: anna2.id };
  const keep = 'keepBoth' as const;
  assert.equal(needsSecondPerson(person('anna'), { destination: toOwn, conflict: keep }, [anna], anna2), false);
  assert.equal(needsSecondPerson(person('anna'), { destination: toOwn, conflict: 'replace' }, [anna], anna2), false);
  const admin = person('admin', 'Backup.Admin');
  assert.equal(needsSecondPerson(admin, { destination: toOwn, conflict: keep }, [anna], anna2), false);
  assert.equal(needsSecondPerson(admin, { destination: toOwn, conflict: 'replace' }, [anna], anna2), true);
  assert.equal(needsSecondPerson(admin, { destination: toOwn, conflict: 'replaceOlder' }, [anna], anna2), true);
  assert.equal(needsSecondPerson(admin, { destination: toOwn, conflict: keep }, [anna, ben], anna2), true);
  assert.equal(needsSecondPerson(admin, { destination: toOwn, conflict: keep }, [anna]), true, 'an unknown place');
  const { ownerId: _ownerId, ...site } = mailbox('site');
  assert.equal(needsSecondPerson(admin, { destination: toOwn, conflict: keep }, [site], site), true, 'nobody owns it');
});

test('an auditor knows that data exists and may not have it', () => {
  const auditor = person('aud', 'Backup.Auditor');
  assert.deepEqual([mayKnow(auditor, anna), mayRestoreFrom(auditor, anna)], [true, false]);
  assert.deepEqual([mayKnow(person('ben'), anna), mayKnow(person('anna'), anna)], [false, true]);
});

test('nobody decides a request of their own, and members decide none', () => {
  const request = {
    asker: { id: 'admin' as UserId, name: 'admin', roles: ['Backup.Admin'] },
  } as unknown as RestoreRequest;
  assert.equal(mayDecide(person('admin', 'Backup.Admin'), request).allowed, false);
  assert.equal(mayDecide(person('jo', 'Backup.Approver'), request).allowed, true);
  assert.equal(mayDecide(person('op', 'Backup.RestoreOperator'), request).allowed, false);
});

test('approval is waived only where one person holds all the power', () => {
  assert.equal(isAlone({ admins: ['a'], approvers: [] }), true);
  assert.equal(isAlone({ admins: ['a'], approvers: ['a'] }), true);
  assert.equal(isAlone({ admins: ['a'], approvers: ['b'] }), false);
  assert.equal(isAlone({ admins: ['a', 'b'], approvers: [] }), false);
  assert.equal(isAlone({ admins: [], approvers: [] }), false);
});
