import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Resource } from '../../contract/resources.ts';
import { assertSameSet, carryOut, type Flow, leaves, PEOPLE, planned, restored, undone, walk } from './harness.ts';
import type { TenantFile } from './tenantControl.ts';

/** The drive with every odd name of the corpus, and two with ordinary documents. */
const WHOLE = 'kaja.nowak';
const ODD = 'anna.lindqvist';
const PLAIN = 'hugo.santos';
const reason = 'files were deleted by mistake';

/** What a restored file shares with the one that was lost: bytes, name, place and the times that people see. */
const lasting = ({ path, size, sha256, fileSystemInfo }: TenantFile) => ({ path, size, sha256, fileSystemInfo });
const filesOf = async (flow: Flow, user: string) => (await flow.tenant.files(user)).filter(({ folder }) => !folder);
const same = (actual: readonly TenantFile[], expected: readonly TenantFile[]) =>
  assertSameSet(actual.map(lasting), expected.map(lasting));

export function describeFileRestore(flowOf: () => Flow): void {
  describe('a drive that lost all its files', () => {
    it('gets every file back where it was, with its bytes, its name and its times', async () => {
      const flow = flowOf();
      const drive = await flow.resource('drive', WHOLE);
      const lost = await filesOf(flow, WHOLE);
      await flow.tenant.post('mass-delete', { user: WHOLE, share: 1 });
      assert.deepEqual(await filesOf(flow, WHOLE), []);
      const { request, results } = await restored(flow.as(WHOLE), {
        selection: { resourceId: drive.id },
        destination: { kind: 'original' },
      });
      assert.deepEqual([request.state, request.counts?.failed], ['done', 0]);
      assert.deepEqual([...new Set(results.map(({ outcome }) => outcome))], ['restored']);
      same(await filesOf(flow, WHOLE), lost);
    });

    it('gets files back under their odd names', async () => {
      const flow = flowOf();
      const drive = await flow.resource('drive', ODD);
      // Every fifth: SharePoint's allowance per minute makes all of them a matter of minutes.
      const lost = (await filesOf(flow, ODD)).filter(({ path }) => /^.(Odd names|Long paths)/.test(path));
      const chosen = lost.filter((_, index) => index % 5 === 0);
      const stored = new Map((await walk(flow.admin, drive.id)).map((item) => [item.sourceId, item.id]));
      await flow.tenant.post('mass-delete', { user: ODD, share: 1 });
      const { request } = await restored(flow.as(ODD), {
        selection: { items: chosen.map(({ id }) => ({ resourceId: drive.id, itemId: stored.get(id) ?? '' })) },
        destination: { kind: 'original' },
      });
      assert.deepEqual([request.state, request.counts?.failed], ['done', 0]);
      same(await filesOf(flow, ODD), chosen);
    });
  });

  describe('a drive whose files changed after the backup', () => {
    let flow: Flow;
    let drive: Resource;
    let backedUp: readonly TenantFile[];
    let changed: TenantFile;
    let items: { resourceId: string; itemId: string }[];

    before(async () => {
      flow = flowOf();
      drive = await flow.resource('drive', PLAIN);
      backedUp = await filesOf(flow, PLAIN);
      const chosen = backedUp.slice(0, 3);
      changed = chosen[0] as TenantFile;
      await flow.tenant.post('files/change', {
        user: PLAIN,
        id: changed.id,
        action: 'edit',
        size: 4_321,
        kind: 'text',
      });
      const stored = leaves(await walk(flow.admin, drive.id));
      items = chosen.map(({ id }) => {
        const item = stored.find(({ sourceId }) => sourceId === id);
        return { resourceId: drive.id, itemId: item?.id ?? '' };
      });
    });

    const unchanged = () => backedUp.filter(({ id }) => id !== changed.id);
    const now = () => filesOf(flow, PLAIN);
    const restoreThem = (conflict: 'keepBoth' | 'skipIfSame' | 'replaceOlder' | 'replace') =>
      restored(
        flow.admin,
        { selection: { items }, destination: { kind: 'original' }, conflict, reason },
        flow.as(PEOPLE.approver),
      );

    it('keeps the newer one under replaceOlder', async () => {
      const live = await now();
      const { request } = await restoreThem('replaceOlder');
      assert.deepEqual([request.counts?.skipped, request.counts?.restored], [3, 0]);
      same(await now(), live);
    });

    it('puts the copy in the place of one that is older under replaceOlder, and leaves newer and equal ones alone', async () => {
      const older = backedUp[1] as TenantFile;
      const modified = '2001-02-03T04:05:06Z';
      assert.ok(modified < older.fileSystemInfo.lastModifiedDateTime);
      await flow.tenant.post('files/change', {
        user: PLAIN,
        id: older.id,
        action: 'edit',
        size: 1_234,
        kind: 'text',
        modified,
      });
      const live = await now();
      assert.notEqual(live.find(({ id }) => id === older.id)?.sha256, older.sha256);
      const { request, results } = await restoreThem('replaceOlder');
      assert.deepEqual([request.plan?.replace, request.plan?.skip, request.plan?.needsApproval], [1, 2, true]);
      assert.deepEqual([request.counts?.replaced, request.counts?.skipped], [1, 2], JSON.stringify(results));
      same(await now(), [...live.filter(({ id }) => id !== older.id), older]);
    });

    it('keeps both under skipIfSame only where they differ, and undo takes the copy away', async () => {
      const live = await now();
      const { request } = await restoreThem('skipIfSame');
      assert.deepEqual([request.counts?.skipped, request.counts?.keptBoth], [2, 1]);
      const copies = (await now()).filter((file) => !live.some(({ id }) => id === file.id));
      assertSameSet(
        copies.map(({ sha256, fileSystemInfo }) => [sha256, fileSystemInfo]),
        [[changed.sha256, changed.fileSystemInfo]],
      );
      await undone(flow.admin, request.id, 1);
      same(await now(), live);
    });

    it('keeps a copy that was edited after the restore when the restore is taken back', async () => {
      const { request } = await restoreThem('keepBoth');
      const copies = (await now()).filter(({ id }) => !backedUp.some((file) => file.id === id));
      assert.equal(copies.length, 3);
      const edited = copies[0] as TenantFile;
      await flow.tenant.post('files/change', { user: PLAIN, id: edited.id, action: 'edit', size: 99 });
      await undone(flow.admin, request.id, 2, 1);
      const left = (await now()).filter(({ id }) => !backedUp.some((file) => file.id === id));
      assert.deepEqual(
        left.map(({ id }) => id),
        [edited.id],
      );
      await flow.tenant.post('files/change', { user: PLAIN, id: edited.id, action: 'delete' });
    });

    it('replaces what is there on request, with a second person', async () => {
      const { request } = await restoreThem('replace');
      assert.deepEqual([request.state, request.counts?.replaced, request.counts?.failed], ['done', 3, 0]);
      same(await now(), backedUp);
    });

    it('comes back into a new folder and into another drive', async () => {
      const folder = await restored(flow.admin, {
        selection: { resourceId: drive.id },
        destination: { kind: 'newFolder', name: 'Rückgabe' },
        reason,
      });
      assert.deepEqual([folder.request.state, folder.request.counts?.failed], ['done', 0]);
      const inside = (files: readonly TenantFile[], name: string) =>
        files
          .filter(({ path }) => path.startsWith(`/${name}/`))
          .map((file) => ({ ...lasting(file), path: file.path.slice(name.length + 1) }));
      assertSameSet(inside(await now(), 'Rückgabe'), backedUp.map(lasting));

      const other = await flow.resource('drive', PEOPLE.member);
      const order = {
        selection: { items },
        destination: { kind: 'resource', resourceId: other.id, name: 'From Hugo' },
        reason,
      } as const;
      const plan = await planned(flow.as(PEOPLE.operator), order);
      assert.equal(plan.plan?.needsApproval, true);
      const { request } = await carryOut(flow.as(PEOPLE.operator), plan, flow.as(PEOPLE.approver));
      assert.deepEqual([request.state, request.counts?.restored, request.counts?.failed], ['done', 3, 0]);
      const hashes = inside(await filesOf(flow, PEOPLE.member), 'From Hugo').map(({ sha256 }) => sha256);
      assertSameSet(
        hashes,
        backedUp.slice(0, 3).map(({ sha256 }) => sha256),
      );
      assert.equal(unchanged().length, backedUp.length - 1);
    });
  });
}
