import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Fault } from '../engine/fault.ts';
import type { UserId } from '../engine/model/ids.ts';
import type { Graph } from '../graph/index.ts';
import { membersOf } from './members.ts';

const anna = 'anna' as UserId;

it('knows members and guests of the tenant, and neither blocked nor removed nor unknown people', async () => {
  let answer: object | Fault = { id: anna, displayName: 'Anna Berg', userType: 'Member', accountEnabled: true };
  let asked = 0;
  let now = 0;
  const get: Graph['get'] = async (shape) => {
    asked++;
    if (answer instanceof Fault) throw answer;
    return shape.parse(answer);
  };
  const memberOf = membersOf({ get }, () => now);
  assert.deepEqual(await memberOf(anna), { name: 'Anna Berg', isGuest: false });

  // For five minutes the directory is not asked again; then what changed counts.
  answer = { id: anna, displayName: 'Anna Berg', userType: 'Member', accountEnabled: false };
  assert.deepEqual([await memberOf(anna), asked], [{ name: 'Anna Berg', isGuest: false }, 1]);
  now += 300_000;
  assert.deepEqual([await memberOf(anna), asked], [undefined, 2]);
  now += 300_000;
  answer = { id: anna, displayName: 'Anna (Fabrikam)', userType: 'Guest', accountEnabled: true };
  assert.deepEqual(await memberOf(anna), { name: 'Anna (Fabrikam)', isGuest: true });
  now += 300_000;
  answer = { id: anna, userType: 'Guest', accountEnabled: false };
  assert.equal(await memberOf(anna), undefined);
  now += 300_000;
  answer = new Fault('not-found', 'GET /users/{id} found nothing', { origin: 'graph' });
  assert.equal(await memberOf(anna), undefined);

  // A directory that does not answer says nothing about anybody.
  now += 300_000;
  answer = new Fault('unavailable', 'No answer', { origin: 'graph' });
  await assert.rejects(memberOf(anna), answer);
});
