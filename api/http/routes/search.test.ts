import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { SearchAnswer } from '../../../contract/resources.ts';
import type { ItemId, PointId, ResourceId } from '../../../engine/model/ids.ts';
import type { Entry } from '../../../engine/model/item.ts';
import type { ProtectedResource } from '../../../engine/model/resource.ts';
import type { EntryPage } from '../../../engine/repository/repository.ts';
import { virtualClock } from '../../../engine/testing/virtualClock.ts';
import type { Asked } from '../handler.ts';
import { searchRoute } from './search.ts';

const RESOURCES = 150;
/** Together they get 40 answers a second. */
const READ_MS = 25;

/** Mailboxes in a storage account that has little to spare; each has two mails and pages of which nothing is known unread. */
function slowTenant(pagesEach: number) {
  const clock = virtualClock();
  const read = async <T>(value: T): Promise<T> => {
    await clock.sleep(READ_MS);
    return value;
  };
  const resources = Array.from({ length: RESOURCES }, (_, number) => ({
    id: String(number).padStart(32, '0') as ResourceId,
    workload: 'mail',
    name: `Mailbox ${number}`,
  })) as ProtectedResource[];
  const mail = (id: string, number: number): Entry => ({
    id: id as ItemId,
    sourceId: id,
    name: id,
    kind: 'message',
    container: false,
    size: 1,
    receivedAt: new Date(Date.UTC(2026, 0, 1) + ((number * 7919) % 1000) * 60_000).toISOString(),
    versionTag: '1',
    streams: [],
  });
  const points = {
    find: (id: ResourceId) => read({ id: id as string as PointId }),
    open: (id: ResourceId) => {
      const mails = [mail(`${id}-a`, Number(id)), mail(`${id}-b`, Number(id) + 500)];
      const pages = Array.from({ length: pagesEach }, (_, number): EntryPage => ({
        read: () => read(number === 0 ? mails : []),
      }));
      const point = { id, resourceId: id, takenAt: '2026-03-01T00:00:00.000Z' };
      return read({ point, pages: () => pages, path: () => Promise.resolve([]) });
    },
  };
  let sessions = 0;
  const services = {
    records: {
      resources: { list: () => read({ value: resources, unreadable: [] }) },
      settings: { some: () => read(new Map()) },
    },
    repository: { points, catalog: { deleted: () => read({ versions: [] }) } },
    random: { bytes: () => Buffer.from(String(++sessions).padStart(9, '0')) },
  };
  const caller = { kind: 'app', id: 'app', tenantId: 'tenant', name: 'App', roles: ['Backup.Admin'] };
  return { clock, asked: { services, caller } as unknown as Asked<'search'> };
}

interface Page {
  readonly ms: number;
  readonly hits: number;
}

/** All pages of one search; without `isKept` another process answers each. */
async function searchAll({ clock, asked }: ReturnType<typeof slowTenant>, isKept: boolean) {
  const now = (): number => clock.now();
  const kept = searchRoute(now);
  const found: string[] = [];
  const pages: Page[] = [];
  let pageToken: string | undefined;
  do {
    const begun = clock.now();
    const answering = await (isKept ? kept : searchRoute(now))(asked);
    const query = { q: '', pageSize: 200, ...(pageToken === undefined ? {} : { pageToken }) };
    const { body } = await answering({ query, body: undefined });
    const { value, searching, nextPageToken } = JSON.parse(String(body)) as SearchAnswer & { nextPageToken?: string };
    found.push(...value.map(({ item }) => item.id));
    pages.push({ ms: clock.now() - begun, hits: value.length });
    assert.equal(searching, nextPageToken !== undefined);
    pageToken = nextPageToken;
    assert.ok(pages.length < 200, 'it comes to an end');
  } while (pageToken !== undefined);
  assert.equal(found.length, 2 * RESOURCES);
  assert.equal(new Set(found).size, 2 * RESOURCES);
  return { pages, found };
}

for (const isKept of [true, false])
  it(`shows the first hits of many slow mailboxes within two seconds and all in the end, ${isKept ? 'in one process' : 'in many processes'}`, async () => {
    const { pages } = await searchAll(slowTenant(1), isKept);
    assert.ok(
      pages.every(({ ms }) => ms <= 2_000),
      JSON.stringify(pages),
    );
    assert.ok(pages.length > 1 && (pages[0]?.hits ?? 0) > 0, JSON.stringify(pages));
  });

it('answers within two seconds where much must be read before the first hit, and goes on from there', async () => {
  const { pages } = await searchAll(slowTenant(10), true);
  assert.ok(
    pages.every(({ ms }) => ms <= 2_000),
    JSON.stringify(pages),
  );
});

it('comes to an end where each process that goes on has much to read before the next hit', async () => {
  await searchAll(slowTenant(10), false);
});

it('gives the same hits in the same order whoever goes on', async () => {
  const [one, many] = [await searchAll(slowTenant(1), true), await searchAll(slowTenant(1), false)];
  assert.deepEqual(many.found, one.found);
});
