import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { ApiProblem } from '../../contract/client.ts';
import { furnished, refusedWith } from '../testing/furnished.ts';
import { anna, carl } from '../testing/people.ts';
import type { ApiWorld } from '../testing/world.ts';

const admin = ['Backup.Admin'] as const;

describe('items', () => {
  let world: ApiWorld;
  let client: ReturnType<ApiWorld['client']>;
  let id: string;
  before(async () => {
    world = await furnished();
    client = world.client(await world.signIn.person(anna));
    ({ id } = world.mail.anna);
  });

  it('are listed folder by folder, containers first, newest first, one page after the other', async () => {
    const top = await client.call('listItems', { params: { id }, query: {} });
    assert.deepEqual(
      top.value.map(({ name, container, path }) => ({ name, container, path })),
      [{ name: 'Inbox', container: true, path: '/' }],
    );
    const parent = top.value[0]?.id ?? '';
    const names: string[] = [];
    let pageToken: string | undefined;
    do {
      const page = await client.call('listItems', {
        params: { id },
        query: { parent, pageSize: 1, ...(pageToken === undefined ? {} : { pageToken }) },
      });
      names.push(...page.value.map(({ name }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    assert.deepEqual(names, ['Later', 'Budget']);
  });

  it('are shown as they were at a time, and what was deleted since is listed as deleted', async () => {
    const parent = world.itemId(world.mail.anna, 'Inbox');
    const { value: points } = await client.call('listPoints', { params: { id }, query: {} });
    assert.equal(points.length, 2);
    const before = await client.call('listItems', { params: { id }, query: { parent, at: points[1]?.takenAt ?? '' } });
    assert.deepEqual(
      before.value.map(({ name }) => name),
      ['Budget', 'Old news'],
    );
    const deleted = await client.call('listItems', { params: { id }, query: { deleted: 'true' } });
    assert.deepEqual(
      deleted.value.map(({ name, deletedAt }) => [name, deletedAt !== undefined]),
      [['Old news', true]],
    );
    const item = await client.call('getItem', {
      params: { id, itemId: world.itemId(world.mail.anna, 'Old news') },
      query: {},
    });
    assert.ok(item.deletedAt);
    await assert.rejects(
      client.call('getItem', { params: { id, itemId: item.id }, query: { at: 'latest' } }),
      refusedWith(404),
    );
    await assert.rejects(
      client.call('listItems', { params: { id }, query: { at: '2020-01-01T00:00:00Z' } }),
      refusedWith(404),
    );
  });

  it('that were deleted are listed by folder too, and at no other time than now', async () => {
    const own = await furnished();
    const asking = own.client(await own.signIn.person(anna));
    const parent = own.itemId(own.mail.anna, 'Inbox');
    const deleted = async (query: { parent?: string; at?: string }) =>
      (
        await asking.call('listItems', { params: { id: own.mail.anna.id }, query: { deleted: 'true', ...query } })
      ).value.map(({ name }) => name);
    assert.deepEqual(await deleted({ parent }), ['Old news']);
    assert.deepEqual(await deleted({ parent, at: 'latest' }), ['Old news']);
    // A folder that holds nothing deleted, an item that is no folder, a folder that never was.
    await own.publish(own.mail.anna, [{ name: 'Quiet', isFolder: true }]);
    assert.deepEqual(await deleted({ parent: own.itemId(own.mail.anna, 'Quiet') }), []);
    await assert.rejects(deleted({ parent: own.itemId(own.mail.anna, 'Budget') }), refusedWith(404));
    await assert.rejects(deleted({ parent: '0'.repeat(32) }), refusedWith(404));
    await assert.rejects(deleted({ at: '2026-06-01T08:00:00.000Z' }), (error) => {
      assert.ok(error instanceof ApiProblem);
      assert.deepEqual([error.problem.status, error.problem.errors?.map(({ field }) => field)], [400, ['at']]);
      return true;
    });
  });

  it('have versions with the restore point that holds each', async () => {
    const { value } = await client.call('listVersions', {
      params: { id, itemId: world.itemId(world.mail.anna, 'Budget') },
      query: {},
    });
    assert.equal(value.length, 1);
    assert.equal(value[0]?.path, '/Inbox');
    assert.equal(value[0]?.validTo, undefined);
  });

  it('have the version of the newest restore point while the catalog does not know them yet', async () => {
    const young = await furnished();
    const { id: mailbox } = young.mail.anna;
    const asking = young.client(await young.signIn.person(anna));
    const params = { id: mailbox, itemId: young.itemId(young.mail.anna, 'Budget') };
    young.tables.drop('catalog');
    const { value: points } = await asking.call('listPoints', { params: { id: mailbox }, query: {} });
    const { value } = await asking.call('listVersions', { params, query: {} });
    assert.deepEqual(
      value.map(({ name, path, pointId, validFrom, validTo, versionCount }) => [
        name,
        path,
        pointId,
        validFrom,
        validTo,
        versionCount,
      ]),
      [['Budget', '/Inbox', points[0]?.id, points[0]?.takenAt, undefined, 1]],
    );
    assert.equal((await asking.call('getItem', { params, query: {} })).versionCount, 1);
    const parent = young.itemId(young.mail.anna, 'Inbox');
    const listed = await asking.call('listItems', { params: { id: mailbox }, query: { parent } });
    assert.deepEqual(new Set(listed.value.map(({ versionCount }) => versionCount)), new Set([1]));
    const gone = { ...params, itemId: young.itemId(young.mail.anna, 'Old news') };
    await assert.rejects(asking.call('listVersions', { params: gone, query: {} }), refusedWith(404));
  });

  it('are found by words, senders and dates, deleted ones when asked for', async () => {
    const names = async (query: Parameters<typeof client.call<'search'>>[1]['query']) =>
      (await client.call('search', { query })).value.map(({ item, state }) => `${item.name} ${state}`);
    assert.deepEqual(await names({ q: 'budg' }), ['Budget same']);
    assert.deepEqual(await names({ q: 'ben@contoso' }), ['Budget same']);
    assert.deepEqual(await names({ q: 'news' }), []);
    assert.deepEqual(await names({ q: 'news', deleted: 'true' }), ['Old news deleted']);
    assert.deepEqual(await names({ from: '2026-05-10T00:00:00Z' }), ['Later same']);
    const first = await client.call('search', { query: { pageSize: 1 } });
    assert.equal(first.searching, true);
    const found = [...first.value];
    for (let token = first.nextPageToken; token !== undefined;) {
      const page = await client.call('search', { query: { pageSize: 1, pageToken: token } });
      found.push(...page.value);
      token = page.nextPageToken;
    }
    assert.deepEqual(found.map(({ item }) => item.name).toSorted(), ['Budget', 'Inbox', 'Later']);
  });

  it('hide their names from auditors until an admin lets them see', async () => {
    const auditor = world.client(await world.signIn.person(carl, ['Backup.Auditor']));
    const parent = world.itemId(world.mail.anna, 'Inbox');
    const hidden = await auditor.call('listItems', { params: { id }, query: { parent } });
    assert.equal(hidden.value.length, 2);
    assert.doesNotMatch(JSON.stringify(hidden), /Budget|Later|Inbox|contoso/);
    assert.deepEqual((await auditor.call('search', { query: { q: 'Budget' } })).value, []);
    const boss = world.client(await world.signIn.person(carl, admin));
    const { access } = await boss.call('getAllSettings', {});
    await boss.call('putSettings', { params: { name: 'access' }, body: { ...access, auditorsSeeNames: true } });
    assert.match(JSON.stringify(await auditor.call('listItems', { params: { id }, query: { parent } })), /Budget/);
  });
});
