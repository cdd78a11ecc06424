import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Resource } from '../../contract/resources.ts';
import { ApiProblem } from '../../contract/client.ts';
import { assertSameSet, carryOut, type Flow, PEOPLE, planned, restored, undone, walk } from './harness.ts';
import type { TenantMessage } from './tenantControl.ts';

const OWNER = 'felix.bauer';
const DELETED_ITEMS = '/Gelöschte Elemente';

/** What a restored message shares with the one that was lost: all but the ids and times that Exchange gives by itself. */
export function lasting({
  id: _id,
  immutableId: _immutable,
  createdDateTime: _created,
  lastModifiedDateTime: _modified,
  ...rest
}: TenantMessage) {
  return rest;
}

const same = (actual: readonly TenantMessage[], expected: readonly TenantMessage[]) =>
  assertSameSet(actual.map(lasting), expected.map(lasting));

/** Undo takes mail away as a person does: into Deleted Items. */
const takenAway = (all: readonly TenantMessage[], before: readonly TenantMessage[]) =>
  all.filter(({ id, folder }) => folder !== DELETED_ITEMS || before.some((message) => message.id === id));

const hashes = (messages: readonly TenantMessage[]) => messages.map(({ sha256 }) => sha256);

export function describeMailRestore(flowOf: () => Flow): void {
  describe('a mailbox that lost all its mail', () => {
    let flow: Flow;
    let mailbox: Resource;
    let lost: readonly TenantMessage[];
    const reason = 'mail was deleted by mistake';

    before(async () => {
      flow = flowOf();
      mailbox = await flow.resource('mail', OWNER);
      lost = await flow.tenant.messages(OWNER);
      for (const { id } of lost) await flow.tenant.post('messages/change', { user: OWNER, id, action: 'remove' });
      assert.deepEqual(await flow.tenant.messages(OWNER), []);
    });

    it('gets every message back where it was, as the exact copy', async () => {
      const selection = { resourceId: mailbox.id };
      const plan = await planned(flow.admin, { selection, destination: { kind: 'original' }, reason });
      assert.deepEqual(
        [plan.plan?.add, plan.plan?.cannot, plan.plan?.fidelity.exact, plan.plan?.needsApproval],
        [lost.length, 0, lost.length, false],
      );
      const { request, results } = await carryOut(flow.admin, plan);
      assert.equal(request.state, 'done');
      assert.deepEqual([...new Set(results.map(({ outcome }) => outcome))], ['restored']);
      same(await flow.tenant.messages(OWNER), lost);
    });

    it('is left alone when the same is asked again with skipIfSame', async () => {
      const { request } = await restored(flow.admin, {
        selection: { resourceId: mailbox.id },
        destination: { kind: 'original' },
        conflict: 'skipIfSame',
        reason,
      });
      assert.deepEqual([request.counts?.skipped, request.counts?.restored], [lost.length, 0]);
      same(await flow.tenant.messages(OWNER), lost);
    });

    it('gets them into a new folder on request, and undo takes exactly those away', async () => {
      const before = await flow.tenant.messages(OWNER);
      const { request } = await restored(flow.admin, {
        selection: { resourceId: mailbox.id },
        destination: { kind: 'newFolder', name: 'Brought back' },
        reason,
      });
      const after = await flow.tenant.messages(OWNER);
      const [inside, outside] = [
        after.filter(({ folder }) => folder.startsWith('/Brought back')),
        after.filter(({ folder }) => !folder.startsWith('/Brought back')),
      ];
      assertSameSet(hashes(inside), hashes(lost));
      same(outside, lost);
      await undone(flow.admin, request.id, lost.length);
      same(takenAway(await flow.tenant.messages(OWNER), before), lost);
    });

    it('goes into another mailbox only with a second person', async () => {
      const target = await flow.resource('mail', 'hugo.santos');
      const untouched = await flow.tenant.messages('hugo.santos');
      const plan = await planned(flow.admin, {
        selection: { resourceId: mailbox.id },
        destination: { kind: 'resource', resourceId: target.id, name: 'From Felix' },
        reason,
      });
      assert.equal(plan.plan?.needsApproval, true);
      const params = { id: plan.id };
      assert.equal((await flow.admin.call('runRestore', { params })).state, 'waiting');
      await assert.rejects(
        flow.admin.call('approveRestore', { params }),
        (error) => error instanceof ApiProblem && error.status === 403,
      );
      same(await flow.tenant.messages('hugo.santos'), untouched);

      const approver = flow.as(PEOPLE.approver);
      const { request } = await carryOut(flow.admin, plan, approver);
      assert.deepEqual([request.state, request.counts?.restored, request.counts?.failed], ['done', lost.length, 0]);
      const after = await flow.tenant.messages('hugo.santos');
      const inside = after.filter(({ folder }) => folder.startsWith('/From Felix'));
      assertSameSet(hashes(inside), hashes(lost));
      same(
        after.filter((message) => !inside.includes(message)),
        untouched,
      );
      await undone(flow.admin, request.id, lost.length);
    });

    it('replaces what is there by the copy and keeps the live one in Deleted Items', async () => {
      const [first] = lost;
      const live = (await flow.tenant.messages(OWNER)).find(({ sha256 }) => sha256 === first?.sha256);
      assert.ok(live);
      const items = [
        { resourceId: mailbox.id, itemId: await itemIdOf(flow, mailbox, live.internetMessageId, first?.immutableId) },
      ];
      await flow.tenant.post('messages/change', {
        user: OWNER,
        id: live.id,
        action: 'edit',
        props: { categories: ['Changed later'] },
      });
      const { request } = await restored(
        flow.admin,
        { selection: { items }, destination: { kind: 'original' }, conflict: 'replace', reason },
        flow.as(PEOPLE.approver),
      );
      assert.equal(request.counts?.replaced, 1, JSON.stringify(request));
      const alike = (await flow.tenant.messages(OWNER)).filter(({ sha256 }) => sha256 === live.sha256);
      const places = alike.map(({ folder, categories }) => [folder, categories]);
      assert.ok(
        places.some(
          ([folder, categories]) =>
            folder === first?.folder && JSON.stringify(categories) === JSON.stringify(first?.['categories']),
        ),
      );
      assert.ok(
        places.some(
          ([folder, categories]) => folder === DELETED_ITEMS && JSON.stringify(categories) === '["Changed later"]',
        ),
        JSON.stringify(places),
      );
    });
  });

  describe('a tenant that does not allow mailbox import', () => {
    it('gets mail back by one complete message each, with dates, read state, categories and attachments', async () => {
      const flow = flowOf();
      const owner = 'grace.mwangi';
      const mailbox = await flow.resource('mail', owner);
      const lost = await flow.tenant.messages(owner);
      for (const { id } of lost) await flow.tenant.post('messages/change', { user: owner, id, action: 'remove' });
      await flow.tenant.post('settings', { importExportAllowed: false });
      try {
        const { request } = await restored(flow.admin, {
          selection: { resourceId: mailbox.id },
          destination: { kind: 'original' },
          reason: 'import is refused',
        });
        assert.equal(request.plan?.fidelity.approximate, lost.length, JSON.stringify(request.plan));
        assert.deepEqual([request.state, request.counts?.failed], ['done', 0]);
      } finally {
        await flow.tenant.post('settings', { importExportAllowed: true });
      }
      const kept = (message: TenantMessage) =>
        Object.fromEntries(
          [
            'folder',
            'received',
            'internetMessageId',
            'subject',
            'isRead',
            'categories',
            'sentDateTime',
            'importance',
            'isDraft',
          ].map((name) => [name, message[name]]),
        );
      const back = await flow.tenant.messages(owner);
      assertSameSet(back.map(kept), lost.map(kept));
      const attached = (messages: readonly TenantMessage[]) =>
        messages.flatMap(({ attachments }) => (attachments as { sha256: string }[]).map(({ sha256 }) => sha256));
      assertSameSet(attached(back), attached(lost));
    });
  });
}

/** The id of the item that holds a message as it was listed under `sourceId`. */
async function itemIdOf(flow: Flow, mailbox: Resource, messageId: string, sourceId?: string): Promise<string> {
  const found = (await walk(flow.admin, mailbox.id)).find((item) => item.sourceId === sourceId);
  assert.ok(found, `the backup holds ${messageId}`);
  return found.id;
}
