import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyPolicies } from '../backup/applyPolicies.ts';
import { Fault, isFault } from '../fault.ts';
import { instant, type UserId } from '../model/ids.ts';
import type { HeldRetention } from '../model/policy.ts';
import type { ChangeWish } from '../model/waitingChange.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { everyFault, Killed } from '../testing/boundary.ts';
import { ownRules } from './applyWish.ts';
import { expireResource } from './expire.ts';
import { heldAfter } from './heldRetention.ts';
import { askForRelease, liftBrake, setHold } from './holds.ts';
import { previewRetention } from './previewRetention.ts';
import { retentionFlow } from './retentionFlow.ts';
import { aBrake, dayMs, hourMs } from './testing/cases.ts';
import { retentionWorld, type RetentionWorld } from './testing/retentionWorld.ts';
import { anAuditEntry } from '../testing/recordsWorld.ts';
import { applyDueChanges, approveChange, askForChange, withdrawChange, type ChangeServices } from './waitingChanges.ts';

const carl = { id: 'carl' as UserId, name: 'Carl' };
const dora = { id: 'dora' as UserId, name: 'Dora' };
const long = { daily: 30, weekly: 0, monthly: 0, minimumCopies: 1 };
const short = { ...long, daily: 3 };

const changing = (world: RetentionWorld, admins: readonly string[] = []): ChangeServices => ({
  ...world.services,
  random: seededRandom(`changes ${world.tables.writes}`),
  people: async () => ({ admins, approvers: [] }),
  applyPolicies: () => applyPolicies({ records: world.records, clock: world.clock }),
  rotateKeys: async () => undefined,
});

/** A policy that was shortened from 30 days to 3, so that the longer rules hold, and a mailbox with 12 days of points. */
async function shortened() {
  const world = await retentionWorld({ retention: long, keepGoneDays: 365 });
  await world.backUp(12, 24);
  const services = changing(world);
  await services.applyPolicies();
  const stored = await world.records.policies.get(world.policy.id);
  assert.ok(stored);
  const shorter = { ...stored.value, retention: short };
  const held = heldAfter(stored.value, shorter);
  assert.ok(held);
  await world.records.policies.update({ ...shorter, heldRetention: held }, stored.etag);
  await services.applyPolicies();
  const wish: ChangeWish = {
    kind: 'shorterRetention',
    policyId: world.policy.id,
    before: held,
    after: ownRules(shorter),
  };
  const wait = (ms: number): void => world.goTo(instant(world.clock.now() + ms));
  const heldNow = async (): Promise<HeldRetention | undefined> =>
    (await world.records.policies.get(world.policy.id))?.value.heldRetention;
  return { world, services, wish, wait, heldNow, held, shorter };
}

describe('a new key', () => {
  it('is made once another administrator agreed, after the one that was looked at', async () => {
    const world = await retentionWorld({ retention: long, keepGoneDays: 365 });
    const rotated: unknown[] = [];
    const services: ChangeServices = {
      ...changing(world, ['carl', 'dora']),
      rotateKeys: async (doer, from) => void rotated.push([doer, from]),
    };
    const change = await askForChange(services, carl, { kind: 'rotateKeys', from: 1 });
    assert.deepEqual([change.state, rotated], ['asked', []]);
    await assert.rejects(approveChange(services, carl, change.id), (error) => isFault(error, 'forbidden'));
    assert.equal((await approveChange(services, dora, change.id)).state, 'applied');
    assert.deepEqual(rotated, [[{ who: 'carl', name: 'Carl' }, 1]]);
  });
});

describe('a change that cannot be carried out now', () => {
  /** A new key that is due, a hold to be released after it, and a vault that answers as `rotateKeys` does. */
  async function two(rotateKeys: () => Promise<void>) {
    const world = await retentionWorld({ retention: long, keepGoneDays: 365 });
    const services: ChangeServices = { ...changing(world, ['carl']), rotateKeys: async () => rotateKeys() };
    const hold = await setHold(services, carl, { on: { kind: 'user', sourceId: 'anna' }, reason: 'Case' });
    const key = await askForChange(services, carl, { kind: 'rotateKeys', from: 1 });
    const release = await askForRelease(services, carl, hold.id);
    world.goTo(instant(world.clock.now() + dayMs));
    const flow = retentionFlow({ ...world.services, ...services });
    const states = async () => {
      const changes = new Map((await world.records.waitingChanges.list()).map(({ value }) => [value.id, value.state]));
      return [changes.get(key.id), changes.get(release.id)];
    };
    return { world, flow, states };
  }

  it('keeps none of the others from it, and no point from expiring, and is tried again', async () => {
    let isAway = true;
    const { world, flow, states } = await two(async () => {
      if (isAway) throw new Fault('unavailable', 'the vault is away', { origin: 'storage' });
    });
    await flow.tick();
    assert.deepEqual(await states(), ['approved', 'applied']);
    assert.deepEqual(
      world.queue.take('sweep').map(({ message }) => message),
      [{ expire: world.resource.id }],
    );
    isAway = false;
    await flow.tick();
    assert.deepEqual(await states(), ['applied', 'applied']);
  });

  it('is agreed with nevertheless: the consent is kept, and the next tick carries it out', async () => {
    let isAway = true;
    const world = await retentionWorld({ retention: long, keepGoneDays: 365 });
    const services: ChangeServices = {
      ...changing(world, ['carl', 'dora']),
      rotateKeys: async () => {
        if (isAway) throw new Fault('unavailable', 'the vault is away', { origin: 'storage' });
      },
    };
    const asked = await askForChange(services, carl, { kind: 'rotateKeys', from: 1 });
    assert.equal((await approveChange(services, dora, asked.id)).state, 'approved');
    isAway = false;
    await applyDueChanges(services);
    assert.equal((await world.records.waitingChanges.get(asked.id))?.value.state, 'applied');
  });

  it('is thrown where it is a defect of ours, and points go on expiring', async () => {
    const { world, flow, states } = await two(async () => {
      throw new RangeError('a defect');
    });
    await assert.rejects(flow.tick(), RangeError);
    assert.equal((await states())[0], 'approved');
    assert.equal(world.queue.take('sweep').length, 1);
  });
});

describe('a shorter retention', () => {
  it('takes effect a day after a second administrator agreed, and then points go as the preview said', async () => {
    const { world, services, wish, wait, heldNow, held, shorter } = await shortened();
    const preview = await previewRetention(
      world.services,
      { ...shorter, heldRetention: held },
      instant(world.clock.now()),
    );
    assert.deepEqual(
      preview.loses.map(({ points, goes, oldestNow, oldestThen }) => [
        points,
        goes,
        oldestNow?.slice(0, 10),
        oldestThen?.slice(0, 10),
      ]),
      [[12, 9, '2026-03-01', '2026-03-10']],
    );
    const asked = await askForChange(services, carl, wish);
    assert.equal(asked.state, 'asked');
    const told = (await world.records.outbox.list()).map(({ message }) => message);
    assert.deepEqual(told, [{ kind: 'changeWaiting', change: asked.id }]);
    assert.equal((await askForChange(services, dora, wish)).id, asked.id, 'it waits already');
    await assert.rejects(approveChange(services, carl, asked.id), (error) => isFault(error, 'forbidden'));
    wait(hourMs);
    const approved = await approveChange(services, dora, asked.id);
    assert.equal(approved.state === 'approved' && approved.effectiveAt, instant(world.clock.now() + dayMs));
    await assert.rejects(approveChange(services, dora, asked.id), (error) => isFault(error, 'conflict'));
    wait(23 * hourMs);
    await applyDueChanges(services);
    assert.deepEqual(await heldNow(), held);
    assert.deepEqual((await expireResource(world.services, world.resource.id)).kind, 'passed');
    assert.equal((await world.repository.points.list(world.resource.id)).points.length, 12);
    wait(2 * hourMs);
    await applyDueChanges(services);
    assert.equal(await heldNow(), undefined);
    assert.equal((await world.records.waitingChanges.get(asked.id))?.value.state, 'applied');
    const passed = await expireResource(world.services, world.resource.id);
    // A day went by since the preview.
    assert.equal(passed.kind === 'passed' && passed.expired.length, 10);
    const actions = (await world.records.audit.list()).value.map(({ action, who }) => `${action} ${who}`);
    assert.deepEqual(
      actions.filter((action) => /^(change|policy)/.test(action)),
      ['change.applied system', 'policy.acceptRetention carl', 'change.approve dora', 'change.ask carl'],
    );
  });

  it('can be withdrawn until then, lapses after three days, and is void when the policy changed meanwhile', async () => {
    const { world, services, wish, wait, heldNow, held } = await shortened();
    const first = await askForChange(services, carl, wish);
    await approveChange(services, dora, first.id);
    assert.equal((await withdrawChange(services, dora, first.id)).state, 'withdrawn');
    wait(2 * dayMs);
    await applyDueChanges(services);
    assert.deepEqual(await heldNow(), held);

    const second = await askForChange(services, carl, wish);
    wait(3 * dayMs);
    await applyDueChanges(services);
    assert.equal((await world.records.waitingChanges.get(second.id))?.value.state, 'void');

    const third = await askForChange(services, carl, wish);
    await approveChange(services, dora, third.id);
    const stored = await world.records.policies.get(world.policy.id);
    assert.ok(stored);
    await world.records.policies.update({ ...stored.value, retention: { ...short, daily: 1 } }, stored.etag);
    wait(dayMs);
    await applyDueChanges(services);
    const ended = (await world.records.waitingChanges.get(third.id))?.value;
    assert.equal(ended?.state === 'void' && ended.why, 'the retention of the policy was changed meanwhile');
    assert.deepEqual(await heldNow(), held);
  });

  it('cannot be agreed with after three days, also where no tick has ended it', async () => {
    const { world, services, wish, wait, heldNow, held } = await shortened();
    const asked = await askForChange(services, carl, wish);
    assert.equal((await askForChange(services, carl, wish)).id, asked.id);
    wait(3 * dayMs);
    const anew = await askForChange(services, carl, wish);
    assert.notEqual(anew.id, asked.id, 'asked for anew, it has its three days');
    assert.equal((await withdrawChange(services, carl, anew.id)).state, 'withdrawn');
    const late = await approveChange(services, dora, asked.id);
    assert.equal(late.state === 'void' && late.why, 'nobody agreed within three days');
    wait(dayMs);
    await applyDueChanges(services);
    assert.deepEqual(await heldNow(), held);
    const actions = (await world.records.audit.list()).value.map(({ action }) => action);
    assert.deepEqual(actions.slice(0, 4), ['change.void', 'change.withdraw', 'change.ask', 'change.ask']);
    const again = await askForChange(services, carl, wish);
    wait(3 * dayMs - 1000);
    assert.equal((await approveChange(services, dora, again.id)).state, 'approved');
  });

  it('is void when its policy is gone by then, or holds longer rules than those that were looked at', async () => {
    for (const meanwhile of ['removed', 'longer'] as const) {
      const { world, services, wish, wait, held } = await shortened();
      const asked = await askForChange(services, carl, wish);
      await approveChange(services, dora, asked.id);
      const stored = await world.records.policies.get(world.policy.id);
      assert.ok(stored);
      if (meanwhile === 'removed') await world.records.policies.remove(world.policy.id, stored.etag);
      else
        await world.records.policies.update(
          { ...stored.value, heldRetention: { ...held, daily: held.daily + 1 } },
          stored.etag,
        );
      wait(dayMs);
      await applyDueChanges(services);
      const ended = (await world.records.waitingChanges.get(asked.id))?.value;
      assert.equal(
        ended?.state === 'void' && ended.why,
        meanwhile === 'removed'
          ? 'the policy was removed meanwhile'
          : 'longer rules hold now than those that were looked at',
      );
    }
  });

  it('goes without a second person where one administrator said to be alone, and waits the day all the same', async () => {
    const { world, wish, wait, heldNow, held } = await shortened();
    const services = changing(world, ['carl']);
    const asked = await askForChange(services, carl, wish);
    assert.equal(asked.state === 'approved' && asked.approvedBy, 'noSecondPerson');
    await applyDueChanges(services);
    assert.deepEqual(await heldNow(), held);
    wait(dayMs);
    await applyDueChanges(services);
    assert.equal(await heldNow(), undefined);
    const other = await askForChange(services, dora, { ...wish, kind: 'releaseHold', holdId: 'x' } as ChangeWish);
    assert.equal(other.state, 'asked', 'she is not the one who is alone');
  });

  it('ends whole after a kill or a lost answer at any call of its taking effect', async () => {
    const { world, services, wish, wait } = await shortened();
    const asked = await askForChange(services, carl, wish);
    await approveChange(services, dora, asked.id);
    wait(dayMs);
    await everyFault(async (process) => {
      const through = await world.fork(process);
      await process
        .run(() => applyDueChanges(changing(through)))
        .catch((error: unknown) => assert.ok(error instanceof Killed || isFault(error, 'unavailable'), String(error)));
      const after = await through.reopen();
      await applyDueChanges(changing(after));
      assert.equal((await after.records.waitingChanges.get(asked.id))?.value.state, 'applied');
      assert.equal((await after.records.policies.get(world.policy.id))?.value.heldRetention, undefined);
      const resource = (await after.records.resources.get(world.resource.id))?.value;
      assert.equal(resource?.retention?.daily, 3);
      const accepted = (await after.records.audit.list()).value.filter(
        ({ action }) => action === 'policy.acceptRetention',
      );
      assert.equal(accepted.length, 1);
    });
  });
});

describe('a legal hold', () => {
  it('is released by two people, and can be set by one', async () => {
    const world = await retentionWorld();
    const services = changing(world);
    const until = instant(world.clock.now());
    const on = { kind: 'user', sourceId: 'anna' } as const;
    await assert.rejects(setHold(services, carl, { on, reason: 'Case 7', until }), (error) =>
      isFault(error, 'invalid'),
    );
    const hold = await setHold(services, carl, { on, reason: 'Case 7' });
    const asked = await askForRelease(services, carl, hold.id, 'Case closed');
    assert.equal((await world.records.holds.get(hold.id))?.value.releasedAt, undefined);
    await assert.rejects(approveChange(services, carl, asked.id), (error) => isFault(error, 'forbidden'));
    const applied = await approveChange(services, dora, asked.id);
    assert.equal(applied.state, 'applied');
    assert.equal((await world.records.holds.get(hold.id))?.value.releasedBy, 'carl');
    await assert.rejects(askForRelease(services, carl, hold.id), (error) => isFault(error, 'conflict'));
  });
});

describe('a legal hold that somebody asks to release', () => {
  it('must be there, may end by itself, and is released once however many asked', async () => {
    const world = await retentionWorld();
    const services = changing(world);
    await assert.rejects(askForRelease(services, carl, 'nothing'), (error) => isFault(error, 'not-found'));
    const until = instant(world.clock.now() + 30 * dayMs);
    const hold = await setHold(
      services,
      { ...carl, name: '' },
      { on: { kind: 'user', sourceId: 'anna' }, reason: 'Case 7', until },
    );
    assert.equal((await world.records.audit.list()).value[0]?.on['until'], until);
    const one = await askForRelease(services, carl, hold.id);
    assert.equal((await askForRelease(services, dora, hold.id)).id, one.id, 'the same wish waits already');
    assert.equal((await approveChange(services, dora, one.id)).state, 'applied');
    assert.equal((await world.records.holds.get(hold.id))?.value.releasedBy, carl.id);
    await assert.rejects(withdrawChange(services, carl, one.id), (error) => isFault(error, 'conflict'));
    await assert.rejects(withdrawChange(services, carl, 'nothing'), (error) => isFault(error, 'not-found'));
  });

  it('of another time is not there any more', async () => {
    const world = await retentionWorld();
    const services = changing(world);
    const asked = await askForChange(services, carl, { kind: 'releaseHold', holdId: 'nothing' });
    const ended = await approveChange(services, dora, asked.id);
    assert.equal(ended.state === 'void' && ended.why, 'there is no such hold');
  });
});

describe('the brake', () => {
  it('is lifted by an administrator, with the reason in the audit', async () => {
    const world = await retentionWorld();
    const services = changing(world);
    await world.records.brakes.create(
      world.resource.id,
      aBrake(instant(world.clock.now())),
      anAuditEntry('expiry.pause'),
    );
    await liftBrake(services, carl, world.resource.id, 'We archived the year');
    await liftBrake(services, carl, world.resource.id, 'again');
    assert.deepEqual(await world.records.brakes.list(), []);
    const [entry] = (await world.records.audit.list()).value;
    assert.deepEqual(
      [entry?.action, entry?.who, entry?.on['reason']],
      ['expiry.resume', 'carl', 'We archived the year'],
    );
  });
});
