import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CardAction } from '../contract/cards.ts';
import type { ResourceId } from '../engine/model/ids.ts';
import type { ProtectedResource } from '../engine/model/resource.ts';
import { admin, anna, approver, auditor, botBench, buttonsOf, cardOf, operator, readable } from './testing/botBench.ts';

describe('coverage', () => {
  async function gaps() {
    const bench = await botBench();
    let next = 0;
    const add = (change: Partial<ProtectedResource>) => {
      const id = (0xa0 + next++).toString(16).repeat(16) as ResourceId;
      return bench.records.resources.put({ ...bench.mailbox, id, name: 'Carla Secret', ...change });
    };
    const { policyId: _, ...uncovered } = bench.mailbox;
    await add({ workload: 'drive', state: 'protected' });
    await add({ workload: 'drive', state: 'failing', reason: 'Carla Secret’s drive is locked' });
    await bench.records.resources.put({ ...uncovered, id: 'bb'.repeat(16) as ResourceId, state: 'notProtected' });
    // Neither of them should have a copy.
    await add({ state: 'excluded', reason: 'left' });
    await add({ state: 'notProtected', policyId: 'ab'.repeat(16) as never, reason: 'No mailbox' });
    return bench;
  }

  it('counts by workload, as the console counts, and says why the rest has no copy', async () => {
    const bench = await gaps();
    const answer = await bench.says(auditor, 'coverage');
    assert.match(readable(answer), /3 of 5 mailboxes and drives have a whole copy \(60%\)/);
    assert.match(readable(answer), /Files\n1 of 2\nMail\n2 of 3/);
    assert.match(readable(answer), /drive is locked — 1 mailbox or drive/);
    assert.match(readable(answer), /No backup policy covers it — 1 mailbox or drive/);
    assert.doesNotMatch(readable(answer), /left|No mailbox/);
    assert.deepEqual(buttonsOf(cardOf(answer)), ['Show unprotected', 'Failures']);
    assert.deepEqual(buttonsOf(cardOf(await bench.says(admin, 'unprotected'))), [
      'Show unprotected',
      'Fix',
      'Failures',
    ]);
    assert.match(
      readable(await bench.says(admin, 'status')),
      /needs attention:\n1 mailbox or drive fails\.\n1 mailbox or drive is not protected\.[\s\S]*3 of 5/,
    );
  });

  it('names nobody in a channel', async () => {
    const answer = await (await gaps()).says(admin, 'coverage', 'channel');
    assert.equal(answer.privately, undefined);
    assert.match(readable(answer), /The backup fails — 1 mailbox or drive/);
    assert.doesNotMatch(JSON.stringify(answer), /Carla/);
  });

  it('is for administrators and auditors', async () => {
    const bench = await botBench();
    for (const actor of [anna, operator, approver])
      assert.match(readable(await bench.says(actor, 'coverage')), /can’t do that with your role/);
    assert.equal((await bench.records.audit.list()).value.length, 3);
  });
});

describe('notifications', () => {
  it('says to each what comes by itself, and offers switches for what does', async () => {
    const bench = await botBench();
    const all = await bench.says(admin, 'notifications');
    assert.match(
      readable(all),
      /Summary\nEvery Monday at 8:00\sAM\nWhen a backup goes worse\nAt once\nRestore requests to decide\nAt once/,
    );
    assert.ok(buttonsOf(cardOf(all)).includes('Save'));
    const reader = await bench.says(auditor, 'notifications');
    assert.match(readable(reader), /Every Monday/);
    assert.doesNotMatch(readable(reader), /goes worse|to decide/);
    const member = await bench.says(anna, 'notifications');
    assert.doesNotMatch(readable(member), /Every Monday|goes worse|to decide/);
    assert.deepEqual(buttonsOf(cardOf(member)), ['Open Holdfast', 'Save']);
    assert.match(readable(member), /Quiet hours\nNone/);
  });

  it('follow what an administrator decided for everybody', async () => {
    const bench = await botBench();
    await bench.records.settings.put('notifications', { digestDay: 4, digestAt: '17:30', timeZone: 'Europe/Berlin' });
    assert.match(readable(await bench.says(admin, 'notifications')), /Every Thursday at 5:30\sPM \(Europe\/Berlin\)/);
    await bench.records.settings.put('notifications', { digest: 'off', report: 'never' });
    assert.match(readable(await bench.says(admin, 'notifications')), /Summary\nNever\nWhen a backup goes worse\nNever/);
  });

  it('are saved once; a card of an earlier state changes nothing', async () => {
    const bench = await botBench();
    const card = await bench.says(admin, 'notifications');
    const saved = await bench.press(admin, card, 'Save', { digest: 'off', troubles: 'on', mute: 'week' });
    assert.match(readable(saved), /Summary\nNever[\s\S]*Quiet until/);
    const late = await bench.press(admin, card, 'Save', { digest: 'daily', troubles: 'off', mute: 'none' });
    assert.match(readable(late), /Summary\nNever[\s\S]*Quiet until/);
    const [entry, ...others] = (await bench.records.audit.list()).value;
    assert.deepEqual([entry?.action, entry?.on['digest'], entry?.result], ['notifications.save', 'off', 'done']);
    assert.deepEqual(others, []);
  });

  it('keep a silence that is left as it is, whatever else is saved', async () => {
    const bench = await botBench();
    const muted = await bench.says(admin, 'mute 3 days');
    const until = /Quiet until ([^\n]+)/.exec(readable(muted))?.[1] ?? '';
    const saved = await bench.press(admin, muted, 'Save', { digest: 'off', troubles: 'on', mute: 'keep' });
    assert.ok(until !== '' && readable(saved).includes(until));
    const open = await bench.press(admin, saved, 'Save', { digest: 'off', troubles: 'on', mute: 'none' });
    assert.doesNotMatch(readable(open), /When a backup goes worse\nQuiet/);
  });

  it('of a channel are changed by administrators alone', async () => {
    const bench = await botBench();
    const card = await bench.says(operator, 'notifications', 'channel');
    assert.match(readable(card), /Backup administrators change what is posted here/);
    assert.match(readable(await bench.says(operator, 'mute 1 day', 'channel')), /can’t do that with your role/);
    const save = CardAction.parse({ verb: 'notifications.save', version: 0, troubles: 'off' });
    await bench.conversation.onAction(bench.turn(operator, 'channel'), save);
    assert.match(readable(await bench.says(admin, 'notifications', 'channel')), /When a backup goes worse\nAt once/);
    await bench.conversation.onAction(bench.turn(admin, 'channel'), save);
    assert.match(readable(await bench.says(admin, 'notifications', 'channel')), /When a backup goes worse\nNever/);
    assert.match(readable(await bench.says(admin, 'notifications')), /When a backup goes worse\nAt once/);
    const refused = (await bench.records.audit.list()).value.filter(({ result }) => result === 'refused');
    assert.deepEqual(
      refused.map(({ who, action }) => [who, action]),
      [1, 2].map(() => [operator.id, 'notifications.save']),
    );
  });
});
