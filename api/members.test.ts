import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Fault, isFault } from '../engine/fault.ts';
import type { UserId } from '../engine/model/ids.ts';
import { virtualClock } from '../engine/testing/virtualClock.ts';
import type { Graph } from '../graph/index.ts';
import { membersOf } from './members.ts';

const anna = 'anna' as UserId;

it('knows members and guests of the tenant, and neither blocked nor removed nor unknown people', async () => {
  let answer: object | Fault = { id: anna, displayName: 'Anna Berg', userType: 'Member', accountEnabled: true };
  let asked = 0;
  const clock = virtualClock({ sleeps: 'wait' });
  const get: Graph['get'] = async (shape) => {
    asked++;
    if (answer instanceof Fault) throw answer;
    return shape.parse(answer);
  };
  const memberOf = membersOf({ get }, clock);
  assert.deepEqual(await memberOf(anna), { name: 'Anna Berg', isGuest: false });

  // For five minutes the directory is not asked again; then what changed counts.
  answer = { id: anna, displayName: 'Anna Berg', userType: 'Member', accountEnabled: false };
  assert.deepEqual([await memberOf(anna), asked], [{ name: 'Anna Berg', isGuest: false }, 1]);
  await clock.advance(300_000);
  assert.deepEqual([await memberOf(anna), asked], [undefined, 2]);
  await clock.advance(300_000);
  answer = { id: anna, displayName: 'Anna (Fabrikam)', userType: 'Guest', accountEnabled: true };
  assert.deepEqual(await memberOf(anna), { name: 'Anna (Fabrikam)', isGuest: true });
  await clock.advance(300_000);
  answer = { id: anna, userType: 'Guest', accountEnabled: false };
  assert.equal(await memberOf(anna), undefined);
  await clock.advance(300_000);
  answer = new Fault('not-found', 'GET /users/{id} found nothing', { origin: 'graph' });
  assert.equal(await memberOf(anna), undefined);

  // A directory that does not answer says nothing about anybody.
  await clock.advance(300_000);
  answer = new Fault('unavailable', 'No answer', { origin: 'graph' });
  await assert.rejects(memberOf(anna), answer);
  assert.equal(clock.sleepers, 0);
});

it('waits ten seconds of its clock for the directory, and no longer', async () => {
  const clock = virtualClock({ sleeps: 'wait' });
  const get: Graph['get'] = (_shape, _path, { signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new Fault('cancelled', 'The call was cancelled')));
    });
  const asked = assert.rejects(membersOf({ get }, clock)(anna), (error) => isFault(error, 'cancelled'));
  await clock.advance(9_999);
  assert.equal(clock.sleepers, 1);
  await clock.advance(1);
  await asked;
});
