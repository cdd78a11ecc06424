/** What people do in chat, through `/api/messages` of a started product: it happens once, by whom it may, and is written down. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { buttonsOf, readable } from '../../bot/testing/botBench.ts';
import { Chat, type Shown } from './chat.ts';
import { everything, Flow, PEOPLE, until } from './harness.ts';

let flow: Flow;
let chat: Chat;
/** A subject that only the member's mailbox has. */
const subject = `Minutes of the chat flow ${process.pid}`;
const { admin, operator, auditor, approver, member } = PEOPLE;

before(async () => {
  flow = await Flow.start({ tenant: '--seed small' });
  chat = await Chat.open(flow);
  const first = await flow.firstRun();
  assert.equal(first.status, 'complete', first.reason);
  await flow.tenant.post('messages', { user: member, message: { subject } });
  const run = await flow.backUpResource(await flow.resource('mail', member));
  assert.equal(run.status, 'complete', run.reason);
});

after(async () => {
  await chat?.close();
  await flow?.product.remove();
});

const reads = ({ card }: Shown): string => readable(card);
const requestOf = ({ card }: Shown): string => /"requestId":"([0-9a-f]{32})"/.exec(JSON.stringify(card))?.[1] ?? '';

/** Who did what through the bot to one request or run, oldest first. */
async function written(id: string): Promise<string[]> {
  const entries = await everything(flow.admin, 'listAudit', {});
  const aliases = new Map<string, string>();
  for (const alias of Object.values(PEOPLE)) aliases.set((await flow.tenant.user(alias)).id, alias);
  return entries
    .filter(({ on }) => on['by'] === 'bot' && Object.values(on).includes(id))
    .map(({ who, action, result }) => `${aliases.get(who) ?? who} ${action} ${result}`)
    .toReversed();
}

const stateOf = async (id: string): Promise<string> => (await flow.admin.call('getRestore', { params: { id } })).state;
const ended = (id: string): Promise<string> =>
  until(
    'the restore ends',
    () => stateOf(id),
    (state) => !['planning', 'ready', 'waiting', 'approved', 'running'].includes(state),
  );

/** From words to the checked plan of the member's mail. */
async function checked(alias: string, words: string, inputs: object = {}): Promise<Shown> {
  const found = await chat.say(alias, `${words} "${subject}"`);
  const form = await chat.press(alias, found, 'Restore…');
  const card = await chat.press(alias, form, 'Check', inputs);
  return reads(card).startsWith('Checking') ? chat.told(alias, /^Ready to restore/) : card;
}

describe('words', () => {
  it('answer those whom they are for', async () => {
    assert.match(reads(await chat.say(admin, 'status')), /Last backup[\s\S]*Next backup/);
    assert.match(reads(await chat.say(auditor, 'report')), /Everything was backed up/);
    assert.match(reads(await chat.say(auditor, 'report weekly')), /went well/);
    assert.match(reads(await chat.say(operator, 'failures')), /Nothing has failed/);
    assert.match(reads(await chat.say(member, 'report')), /can’t do that with your role/);
    assert.match(reads(await chat.say(member, 'status')), /^Your data/);
  });

  it('are answered once when they are delivered twice, and not at all for strangers', async () => {
    const mark = chat.mark;
    const twice = await chat.activity(admin, { text: 'status' });
    assert.deepEqual([(await chat.post(twice)).status, (await chat.post(twice)).status], [200, 200]);
    assert.equal(chat.cards(admin, mark).length, 1);
    const said = chat.mark;
    for (const change of [
      { serviceUrl: 'https://smba.trafficmanager.net.evil.example/' },
      { conversation: { id: 'c', conversationType: 'personal', tenantId: 'another' } },
      { from: { id: '29:x', name: 'Nobody' } },
    ])
      assert.equal((await chat.post(await chat.activity(admin, { text: 'status', ...change }))).status, 403);
    assert.equal(chat.mark, said);
  });
});

describe('backup now', () => {
  it('asks, starts one run however often it is pressed, and ends in its own card', async () => {
    const before = (await everything(flow.admin, 'listRuns', {})).length;
    const confirm = await chat.say(admin, 'backup now');
    const pressed = await Promise.all([1, 2, 3].map(() => chat.press(admin, confirm, 'Back up now')));
    assert.ok(pressed.some((card) => reads(card).startsWith('Backup: ')));
    assert.match(reads(await chat.press(operator, confirm, 'Back up now')), /meant for somebody else/);
    const runs = await everything(flow.admin, 'listRuns', {});
    assert.equal(runs.length, before + 1);
    const done = await chat.told(admin, /^Backup: [^\n]*\nEverything was backed up/);
    assert.equal(done.activityId, confirm.activityId, 'in the card that was pressed');
    assert.deepEqual(buttonsOf(done.card), ['Report', 'Open Holdfast']);
    assert.deepEqual(await written(runs[0]?.id ?? ''), [`${admin} run.start done`]);
    assert.match(reads(await chat.press(admin, done, 'Report')), /^Backup report/);
  });
});

describe('a member', () => {
  it('gets their own mail back and takes that back again, in one card', async () => {
    const copies = async () =>
      (await flow.tenant.messages(member)).filter((one) => one.subject === subject && /Restored/.test(one.folder));
    assert.deepEqual(await copies(), []);
    const ready = await checked(member, 'restore');
    const pressed = await Promise.all([1, 2].map(() => chat.press(member, ready, 'Restore 1 item')));
    assert.ok(pressed.every((card) => /^Restor(ing|ed)\n/.test(reads(card))));
    assert.equal(await ended(requestOf(ready)), 'done');
    assert.equal((await copies()).length, 1);
    const receipt = await chat.told(member, /^Restored\nRestored 1 item/);
    assert.equal(receipt.activityId, ready.activityId, 'in place');
    await Promise.all([1, 2].map(() => chat.press(member, receipt, 'Undo')));
    await chat.told(member, /1 restored item was removed again/);
    assert.deepEqual(await copies(), []);
    assert.deepEqual((await written(requestOf(ready))).slice(0, 2), [
      `${member} restore.ask done`,
      `${member} restore.run done`,
    ]);
  });

  it('finds the copies of a message under the message itself', async () => {
    const invoke = async (name: string, value: object) =>
      (await chat.post(await chat.activity(member, { type: 'invoke', name: `composeExtension/${name}`, value }))).body;
    const chosen = { commandId: 'restoreWithHoldfast', commandContext: 'message' };
    const fetched = await invoke('fetchTask', { ...chosen, messagePayload: { id: '1', subject } });
    assert.match(fetched, new RegExp(subject));
    const press = /"data":(\{[^{}]*"verb":"restore\.form"[^{}]*\})/.exec(fetched)?.[1];
    assert.ok(press, fetched);
    const form = await invoke('submitAction', { ...chosen, data: JSON.parse(press) });
    assert.match(form, /Where to/);
    const check = /"data":(\{[^{}]*"verb":"restore\.check"[^{}]*\})/.exec(form)?.[1];
    assert.ok(check, form);
    const filled = { ...(JSON.parse(check) as object), destination: 'newFolder', conflict: 'skipIfSame' };
    assert.match(await invoke('submitAction', { ...chosen, data: filled }), /Ready to restore|Checking/);
  });
});

describe('a download of another person’s mail', () => {
  const wish = { destination: 'download', reason: 'asked by phone' };

  // The bot speaks first to those who have met it.
  before(async () => {
    await chat.say(approver, 'hi');
  });

  async function asked(): Promise<{ readonly id: string; readonly waiting: Shown; readonly decide: Shown }> {
    const ready = await checked(operator, 'find', wish);
    const id = requestOf(ready);
    const mark = chat.mark;
    const waiting = await chat.press(operator, ready, 'Ask for approval');
    assert.match(reads(waiting), /^Waiting for approval/);
    const base = await chat.told(approver, /A restore request is waiting for approval/, mark);
    assert.doesNotMatch(JSON.stringify(base.card), new RegExp(subject));
    const decide = await chat.press(approver, base, 'Show request');
    assert.match(reads(decide), /asked by phone/);
    return { id, waiting, decide };
  }

  it('starts when somebody else approves it, once, and by nobody who may not', async () => {
    const { id, waiting, decide } = await asked();
    assert.match(reads(await chat.press(operator, decide, 'Approve')), /Nobody decides a request of their own/);
    assert.match(reads(await chat.press(member, decide, 'Approve')), /no restore request/);
    assert.match(reads(await chat.press(auditor, decide, 'Approve')), /Only a backup administrator or an approver/);
    assert.equal(await stateOf(id), 'waiting');
    const both = await Promise.all([1, 2].map(() => chat.press(approver, decide, 'Approve')));
    for (const card of both) assert.match(reads(card), /Approved by David Moreau at|Ready to download/);
    assert.match(reads(await chat.press(admin, decide, 'Decline')), /Already approved by|Ready to download/);
    assert.equal(await ended(id), 'done');
    const receipt = await chat.told(operator, /^Ready to download/);
    assert.equal(receipt.activityId, waiting.activityId, 'in place');
    const lines = await written(id);
    assert.deepEqual(lines.slice(0, 5), [
      `${operator} restore.ask done`,
      `${operator} restore.run done`,
      `${operator} restore.approve refused`,
      `${member} restore.approve refused`,
      `${auditor} restore.approve refused`,
    ]);
    assert.deepEqual(lines.slice(5).toSorted(), [
      `${admin} restore.decline refused`,
      `${approver} restore.approve done`,
    ]);
  });

  it('does not start when it was withdrawn before', async () => {
    const { id, waiting, decide } = await asked();
    assert.match(reads(await chat.press(operator, waiting, 'Withdraw')), /^Withdrawn/);
    assert.match(reads(await chat.press(approver, decide, 'Approve')), /^Withdrawn/);
    assert.equal(await stateOf(id), 'withdrawn');
    assert.equal((await written(id)).at(-1), `${approver} restore.approve refused`);
  });

  it('does nothing for a button that this version does not know', async () => {
    const { decide } = await asked();
    const old = await chat.invoke(approver, decide, { verb: 'approval.approveAll', data: { version: 1 } });
    assert.match(reads(old), /out of date/);
    assert.equal(await stateOf(requestOf(decide)), 'waiting');
  });
});

it('none of it sent a mail, an invitation or a notice, or broke a rule of Microsoft 365', async () => {
  assert.deepEqual(await flow.tenant.complaints(), []);
});
