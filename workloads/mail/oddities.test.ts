import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Fault, isFault } from '../../engine/fault.ts';
import type { Entry } from '../../engine/model/item.ts';
import type { Graph } from '../../graph/index.ts';
import { mimeWith } from '../testing/mimeWith.ts';
import { entryOf, fetching, listing, orderOf, reading } from '../testing/reading.ts';
import { createMailConnector } from './index.ts';
import { demoWorld, resourceOf, type World } from '../testing/worlds.ts';

describe('mail', () => {
  let world: World;
  const restoring = { signal: reading.signal };
  const allowImportExport = (allowed: boolean) => world.control.post('settings', { importExportAllowed: allowed });
  const arrive = async (subject: string, attachment?: Buffer) => {
    const mime = mimeWith(subject, attachment);
    const { immutableId } = await world.control.post<{ immutableId: string }>('messages', {
      user: 'anna.lindqvist',
      mime: Buffer.from(mime).toString('base64'),
      received: '2026-11-20T10:00:00Z',
    });
    const item = (await listing(world)).items.get(immutableId);
    assert.ok(item);
    return { item, mime };
  };
  const requestsIn = async (work: () => Promise<unknown>) => {
    const { requests } = world.test.recorders.read;
    const from = requests.length;
    await work();
    return requests.slice(from).map(({ method, url }) => `${method} ${new URL(url).pathname.replace(/^.*\//, '')}`);
  };
  const backedUp = async (subject: string, attachment?: Buffer) => {
    const { item } = await arrive(subject, attachment);
    const { parts, outcomes } = await fetching(world, [item]);
    const done = outcomes.get(item.sourceId);
    assert.ok(done?.kind === 'done');
    const read = parts.get(item.sourceId) ?? new Map<string, Buffer>();
    return { item: done.item, parts: read, entry: entryOf(done.item, read) };
  };
  const shown = async (user: string, folder: string) => {
    const { value } = await world.control.get<{ value: Record<string, unknown>[] }>(`messages?user=${user}`);
    return value.filter((message) => String(message['folder']).endsWith(folder));
  };

  before(async () => {
    world = await demoWorld('mail');
  });
  after(async () => {
    const violations = await world.violations();
    await world.close();
    assert.deepEqual(violations, []);
  });

  it('costs one request a message and one export for twenty', async () => {
    await world.control.post('generated', { user: 'anna.lindqvist', messages: 40, seed: 'cost' });
    const items = [...(await listing(world)).items.values()].filter(({ hasContent }) => hasContent);
    await fetching(world, items.slice(0, 20));
    const sent = await requestsIn(() => fetching(world, items.slice(20, 40)));
    assert.equal(sent.filter((one) => one === 'GET $value').length, 20);
    assert.deepEqual(
      sent.filter((one) => one !== 'GET $value'),
      ['POST exportItems'],
    );
  });

  it('keeps only the copies that the policy wants', async () => {
    const { item } = await arrive('copies');
    for (const [mailCopies, names] of [
      ['readable', ['original']],
      ['exact', ['exact']],
    ] as const) {
      const { parts, outcomes } = await fetching(world, [item], { ...reading, options: { mailCopies } });
      assert.deepEqual([...(parts.get(item.sourceId)?.keys() ?? [])], names);
      const done = outcomes.get(item.sourceId);
      assert.ok(done?.kind === 'done' && done.flags === undefined && done.item.size > 0);
    }
  });

  it('shows a move as leaving one folder and being in another, under one id', async () => {
    const { item } = await arrive('moved');
    const { cursor } = await listing(world);
    await world.control.post('messages/change', {
      user: 'anna.lindqvist',
      id: item.sourceId,
      action: 'move',
      folder: 'archive',
    });
    const { changes, items } = await listing(world, cursor);
    assert.ok(
      changes.some(
        (change) =>
          change.kind === 'removed' &&
          change.sourceId === item.sourceId &&
          change.containerSourceId === item.parentSourceId,
      ),
    );
    assert.notEqual(items.get(item.sourceId)?.parentSourceId, item.parentSourceId);
    assert.equal(items.has(item.sourceId), true);
  });

  it('goes on when a folder vanishes in the middle of a round', async () => {
    const { id } = await world.control.post<{ id: string }>('folders', {
      user: 'anna.lindqvist',
      action: 'create',
      name: 'Short-lived',
    });
    const removed: string[] = [];
    let isGone = false;
    for await (const change of world.connector.changes(world.resource, undefined, reading)) {
      if (change.kind === 'removed') removed.push(change.sourceId);
      if (isGone || change.kind !== 'checkpoint') continue;
      isGone = true;
      await world.control.post('folders', { user: 'anna.lindqvist', action: 'remove', folder: id });
    }
    assert.ok(removed.includes(id));
  });

  it('lists folders by their role in every language, hidden ones too, each under its parent', async () => {
    for (const alias of world.users.keys()) {
      if (alias === 'svc.scanner') continue;
      const { items } = await listing(world, undefined, resourceOf('mail', world.users, alias));
      const folders = [...items.values()].filter(({ container }) => container);
      const truth = await world.control.get<{ value: { id: string; hidden: boolean; path: string }[] }>(
        `folders?user=${alias}`,
      );
      const expected = truth.value.filter(
        ({ path }) => path !== '' && !/recoverable|deletions|versions|purges/i.test(path),
      );
      assert.deepEqual(
        folders.map(({ sourceId }) => sourceId).toSorted(),
        expected.map(({ id }) => id).toSorted(),
        alias,
      );
      assert.ok(['inbox', 'sentitems', 'deleteditems'].every((role) => folders.some((folder) => folder.role === role)));
    }
  });

  it('streams an exact copy that is too large to hold, and imports it again', async () => {
    const { item, parts, entry } = await backedUp('large exact', randomBytes(9 * 1024 * 1024));
    assert.ok((parts.get('exact')?.length ?? 0) > 9 * 1024 * 1024);
    const { restore } = world.connector;
    const place = await restore.container(world.other, [{ name: 'Large', kind: 'mailFolder' }], restoring);
    const written = await restore.write(world.other, place, entry, orderOf(item, parts), restoring);
    const located = (await world.connector.locate(world.other, [written.sourceId], reading)).get(written.sourceId);
    assert.ok(located);
    const back = await fetching(world, [located], reading, world.other);
    assert.deepEqual(back.parts.get(written.sourceId)?.get('original'), parts.get('original'));
  });

  it('finds an import whose answer was lost, and there is one', async () => {
    const { item, parts, entry } = await backedUp('lost answer');
    const { read, write, log } = world.test;
    const losing: Graph = {
      ...write,
      postContent: async (...order) => {
        await write.postContent(...order);
        throw new Fault('unavailable', 'The connection failed', { origin: 'graph', outcomeUnknown: true });
      },
    };
    const restore = createMailConnector({ read, write: losing, now: Date.now, log }).restore;
    const place = await restore.container(world.other, [{ name: 'Lost', kind: 'mailFolder' }], restoring);
    const order = orderOf(item, parts);
    await assert.rejects(
      restore.write(world.other, place, entry, order, restoring),
      (error) => isFault(error, 'unavailable') && error.outcomeUnknown,
    );
    const found = await restore.find(world.other, place, entry, order, restoring);
    const live = await shown('ben.okafor', '/Lost');
    assert.deepEqual(
      live.map(({ immutableId }) => immutableId),
      [found?.sourceId],
    );
  });

  it('tells apart what a program sent in one second under one subject', async () => {
    const first = await backedUp('disk is full');
    const { immutableId } = await world.control.post<{ immutableId: string }>('messages', {
      user: 'anna.lindqvist',
      mime: Buffer.from(mimeWith('disk is full').replace('<disk.is.full@', '<another.disk@')).toString('base64'),
      received: '2026-11-20T10:00:00Z',
    });
    const second = (await listing(world)).items.get(immutableId);
    assert.ok(second);
    const { restore } = world.connector;
    const place = await restore.container(world.other, [{ name: 'Alerts', kind: 'mailFolder' }], restoring);
    const written = await restore.write(world.other, place, first.entry, orderOf(first.item, first.parts), restoring);
    const look = async (entry: Entry, meta: unknown) =>
      (await restore.look(world.other, place, entry, restoring, () => Promise.resolve(meta))).map(
        (one) => one.sourceId,
      );
    assert.deepEqual(await look(first.entry, first.item.meta), [written.sourceId]);
    assert.deepEqual(await look(entryOf(second, new Map()), second.meta), []);
  });

  it('never takes what stood there before for what a lost answer made', async () => {
    const { item, parts, entry } = await backedUp('twice the same');
    const { restore } = world.connector;
    const place = await restore.container(world.other, [{ name: 'Twice', kind: 'mailFolder' }], restoring);
    const before = await restore.write(world.other, place, entry, orderOf(item, parts), restoring);
    const ours = await restore.write(world.other, place, entry, orderOf(item, parts), restoring);
    for (const [was, is] of [
      [before, ours],
      [ours, before],
    ] as const) {
      const order = { ...orderOf(item, parts), lookAlikes: 1, before: [was.sourceId] };
      assert.equal((await restore.find(world.other, place, entry, order, restoring))?.sourceId, is.sourceId);
    }
  });

  it('matches a folder by its role, whatever it is called', async () => {
    const { restore } = world.connector;
    const german = [...world.users.keys()]
      .map((alias) => resourceOf('mail', world.users, alias))
      .filter(({ name }) => name !== 'svc.scanner');
    for (const target of german.slice(0, 12)) {
      const place = await restore.container(
        target,
        [
          { name: 'Inbox', role: 'inbox', kind: 'mailFolder' },
          { name: 'Below', kind: 'mailFolder' },
        ],
        restoring,
      );
      const { value } = await world.control.get<{ value: { id: string; path: string; wellKnown?: string }[] }>(
        `folders?user=${target.name}`,
      );
      const inbox = value.find(({ wellKnown }) => wellKnown === 'inbox');
      assert.equal(value.find(({ id }) => id === place.sourceId)?.path, `${inbox?.path ?? ''}/Below`);
    }
  });

  it('asks with ordinary ids where exports refuse immutable ones, and remembers', async () => {
    const fresh = await demoWorld('mail');
    await fresh.control.post('settings', { exportTakesImmutableIds: false });
    const items = [...(await listing(fresh)).items.values()].filter(({ hasContent }) => hasContent);
    for (const item of items) {
      const { parts, outcomes } = await fetching(fresh, [item]);
      assert.ok(parts.get(item.sourceId)?.has('exact'));
      assert.deepEqual(outcomes.get(item.sourceId)?.kind, 'done');
    }
    const refused =
      fresh.test.recorders.read.requests.filter(({ url }) => url.endsWith('/exportItems')).length - items.length;
    assert.equal(refused, 1);
    assert.deepEqual(await fresh.violations(), []);
    await fresh.close();
  });

  it('learns it in the middle of other exports, and those get their copies too', async () => {
    const fresh = await demoWorld('mail');
    await fresh.control.post('settings', { exportTakesImmutableIds: false });
    const items = [...(await listing(fresh)).items.values()].filter(({ hasContent }) => hasContent);
    const all = await Promise.all(items.map((item) => fetching(fresh, [item])));
    for (const { outcomes } of all)
      assert.deepEqual(
        [...outcomes.values()].map(({ kind }) => kind),
        ['done'],
      );
    await fresh.close();
  });

  describe('where the tenant refuses import and export', () => {
    before(() => allowImportExport(false));
    after(() => allowImportExport(true));

    it('keeps the MIME, and says on each item that the exact copy is missing', async () => {
      const fresh = await demoWorld('mail');
      await fresh.control.post('settings', { importExportAllowed: false });
      const items = [...(await listing(fresh)).items.values()].filter(({ hasContent }) => hasContent);
      const { parts, outcomes } = await fetching(fresh, items);
      for (const { sourceId } of items) {
        assert.deepEqual([...(parts.get(sourceId)?.keys() ?? [])], ['original']);
        const done = outcomes.get(sourceId);
        assert.deepEqual(done?.kind === 'done' && done.flags, ['no-exact-copy']);
      }
      await fresh.close();
    });

    const restored = async (subject: string, attachment?: Buffer) => {
      await allowImportExport(true);
      const given = await backedUp(subject, attachment);
      await allowImportExport(false);
      const { restore } = world.connector;
      const target = resourceOf('mail', world.users, 'clara.weber');
      const place = await restore.container(target, [{ name: subject, kind: 'mailFolder' }], restoring);
      return { ...given, restore, target, place };
    };

    it('gives a message back by one complete POST: no draft, its dates, read state, categories and sender', async () => {
      const { item, parts, entry, restore, target, place } = await restored('json route', Buffer.from('a small one'));
      const grade = await restore.grade(target, entry, restoring);
      assert.equal(grade.fidelity, 'approximate');
      const meta = { ...(item.meta as object), categories: ['Blue'], isRead: false, importance: 'high' };
      const order = orderOf({ ...item, meta }, parts);
      const from = world.test.recorders.write.requests.length;
      const written = await restore.write(target, place, entry, order, restoring);
      const writes = world.test.recorders.write.requests
        .slice(from)
        .filter(({ method, url }) => method !== 'GET' && url.includes('/messages'));
      assert.deepEqual(
        writes.map(({ method }) => method),
        ['POST'],
      );
      const [live] = await shown('clara.weber', '/json route');
      assert.ok(live);
      assert.deepEqual(
        [
          live['isDraft'],
          live['isRead'],
          live['importance'],
          live['categories'],
          live['received'],
          live['sentDateTime'],
        ],
        [false, false, 'high', ['Blue'], '2026-11-20T10:00:00Z', '2026-11-20T09:59:00Z'],
      );
      assert.deepEqual(
        (live['from'] as { emailAddress: { address: string } }).emailAddress.address,
        'olu@partner.example',
      );
      assert.equal((live['attachments'] as unknown[]).length, 1);
      assert.equal((await restore.find(target, place, entry, order, restoring))?.sourceId, written.sourceId);
      assert.equal(
        await restore.find(
          target,
          place,
          { ...entry, receivedAt: '2020-01-01T00:00:00.000Z' },
          { ...order, mark: 'another' },
          restoring,
        ),
        undefined,
      );
    });

    it('finds a POST whose answer was lost by its mark', async () => {
      const { item, parts, entry, restore, target, place } = await restored('json lost');
      const order = orderOf(item, parts, { mark: "it's lost" });
      await world.control.post('faults', { match: 'POST /v1.0/.*/messages', times: 1, action: { kind: 'dropAfter' } });
      await assert.rejects(
        restore.write(target, place, entry, order, restoring),
        (error) => isFault(error, 'unavailable') && error.outcomeUnknown,
      );
      assert.ok(await restore.find(target, place, entry, order, restoring));
      assert.equal((await shown('clara.weber', '/json lost')).length, 1);
    });

    it('goes on in the middle of an attachment that was cut off there', async () => {
      const content = randomBytes(9 * 1024 * 1024);
      const { item, parts, entry, restore, target, place } = await restored('cut attachment', content);
      let progress: string | undefined;
      const order = orderOf(item, parts, { saveProgress: async (saved) => void (progress = saved) });
      // The first range passes, then nothing does.
      for (const [times, action] of [
        [1, { kind: 'slow', ms: 1 }],
        [50, { kind: 'drop' }],
      ] as const)
        await world.control.post('faults', { match: 'PUT /attachment', times, action });
      await assert.rejects(restore.write(target, place, entry, order, restoring), /./);
      await world.control.remove('faults');
      assert.equal(await restore.find(target, place, entry, order, restoring), undefined, 'half a message is none');
      const from = world.test.recorders.write.requests.length;
      await restore.write(target, place, entry, { ...order, progress: progress ?? '' }, restoring);
      const ranges = world.test.recorders.write.requests
        .slice(from)
        .flatMap(({ method, headers }) => (method === 'PUT' ? [headers['content-range']?.split('-')[0]] : []));
      assert.deepEqual(ranges, ['bytes 3932160', 'bytes 7864320']);
      const [{ attachments } = {}] = await shown('clara.weber', '/cut attachment');
      const [attached, ...others] = (attachments ?? []) as { sha256: string }[];
      assert.equal(others.length, 0);
      assert.equal(attached?.sha256, createHash('sha256').update(content).digest('hex'));
    });

    it('fills a draft with what is too large for one POST, and goes on where it was cut off', async () => {
      const { item, parts, entry, restore, target, place } = await restored(
        'large draft',
        randomBytes(8 * 1024 * 1024),
      );
      const grade = await restore.grade(target, entry, restoring);
      assert.ok(grade.fidelity === 'approximate' && grade.changes.some((change) => change.includes('draft')));
      const order = orderOf(item, parts);
      await world.control.post('faults', {
        match: 'POST /v1.0/.*/createUploadSession',
        times: 1,
        action: { kind: 'dropAfter' },
      });
      await assert.rejects(restore.write(target, place, entry, order, restoring), (error) =>
        isFault(error, 'unavailable'),
      );
      assert.equal(await restore.find(target, place, entry, order, restoring), undefined, 'half a message is none');
      const written = await restore.write(target, place, entry, order, restoring);
      const live = await shown('clara.weber', '/large draft');
      assert.equal(live.length, 1);
      const attachments = (live[0]?.['attachments'] ?? []) as { name: string }[];
      assert.deepEqual(
        attachments.map(({ name }) => name),
        ['large.pdf'],
      );
      assert.equal((await restore.find(target, place, entry, order, restoring))?.sourceId, written.sourceId);
    });
  });

  it('ends as forbidden when consent for exact copies is withdrawn after they worked: nothing is quietly less', async () => {
    const { item } = await arrive('consent');
    await fetching(world, [item]);
    await world.control.post('revoke', { app: 'backup', roles: ['MailboxItem.Export.All'] });
    await assert.rejects(fetching(world, [item]), (error) => isFault(error, 'forbidden'));
    await world.control.post('grant', { app: 'backup', roles: ['MailboxItem.Export.All'] });
    await world.control.post('revoke', { app: 'backup', roles: ['Mail.Read'] });
    await assert.rejects(listing(world), (error) => isFault(error, 'forbidden'));
    await assert.rejects(fetching(world, [item]), (error) => isFault(error, 'forbidden'));
    await world.control.post('grant', { app: 'backup', roles: ['Mail.Read'] });
    await world.control.remove('violations');
  });

  it('says when the mailbox itself is gone', async () => {
    const { id } = await world.control.post<{ id: string }>('users', { alias: 'leaver' });
    const leaver = { ...world.resource, sourceId: id };
    const { cursor } = await listing(world, undefined, leaver);
    await world.control.remove('users?user=leaver');
    await assert.rejects(listing(world, cursor, leaver), (error) => isFault(error, 'not-found'));
  });
});
