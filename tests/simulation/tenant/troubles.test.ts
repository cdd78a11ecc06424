import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { text as textOf } from 'node:stream/consumers';
import { virtualClock } from '../../../engine/testing/virtualClock.ts';
import { GRAPH } from './graph/request.ts';
import { simTenant } from './simTenant.ts';
import type { Trouble, TroubleHook } from './trouble.ts';

const signal = new AbortController().signal;
const people = [{ alias: 'anna', messages: 5, files: 5 }];

interface Item {
  readonly id: string;
  readonly subject?: string;
  readonly '@removed'?: object;
}
interface PageBody {
  readonly value: readonly Item[];
  readonly '@odata.nextLink'?: string;
  readonly '@odata.deltaLink'?: string;
}

/** A tenant, and requests to it past the shipped client; each meets what is said. */
async function opened() {
  const clock = virtualClock();
  const tenant = simTenant({ clock, people });
  const token = await tenant.signIn.acquire('backup')(false);
  const anna = tenant.people.id('anna');
  const drive = tenant.people.driveId('anna');
  const inbox = tenant.mail.folderOf(anna, 'inbox');
  const ask = async (
    url: string,
    trouble?: Trouble | TroubleHook,
    more: { method?: string; body?: string; headers?: object } = {},
  ) => {
    let left = typeof trouble === 'function' ? undefined : trouble;
    const once = () => {
      const next = left;
      left = undefined;
      return next;
    };
    tenant.trouble = typeof trouble === 'function' ? trouble : once;
    const isLink = url.startsWith('https://') && !url.startsWith(GRAPH);
    return tenant.transport.send({
      method: more.method ?? 'GET',
      url: url.startsWith('https://') ? url : `${GRAPH}/v1.0${url}`,
      headers: {
        ...(isLink ? {} : { authorization: `Bearer ${token}`, prefer: 'IdType="ImmutableId"' }),
        ...more.headers,
      },
      body: more.body,
      signal,
    });
  };
  const page = async (url: string, trouble?: Trouble): Promise<PageBody> =>
    JSON.parse(await textOf((await ask(url, trouble)).body)) as PageBody;
  const feed = `/users/${anna}/mailFolders/${encodeURIComponent(inbox)}/messages/delta?$select=subject`;
  /** What a round shows from `url` on, page by page, and where the next one begins. */
  const round = async (url: string, trouble?: Trouble) => {
    const shown: Item[][] = [];
    let link: string | undefined = url;
    for (let times = 0; link !== undefined; times++) {
      const body: PageBody = await page(link, times === 0 ? trouble : undefined);
      shown.push([...body.value]);
      link = body['@odata.nextLink'];
      if (body['@odata.deltaLink'] !== undefined) return { shown, deltaLink: body['@odata.deltaLink'] };
    }
    throw new Error('The round ended nowhere');
  };
  const befell = () =>
    tenant.calls.filter(({ troubles }) => troubles.length > 0).map(({ troubles }) => troubles.join());
  return { clock, tenant, ask, page, round, feed, anna, drive, inbox, befell };
}

const sizes = (shown: readonly (readonly Item[])[]): readonly number[] => shown.map(({ length }) => length);

describe('troubles of a feed', () => {
  it('gives what is there in pages, newest first, and then only what changed', async () => {
    const { round, feed, tenant, anna, inbox } = await opened();
    const { shown, deltaLink } = await round(feed);
    assert.deepEqual(sizes(shown), [3, 2]);
    assert.deepEqual(sizes((await round(deltaLink)).shown), [0]);
    const added = tenant.mail.put(anna, { folder: inbox, subject: 'New' });
    const [gone = ''] = shown.flat().map(({ id }) => id);
    tenant.mail.remove(anna, gone, 'forGood');
    const next = (await round(deltaLink)).shown.flat();
    assert.deepEqual(
      next.map(({ id, '@removed': removed }) => [id, removed !== undefined]),
      [
        [added, false],
        [gone, true],
      ],
    );
  });

  it('shows in the next round what it left out in this one', async () => {
    const { round, feed, befell } = await opened();
    const { shown, deltaLink } = await round(feed, { kind: 'withhold' });
    assert.deepEqual(sizes(shown), [0, 2]);
    const late = await round(deltaLink);
    assert.equal(late.shown.flat().length, 3);
    assert.deepEqual(sizes((await round(late.deltaLink)).shown), [0]);
    assert.deepEqual(befell(), ['withhold']);
  });

  it('repeats a page, gives an empty one, names itself as the next, and loses nothing by it', async () => {
    const { round, feed } = await opened();
    assert.deepEqual(sizes((await round(feed, { kind: 'repeatPage' })).shown), [3, 3, 2]);
    assert.deepEqual(sizes((await round(feed, { kind: 'emptyPage' })).shown), [0, 3, 2]);
    assert.deepEqual(sizes((await round(feed, { kind: 'sameNextLink' })).shown), [3, 3, 2]);
  });

  it('gives one and the same link for as long as it is told to', async () => {
    const { page, feed } = await opened();
    const first = (await page(feed, { kind: 'sameNextLink' }))['@odata.nextLink'] ?? '';
    assert.equal((await page(first, { kind: 'sameNextLink' }))['@odata.nextLink'], first);
  });

  it('shows a former version before the present one, and changes once more', async () => {
    const { round, feed, tenant, anna } = await opened();
    const { shown, deltaLink } = await round(feed);
    const id = shown[0]?.[0]?.id ?? '';
    tenant.mail.update(anna, id, { subject: 'Now' });
    const twice = await round(deltaLink, { kind: 'twice' });
    assert.deepEqual(
      twice.shown.flat().map(({ subject }) => subject),
      [shown[0]?.[0]?.subject, 'Now'],
    );
    const replaying = await round(twice.deltaLink, { kind: 'replay', changes: 1 });
    assert.deepEqual(
      (await round(replaying.deltaLink)).shown.flat().map(({ subject }) => subject),
      ['Now'],
    );
  });

  it('dies by itself, or with all others, and a drive says where to begin', async () => {
    const { round, ask, feed, tenant, drive } = await opened();
    const { deltaLink } = await round(feed);
    const alone = await ask(deltaLink, { kind: 'resync', code: 'SyncStateNotFound' });
    assert.deepEqual([alone.status, alone.headers['location']], [410, undefined]);
    assert.equal((await ask(deltaLink)).status, 200);
    const files = await round(`/drives/${drive}/root/delta`);
    tenant.expireCursors('resyncChangesUploadDifferences');
    assert.equal((await ask(deltaLink)).status, 410);
    const dead = await ask(files.deltaLink);
    assert.match(await textOf(dead.body), /resyncChangesUploadDifferences/);
    assert.equal((await round(dead.headers['location'] ?? '')).shown.flat().length, 6);
  });
});

describe('troubles of files', () => {
  const file = async () => {
    const world = await opened();
    const [id = ''] = world.tenant.history.contentsAt(world.drive).keys();
    const link = async () => (await world.ask(`/drives/${world.drive}/items/${id}/content`)).headers['location'] ?? '';
    return { ...world, id, link };
  };

  it('gives other bytes of the same length, fewer, and none to their end', async () => {
    const { ask, link, befell } = await file();
    const whole = await textOf((await ask(await link())).body);
    const wrong = await textOf((await ask(await link(), { kind: 'wrongBytes' })).body);
    assert.equal(wrong.length, whole.length);
    assert.notEqual(wrong, whole);
    const short = await ask(await link(), { kind: 'truncated', at: 0.5, broken: false });
    assert.equal(short.headers['content-length'], undefined);
    assert.equal(await textOf(short.body), whole.slice(0, Math.floor(whole.length / 2)));
    const broken = await ask(await link(), { kind: 'truncated', at: 0.5, broken: true });
    await assert.rejects(textOf(broken.body), /terminated/);
    assert.deepEqual(befell(), ['wrongBytes', 'truncated', 'truncated']);
  });

  it('lies about size and hash, sends elsewhere, and lets a link die', async () => {
    const { ask, link, id, drive } = await file();
    const told = async (trouble?: Trouble) =>
      JSON.parse(await textOf((await ask(`/drives/${drive}/items/${id}`, trouble)).body)) as {
        size: number;
        file: { hashes?: { quickXorHash: string } };
      };
    const truth = await told();
    const lie = await told({ kind: 'lie', size: 7, hash: 'missing' });
    assert.deepEqual([lie.size, lie.file.hashes], [truth.size + 7, undefined]);
    const elsewhere = await ask(await link(), { kind: 'redirect', to: 'own' });
    assert.equal(elsewhere.status, 302);
    assert.equal((await ask(elsewhere.headers['location'] ?? '')).status, 200);
    assert.equal((await ask(await link(), { kind: 'linkExpired', status: 410 })).status, 410);
  });

  it('takes part of a range, none of the last one, and forgets a session', async () => {
    const { ask, tenant, drive, clock } = await file();
    const session = async () => {
      const body = await textOf(
        (
          await ask(`/drives/${drive}/items/${tenant.drive.rootOf(drive)}:/Large.bin:/createUploadSession`, undefined, {
            method: 'POST',
            body: '{"item":{}}',
          })
        ).body,
      );
      return (JSON.parse(body) as { uploadUrl: string }).uploadUrl;
    };
    const step = 327_680;
    const put = (url: string, from: number, length: number, total: number, trouble?: Trouble) =>
      ask(url, trouble, {
        method: 'PUT',
        body: 'x'.repeat(length),
        headers: { 'content-range': `bytes ${from}-${from + length - 1}/${total}` },
      });
    const expected = async (received: { readonly body: NodeJS.ReadableStream }) =>
      (JSON.parse(await textOf(received.body)) as { nextExpectedRanges: string[] }).nextExpectedRanges;
    const url = await session();
    const total = 2 * step + 1;
    const part = await put(url, 0, 2 * step, total, { kind: 'partOfRange', share: 0.6 });
    assert.deepEqual([part.status, await expected(part)], [202, [`${step}-${total - 1}`]]);
    assert.equal((await put(url, 0, step, total)).status, 416);
    assert.equal((await put(url, step, step, total)).status, 202);
    const notYet = await put(url, 2 * step, 1, total, { kind: 'notYet' });
    assert.deepEqual([notYet.status, await expected(notYet)], [202, [`${2 * step}-${total - 1}`]]);
    assert.equal(tenant.writes.length, 0);
    assert.equal((await put(url, 2 * step, 1, total)).status, 201);
    assert.deepEqual(
      tenant.writes.map(({ kind, name }) => [kind, name]),
      [['created', 'Large.bin']],
    );

    const taken = await ask(
      `/drives/${drive}/items/${tenant.drive.rootOf(drive)}:/Large.bin:/createUploadSession`,
      undefined,
      {
        method: 'POST',
        body: '{"item":{"@microsoft.graph.conflictBehavior":"fail"}}',
      },
    );
    assert.equal(taken.status, 409);
    tenant.drive.rename(drive, tenant.writes[0]?.sourceId ?? '', 'Other.bin');
    const gone = await session();
    assert.equal((await put(gone, 0, 1, 1, { kind: 'sessionGone' })).status, 404);
    assert.equal((await put(gone, 0, 1, 1)).status, 404);
    const old = await session();
    clock.set(clock.now() + 3_600_000);
    assert.equal((await ask(old)).status, 404);
    tenant.setRoom(drive, 10);
    const full = await session();
    assert.equal((await put(full, 0, 11, 11)).status, 507);
  });
});

describe('troubles of any request', () => {
  it('breaks before the effect and after it, falls silent, comes late', async () => {
    const { ask, tenant, clock, anna } = await opened();
    const make = (name: string, trouble: Trouble) =>
      ask(`/users/${anna}/mailFolders`, trouble, { method: 'POST', body: JSON.stringify({ displayName: name }) });
    await assert.rejects(make('A', { kind: 'reset' }), /other side closed/);
    await assert.rejects(make('B', { kind: 'lostAnswer' }), /other side closed/);
    const before = clock.now();
    await assert.rejects(make('C', { kind: 'silence', effect: true }), /Headers Timeout/);
    await assert.rejects(make('D', { kind: 'silence', effect: false }), /Headers Timeout/);
    assert.equal(clock.now() - before, 200_000);
    assert.equal((await make('E', { kind: 'delay', ms: 5_000 })).status, 201);
    assert.equal(clock.now() - before, 205_000);
    assert.deepEqual(
      tenant.writes.map(({ name }) => name),
      ['B', 'C', 'E'],
    );
  });

  it('stands for an answer of its own in every form of waiting, and of bodies', async () => {
    const { ask, anna } = await opened();
    const head = async (trouble: Trouble) => (await ask(`/users/${anna}/mailFolders`, trouble)).headers;
    assert.equal((await head({ kind: 'status', status: 429, retryAfter: 3_600 }))['retry-after'], '3600');
    assert.equal((await head({ kind: 'status', status: 429, retryAfter: 0 }))['retry-after'], '0');
    const dated = await head({ kind: 'status', status: 503, retryAfter: { date: 9 } });
    assert.equal(Date.parse(dated['retry-after'] ?? '') - Date.parse(dated['date'] ?? ''), 9_000);
    const html = await ask(`/users/${anna}/mailFolders`, { kind: 'html' });
    assert.deepEqual([html.status, html.headers['content-type']], [200, 'text/html']);
    const empty = await ask(`/users/${anna}/mailFolders`, { kind: 'status', status: 502, body: 'empty' });
    assert.equal(await textOf(empty.body), '');
    const locked = await ask(`/users/${anna}/mailFolders`, { kind: 'status', status: 423 });
    assert.match(await textOf(locked.body), /resourceLocked/);
  });

  it('lets somebody change an item between its listing and its content', async () => {
    const { ask, round, feed, tenant, anna } = await opened();
    const newest = [...tenant.history.contentsAt(anna).keys()].at(-1) ?? '';
    const { shown } = await round(feed, {
      kind: 'meanwhile',
      act: ({ mail }) => mail.update(anna, newest, { subject: 'Meanwhile' }),
    });
    const first = shown[0]?.[0];
    assert.equal(first?.id, newest);
    assert.notEqual(first?.subject, 'Meanwhile');
    const body = await textOf((await ask(`/users/${anna}/messages/${encodeURIComponent(newest)}`)).body);
    assert.match(body, /"subject":"Meanwhile"/);
    assert.equal(tenant.history.statesOf(anna, newest).length, 2);
  });

  it('leaves a part of a batch out, with and without its effect, and refuses another', async () => {
    const { tenant, ask, anna } = await opened();
    const plan: Record<string, Trouble> = {
      A: { kind: 'missing', effect: true },
      B: { kind: 'missing', effect: false },
      C: { kind: 'status', status: 429, retryAfter: 2 },
    };
    const body = JSON.stringify({
      requests: [...Object.keys(plan), 'D'].map((displayName) => ({
        id: displayName,
        method: 'POST',
        url: `/users/${anna}/mailFolders`,
        headers: { Prefer: 'IdType="ImmutableId"', 'Content-Type': 'application/json' },
        body: { displayName },
      })),
    });
    let asked = 0;
    const inTurn: TroubleHook = ({ batch }) => (batch === undefined ? undefined : plan['ABCD'.charAt(asked++)]);
    const received = await ask('/$batch', inTurn, { method: 'POST', body });
    const { responses } = JSON.parse(await textOf(received.body)) as {
      responses: { id: string; status: number }[];
    };
    assert.deepEqual(
      responses.map(({ id, status }) => [id, status]),
      [
        ['C', 429],
        ['D', 201],
      ],
    );
    assert.deepEqual(
      tenant.writes.map(({ name }) => name),
      ['A', 'D'],
    );
  });
});
