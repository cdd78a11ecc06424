import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceId, UserId } from '../model/ids.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { Destination, RestoreRequest, Role } from '../model/restoreRequest.ts';
import { isAlone, mayAsk, mayDecide, needsSecondPerson } from './rights.ts';
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
