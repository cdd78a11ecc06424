import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  admin,
  anna,
  approver,
  auditor,
  ben,
  botBench,
  checked,
  operator,
  readable,
  requestIdOf,
  type BotBench,
} from './testing/botBench.ts';
import type { Answer } from './turn.ts';

describe('what presses leave in the audit', () => {
  const written = async (bench: BotBench) =>
    (await bench.records.audit.list()).value
      .toReversed()
      // What the restore itself writes down stands beside it.
      .filter(({ on }) => on['by'] === 'bot')
      .map(({ who, action, result, on }) => [who, action, result, on['why'] ?? on['state'] ?? ''].join(' ').trim());

  async function waiting(bench: BotBench): Promise<Answer> {
    const ready = await checked(bench, operator, { destination: 'download', reason: 'Ben asked' }, 'find hello');
    await bench.press(operator, ready, 'Ask for approval');
    return bench.press(approver, await bench.says(approver, 'approvals'), 'Review');
  }

  it('names everybody who pressed Approve, and what came of it', async () => {
    const bench = await botBench();
    const card = await waiting(bench);
    bench.nowHolds(operator, ['Backup.RestoreOperator', 'Backup.Admin']);
    for (const actor of [operator, anna, auditor, approver, approver, admin]) await bench.press(actor, card, 'Approve');
    assert.deepEqual(await written(bench), [
      'olga restore.ask done',
      'olga restore.run done waiting',
      'olga restore.approve refused',
      'anna restore.approve refused',
      'ivo restore.approve refused',
      'jo restore.approve done approved',
      'admin restore.approve refused late',
    ]);
    const named = (await bench.records.audit.list()).value.filter(({ action }) => action === 'restore.approve');
    assert.ok(named.every(({ on }) => on['request'] === requestIdOf(card) && on['by'] === 'bot'));
  });

  it('holds a press after the request was withdrawn', async () => {
    const bench = await botBench();
    const card = await waiting(bench);
    await bench.flow.withdraw(operator, requestIdOf(card));
    assert.match(readable(await bench.press(approver, card, 'Approve')), /^Withdrawn/);
    assert.equal((await written(bench)).at(-1), 'jo restore.approve refused late');
    assert.equal(bench.queue.dump('restore').length, 0);
  });

  it('holds the loser of two presses at once', async () => {
    const bench = await botBench();
    const card = await waiting(bench);
    await Promise.all([bench.press(approver, card, 'Approve'), bench.press(admin, card, 'Decline')]);
    const results = (await written(bench)).slice(2).map((line) => line.split(' ')[2]);
    assert.deepEqual(results.toSorted(), ['done', 'refused']);
  });

  it('holds one deed once, however often its button is pressed', async () => {
    const bench = await botBench();
    const ready = await checked(bench);
    const twice = (card: Answer, title: string) => Promise.all([1, 2].map(() => bench.press(anna, card, title)));
    await twice(ready, 'Restore 1 item');
    const other = await checked(bench);
    await twice(other, 'Back');
    assert.deepEqual(await written(bench), [
      'anna restore.ask done',
      'anna restore.run done running',
      'anna restore.ask done',
      'anna restore.withdraw done withdrawn',
    ]);
  });

  it('says that nobody else could decide', async () => {
    const bench = await botBench();
    bench.people.admins = [admin.id];
    bench.people.approvers = [];
    const ready = await checked(bench, admin, { destination: 'download', reason: 'Ben asked' }, 'find hello');
    assert.match(readable(ready), /nobody else could decide/);
    await bench.press(admin, ready, 'Restore 1 item');
    const run = (await bench.records.audit.list()).value.find(({ action }) => action === 'restore.run');
    assert.deepEqual([run?.action, run?.on['noSecondPerson']], ['restore.run', 'true']);
  });

  it('holds forms and backups that are not theirs, out of date, switched off or refused by the rules', async () => {
    const bench = await botBench();
    const own = await bench.press(anna, await bench.says(anna, 'restore one'), 'Restore…');
    const theirs = await bench.press(admin, await bench.says(admin, 'find hello'), 'Restore…');
    const confirm = await bench.says(admin, 'backup now');
    const hit = await bench.says(anna, 'find one');
    await bench.press(ben, hit, 'Restore…');
    await bench.press(ben, own, 'Check');
    await bench.press(admin, theirs, 'Check');
    await bench.press(operator, confirm, 'Back up now');
    await bench.records.settings.put('selfService', { enabled: true, download: false });
    await bench.press(anna, own, 'Check', { destination: 'download' });
    await bench.records.settings.put('selfService', { enabled: false, download: false });
    await bench.press(anna, own, 'Check');
    assert.deepEqual(await written(bench), [
      'ben restore.ask refused',
      'ben restore.ask refused',
      'admin restore.ask refused',
      'olga run.start refused',
      'anna restore.ask refused',
      'anna restore.ask refused',
    ]);
  });

  it('holds one wish once, however often Check is pressed', async () => {
    const bench = await botBench();
    const form = await bench.press(anna, await bench.says(anna, 'restore one'), 'Restore…');
    await bench.press(anna, form, 'Check');
    await bench.clock.advance(1000);
    await bench.press(anna, form, 'Check');
    assert.deepEqual(await written(bench), ['anna restore.ask done']);
  });
});
