import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { AppRole } from '../contract/roles.ts';
import type { UserId } from '../engine/model/ids.ts';
import { carl, tenantId } from './testing/people.ts';
import { apiWorld } from './testing/world.ts';
import type { Caller } from './http/caller.ts';
import { roleBook } from './roleBook.ts';

const person = (...roles: readonly AppRole[]): Caller => ({
  kind: 'person',
  id: carl as UserId,
  tenantId,
  name: 'Carl',
  roles,
});

it('holds what the newest token said, whichever process saw it', async () => {
  const { services, clock } = await apiWorld();
  const [one, other] = [0, 1].map(() => roleBook(services.records, () => clock.now()));
  assert.ok(one !== undefined && other !== undefined);
  await one.note(person('Backup.Admin'));
  await one.note(person());
  await other.note(person('Backup.Admin'));
  assert.deepEqual(await one.rolesOf(carl), ['Backup.Admin']);
  await clock.advance(60_000);
  await one.note(person());
  assert.deepEqual(await other.rolesOf(carl), []);
});

it('trusts a role for 7 days after the last token that showed it', async () => {
  const { services, clock } = await apiWorld();
  const book = roleBook(services.records, () => clock.now());
  await book.note(person('Backup.RestoreOperator'));
  await clock.advance(7 * 24 * 3_600_000);
  assert.deepEqual(await book.rolesOf(carl), ['Backup.RestoreOperator']);
  await clock.advance(1);
  assert.equal(await book.rolesOf(carl), undefined);
});
