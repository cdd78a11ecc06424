import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../../engine/fault.ts';
import { changeKeyNotes } from '../../engine/keys/keyNotes.ts';
import { instant, type ResourceId, type RunId } from '../../engine/model/ids.ts';
import { clockSkew } from '../../engine/retention/storageClock.ts';
import { aBrake } from '../../engine/retention/testing/cases.ts';
import { listingShrank } from '../../engine/sweep/listing.ts';
import { noCounts, reportSetting, type SweepReport } from '../../engine/sweep/report.ts';
import { anAuditEntry } from '../../engine/testing/recordsWorld.ts';
import { admin, anna, approver, auditor, buttonsOf, cardOf, operator, pressOf, readable } from '../testing/botBench.ts';
import { channel, placeFor, world } from '../testing/deliveryBench.ts';
import type { Alarm } from './alarms.ts';

type Bench = Awaited<ReturnType<typeof world>>;
const hour = 3_600_000;
const other = 'ee'.repeat(16) as ResourceId;

const text = (of: { readonly card: Parameters<typeof readable>[0] } | undefined): string =>
  of === undefined ? '' : readable(of.card);
async function later(bench: Bench, ms = hour): Promise<void> {
  await bench.clock.advance(ms);
  await bench.deliver();
}
let run = 0;
/** As a backup pauses the expiry of a resource: the brake, then the notice. */
async function pause(bench: Bench, resource: ResourceId = bench.mailbox.id): Promise<void> {
  const brake = { ...aBrake(instant(bench.clock.now())), resourceId: resource };
  await bench.records.brakes.create(resource, brake, anAuditEntry('expiry.pause'));
  const runId = (++run).toString(16).padStart(32, '0') as RunId;
  const { changed, removed, of } = brake;
  await tell(bench, { kind: 'expiryPaused', run: runId, resource, changed, removed, of });
}
async function resume(bench: Bench, resource: ResourceId = bench.mailbox.id): Promise<void> {
  const { etag } = (await bench.records.brakes.get(resource)) ?? assert.fail('it is paused');
  await bench.records.brakes.remove(resource, etag, anAuditEntry('expiry.resume'));
}
let told = 0;
const tell = (bench: Bench, alarm: Alarm): Promise<void> => bench.records.outbox.add(`told-${told++}`, alarm);
async function swept(bench: Bench, change: Partial<SweepReport>): Promise<void> {
  const at = instant(bench.clock.now());
  const before = await bench.records.settings.get(reportSetting);
  const report: SweepReport = { cycle: bench.clock.now(), startedAt: at, ...noCounts, ...change };
  await bench.records.settings.put(reportSetting, report, before?.etag);
}
async function drilled(bench: Bench, id: string, failed: number): Promise<void> {
  const at = instant(bench.clock.now());
  const drill = { id, drill: true, state: 'done', startedAt: at, finishedAt: at, items: 20, failed };
  await bench.records.inspections.create(id, 'drill', bench.clock.now(), drill);
}
const lastCopy = (bench: Bench, resource = bench.mailbox.id): Alarm => ({
  kind: 'lastCopyEnds',
  resource,
  leftSince: instant(bench.clock.now()),
  endsAt: instant(bench.clock.now() + 14 * 24 * hour),
});

describe('an alarm', () => {
  it('has one card for its cause, that says in place how it stands, and is a new one after it was over', async () => {
    const bench = await world(placeFor(admin), channel);
    await bench.records.resources.put({ ...bench.mailbox, id: other, name: 'Ben Ode' });
    await pause(bench);
    await bench.deliver();
    const [own, ops] = bench.sent.toSorted((a, b) => (a.to === 'chat-admin' ? -1 : b.to === 'chat-admin' ? 1 : 0));
    assert.match(text(own), /One backup found 400 items changed and 0 items removed, of 1,000.*\nAnna Berg\n/s);
    assert.deepEqual(buttonsOf(own?.card ?? assert.fail('it was told')), ['Details', 'Snooze', 'Settings']);
    assert.equal(ops?.to, '19:ops');
    assert.doesNotMatch(text(ops), /Anna/);

    await pause(bench, other);
    await later(bench);
    assert.equal(bench.sent.length, 2, 'nobody is told anew');
    const ownId = `activity-${bench.sent.findIndex(({ to }) => to === 'chat-admin') + 1}`;
    const changed = bench.updated.filter(({ activityId }) => activityId === ownId);
    assert.match(text(changed.at(-1)), /Backups of 2 mailboxes and drives found/);
    assert.match(text(changed.at(-1)), /Anna Berg · Ben Ode|Ben Ode · Anna Berg/);

    await resume(bench);
    await later(bench);
    assert.match(text(bench.updated.at(-1)), /One backup found/);
    await resume(bench, other);
    await later(bench);
    assert.match(
      text(bench.updated.at(-1)),
      /Over since [^\n]+\.\nSomebody looked at what happened\. Expiry goes on\./,
    );
    assert.equal(bench.sent.length, 2);
    assert.deepEqual(await bench.records.outbox.list(), []);
    const quiet = bench.updated.length;
    await later(bench);
    assert.equal(bench.updated.length, quiet);

    await pause(bench);
    await later(bench);
    assert.equal(bench.sent.length, 4);
  });

  it('is told to administrators, and in channels when copies are in danger; to nobody who lost the role', async () => {
    const bench = await world(placeFor(admin), placeFor(anna), placeFor(auditor), placeFor(approver), channel);
    bench.nowHolds(approver, ['Backup.Admin']);
    await tell(bench, lastCopy(bench));
    await bench.records.resources.put({ ...bench.mailbox, state: 'gone' });
    await bench.deliver();
    assert.deepEqual(bench.sent.map(({ to }) => to).toSorted(), ['chat-admin', 'chat-jo']);
    assert.match(text(bench.sent[0]), /Anna Berg is no longer protected\. The last copy goes on Mar \d+, 2026\./);

    bench.sent.length = 0;
    bench.damage.items = 2;
    bench.nowHolds(approver, ['Backup.Auditor']);
    await tell(bench, { kind: 'damageFound', verification: 'v', items: 2, others: 0 });
    await later(bench);
    assert.deepEqual(bench.sent.map(({ to }) => to).toSorted(), ['19:ops', 'chat-admin']);
  });

  it('that is over before it could be told is not told', async () => {
    const bench = await world(placeFor(admin));
    await tell(bench, { kind: 'damageFound', verification: 'v', items: 2, others: 0 });
    await bench.deliver();
    assert.deepEqual([bench.sent.length, await bench.records.outbox.list()], [0, []]);
  });

  const ends: readonly {
    readonly name: string;
    readonly begin: (bench: Bench) => Promise<Alarm>;
    readonly end: (bench: Bench) => Promise<unknown>;
    readonly says: RegExp;
    readonly ended: RegExp;
  }[] = [
    {
      name: 'a last copy by protecting it again',
      async begin(bench) {
        await bench.records.resources.put({ ...bench.mailbox, state: 'gone' });
        return lastCopy(bench);
      },
      end: (bench) => bench.records.resources.put({ ...bench.mailbox, state: 'protected', policyId: 'p' as never }),
      says: /no longer protected/,
      ended: /It is protected again/,
    },
    {
      name: 'a shrunken list by a cleanup that came to its end',
      async begin(bench) {
        await swept(bench, { refused: 'The list shrank.', refusedCode: listingShrank });
        return {
          kind: 'sweepRefused',
          reason: 'The list shrank.',
          code: listingShrank,
          at: instant(bench.clock.now()),
        };
      },
      end: (bench) => swept(bench, { finishedAt: instant(bench.clock.now()) }),
      says: /Storage lists fewer objects than before.*accepts the list as it is/s,
      ended: /The cleanup works again/,
    },
    {
      name: 'damage by healing it',
      async begin(bench) {
        bench.damage.items = 3;
        return { kind: 'damageFound', verification: 'v', items: 3, others: 0 };
      },
      async end(bench) {
        bench.damage.items = 0;
      },
      says: /A verification found 3 items that are damaged\./,
      ended: /whole again/,
    },
    {
      name: 'a failed drill by one that goes well',
      async begin(bench) {
        await drilled(bench, 'one', 2);
        return { kind: 'drillFailed', drill: 'one', items: 20, failed: 2 };
      },
      end: (bench) => drilled(bench, 'two', 0),
      says: /2 items of 20 did not come back as promised/,
      ended: /brought everything back/,
    },
    {
      name: 'an unproven recovery key by proving it',
      begin: async (bench) => ({ kind: 'recoveryKeyUnproven', since: instant(bench.clock.now()), wasProved: false }),
      end: (bench) =>
        changeKeyNotes(bench.records, { proved: { at: instant(bench.clock.now()), by: admin.id, keyId: 'k' } }),
      says: /Nobody has tried it since/,
      ended: /Somebody checked it/,
    },
  ];
  for (const { name, begin, end, says, ended } of ends)
    it(`ends: ${name}`, async () => {
      const bench = await world(placeFor(admin));
      await tell(bench, await begin(bench));
      await bench.deliver();
      assert.match(text(bench.sent[0]), says);
      await later(bench);
      assert.deepEqual([bench.sent.length, bench.updated.length], [1, 0], 'it goes on');
      await end(bench);
      await later(bench);
      assert.match(text(bench.updated[0]), ended);
      assert.deepEqual([bench.sent.length, await bench.records.outbox.list()], [1, []]);
    });

  it('is said again after a day while copies are in danger, and not where it is a warning', async () => {
    const bench = await world(placeFor(admin));
    await pause(bench);
    await tell(bench, { kind: 'recoveryKeyUnproven', since: instant(bench.clock.now()), wasProved: true });
    await bench.deliver();
    await later(bench, 23 * hour);
    assert.equal(bench.sent.length, 2);
    // What the engine tells each day changes the card in place and puts off nothing.
    await tell(bench, {
      kind: 'expiryPaused',
      run: 'r' as RunId,
      resource: bench.mailbox.id,
      changed: 1,
      removed: 1,
      of: 2,
    });
    await later(bench, 1.5 * hour);
    assert.equal(bench.sent.length, 3);
    assert.match(text(bench.sent[2]), /Told on [^\n]+, and not over yet\.\nOne backup found/);
    await later(bench, 2 * hour);
    assert.equal(bench.sent.length, 3);
    await resume(bench);
    await later(bench);
    assert.equal(bench.updated.at(-1)?.activityId, 'activity-3');
  });

  it('is quiet where quiet is wanted: in the night, while muted, and for whom troubles are off', async () => {
    const bench = await world(placeFor(admin));
    const save = async (inputs: object) => bench.press(admin, await bench.says(admin, 'notifications'), 'Save', inputs);
    bench.clock.set(Date.parse('2026-03-04T23:30:00Z'));
    await save({ quiet: 'pass', quietFrom: '22:00', quietTo: '07:00' });
    await tell(bench, lastCopy(bench));
    await bench.records.resources.put({ ...bench.mailbox, state: 'gone' });
    await pause(bench);
    await bench.deliver();
    assert.match(bench.sent.map(text).join(), /^Many items/, 'what is critical passes');
    await later(bench, 8 * hour);
    assert.equal(bench.sent.length, 2);
    await save({ quiet: 'off', mute: 'day' });
    await tell(bench, { kind: 'drillFailed', drill: 'x', items: 20, failed: 2 });
    await later(bench);
    assert.equal(bench.sent.length, 2);
    await save({ mute: 'none', troubles: 'off' });
    await tell(bench, { kind: 'drillFailed', drill: 'x', items: 20, failed: 2 });
    await later(bench);
    assert.equal(bench.sent.length, 2);
  });

  it('is silent for a day or a week where somebody who hears of it wants that; everything else is told', async () => {
    const bench = await world(placeFor(admin));
    await pause(bench);
    await bench.deliver();
    const card = bench.sent[0]?.card ?? assert.fail('it was told');
    const form = await bench.conversation.onAction(bench.turn(admin), pressOf(card, 'Snooze'));
    assert.match(readable(form), /quiet about Many items were changed or removed at once\?/);
    for (const actor of [anna, operator])
      assert.match(
        readable(
          await bench.conversation.onAction(bench.turn(actor), pressOf(cardOf(form), 'Snooze', { for: 'week' })),
        ),
        /with your role/,
      );
    const done = await bench.press(admin, form, 'Snooze', { for: 'week' });
    assert.match(readable(done), /I’m quiet about Many items[^\n]+ until/);
    await later(bench, 6 * 24 * hour);
    assert.equal(bench.sent.length, 1);
    bench.damage.items = 1;
    await tell(bench, { kind: 'damageFound', verification: 'v', items: 1, others: 0 });
    await later(bench);
    assert.match(text(bench.sent[1]), /^Something stored is damaged/);
    await later(bench, 25 * hour);
    assert.ok(
      bench.sent.slice(2).some((each) => text(each).startsWith('Many items')),
      'it is said again after that',
    );
  });

  it('that is a warning counts towards three a day; what is one too many stands in the summary', async () => {
    const bench = await world(placeFor(admin));
    bench.clock.set(Date.parse('2026-03-04T09:00:00Z'));
    await bench.press(admin, await bench.says(admin, 'notifications'), 'Save', { digest: 'daily' });
    await bench.deliver();
    for (const number of [1, 2, 3, 4]) {
      const id = String(number).repeat(32) as ResourceId;
      await bench.records.resources.put({ ...bench.mailbox, id, name: `Gone ${number}`, state: 'gone' });
      await tell(bench, lastCopy(bench, id));
    }
    const at = instant(bench.clock.now());
    await tell(bench, { kind: 'sweepRefused', reason: 'clock', code: clockSkew, at });
    await tell(bench, { kind: 'sweepRefused', reason: 'root is missing', at });
    await bench.deliver();
    const said = bench.sent.map(text);
    assert.equal(said.length, 4, said.join('\n'));
    assert.match(said.join('\n'), /root is missing/, 'what is critical comes at once');
    bench.sent.length = 0;
    bench.clock.set(Date.parse('2026-03-05T08:01:00Z'));
    await bench.deliver();
    const summary = bench.sent.map(text).find((each) => /told only here/.test(each)) ?? '';
    assert.match(summary, /Gone 4: the last copy goes on|Gone 3: the last copy goes on/);
  });

  it('whose card is gone is told in a new one, and waits while the chat cannot be reached', async () => {
    const bench = await world(placeFor(admin));
    await pause(bench);
    await bench.deliver();
    bench.trouble.push(new Fault('not-found', 'card removed'));
    await bench.records.resources.put({ ...bench.mailbox, id: other });
    await pause(bench, other);
    await bench.deliver();
    assert.equal(bench.sent.length, 2);
    await resume(bench);
    await resume(bench, other);
    bench.trouble.push(new Fault('unavailable', 'later'));
    await later(bench);
    assert.equal(bench.updated.length, 0);
    await later(bench);
    assert.equal(bench.updated.at(-1)?.activityId, 'activity-2');
  });
});
