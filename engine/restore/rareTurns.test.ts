import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault, isFault } from '../fault.ts';
import type { FaultKind } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { ItemId, RequestId } from '../model/ids.ts';
import { endOrWait } from './endOrWait.ts';
import { foundItems, keepFound } from './foundItems.ts';
import { outageAt } from './outageAt.ts';
import { noteDefect } from './poisonedRequest.ts';
import { changeRequest, journalKey, loadRequest, putJournal, rowWriter, takeRequest } from './requestStore.ts';
import { retireSurely } from './retireSurely.ts';
import { tellEnd, toBeTold } from './tellEnd.ts';
import { tendRequests } from './tendRequests.ts';
import { admin, anna, restoreBench } from './testing/restoreBench.ts';

type Bench = Awaited<ReturnType<typeof restoreBench>>;
const whole = (bench: Bench) =>
  ({
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'original' },
    conflict: 'keepBoth',
    includePermissions: false,
  }) as const;
const is = (kind: FaultKind) => (error: unknown) => isFault(error, kind);
const graph = (kind: FaultKind) => new Fault(kind, 'Microsoft 365', { origin: 'graph' });
const storage = (kind: FaultKind) => new Fault(kind, 'Storage', { origin: 'storage' });

/** A restore that was started and that no job took up yet. */
async function started(bench: Bench): Promise<RequestId> {
  const { id } = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.run(anna, id);
  return id;
}

test('the audit says whose data a restore is about, and nothing where it belongs to nobody', async () => {
  const bench = await restoreBench(['one']);
  const owners = async () => (await bench.records.audit.list()).value[0]?.on['owners'];
  await started(bench);
  assert.equal(await owners(), 'anna');
  const stored = await bench.records.resources.get(bench.mailbox.id);
  assert.ok(stored);
  const { ownerId: _ownerId, ...site } = stored.value;
  await bench.records.resources.put(site, stored.etag);
  const { id } = await bench.flow.create(admin, { ...whole(bench), reason: 'Ticket 7' });
  await bench.work(bench.flow);
  await bench.flow.run(admin, id);
  assert.equal(await owners(), undefined);
});

test('a page of what a search found that is gone is missing, and not an end of the list', async () => {
  const bench = await restoreBench(['one']);
  const { id } = await bench.flow.create(anna, whole(bench));
  const items = Array.from({ length: 1_001 }, (_, n) => ({ resourceId: bench.mailbox.id, itemId: `${n}` as ItemId }));
  const kept = await keepFound(bench.servicesOf(), id, items);
  assert.equal(kept.pages, 2);
  assert.deepEqual((await Array.fromAsync(foundItems(bench, id, kept))).flat(), items);
  await assert.rejects(Array.fromAsync(foundItems(bench, id, { ...kept, pages: 3 })), is('missing'));
  assert.deepEqual(await Array.fromAsync(foundItems(bench, id, undefined)), []);
});

test('one request that breaks the round of the timer keeps nobody else from it; storage that is away ends the round', async () => {
  const bench = await restoreBench(['one']);
  const [first, second] = [await bench.flow.create(anna, whole(bench)), await bench.flow.create(anna, whole(bench))];
  await bench.work(bench.flow);
  for (const { id } of [first, second]) await bench.flow.run(anna, id);
  const nudged: string[] = [];
  await tendRequests(
    bench.servicesOf(),
    async (id) => {
      nudged.push(id);
      if (nudged.length === 1) throw new TypeError('defect');
    },
    true,
  );
  assert.deepEqual(nudged.toSorted(), [first.id, second.id].toSorted());
  const { event, facts } = bench.log.lines.at(-1) ?? {};
  assert.deepEqual([event, facts?.['error']], ['restore.notTended', 'TypeError']);
  let asked = 0;
  const away = async () => {
    asked++;
    throw storage('unavailable');
  };
  await assert.rejects(tendRequests(bench.servicesOf(), away, true), is('unavailable'));
  assert.equal(asked, 1);
});

test('a defect is noted where the request stands; of one that is over, or when storage is away, nothing is noted', async () => {
  const bench = await restoreBench(['one']);
  const id = await started(bench);
  const mishaps = async () => (await loadRequest(bench, id)).value.work.mishaps;
  const { requests } = bench.records;
  const update = requests.update.bind(requests);
  for (const [trouble, kind] of [
    [storage('unavailable'), 'unavailable'],
    [new Error('no fault'), 'defect'],
  ] as const) {
    Object.assign(requests, { update: () => Promise.reject(trouble) });
    await noteDefect(bench.servicesOf(), id, new RangeError('too far'));
    assert.equal(bench.log.lines.at(-1)?.facts['kind'], kind);
  }
  Object.assign(requests, { update });
  assert.equal(await mishaps(), undefined);
  await noteDefect(bench.servicesOf(), id, new RangeError('too far'));
  assert.equal((await mishaps())?.broke, 'RangeError');
  await noteDefect(bench.servicesOf(), id, 'thrown as it is');
  assert.equal((await mishaps())?.broke, 'string');
  await bench.flow.cancel(anna, id);
  const over = await mishaps();
  await noteDefect(bench.servicesOf(), id, new RangeError('too late'));
  assert.deepEqual(await mishaps(), over);
});

test('a request that a living job holds is not taken, and a job that was overtaken lets go of nothing', async () => {
  const bench = await restoreBench(['one']);
  const id = await started(bench);
  const tenure = await takeRequest(bench.servicesOf(undefined, 'first'), id);
  assert.ok(tenure);
  const alive = { isDead: () => false };
  assert.equal(await takeRequest(bench.servicesOf(undefined, 'second', alive), id), undefined);
  const other = await takeRequest(bench.servicesOf(undefined, 'third'), id);
  assert.equal(other?.current.work.holder, 'third');
  assert.equal((await tenure.release()).work.holder, 'third');
  await assert.rejects(
    tenure.save((stored) => stored),
    is('stale-fence'),
  );
});

test('a journal that storage does not take says so, and is no other job', async () => {
  const bench = await restoreBench(['one']);
  const id = await started(bench);
  const write = rowWriter(bench, id, journalKey('item', 7), undefined);
  await write({ attempts: 1 });
  await assert.rejects(rowWriter(bench, id, journalKey('item', 7), undefined)({ attempts: 2 }), is('stale-fence'));
  await putJournal(bench, id, journalKey('item', 7), { attempts: 3 });
  await assert.rejects(write({ attempts: 4 }), is('stale-fence'));
  const { journal } = bench.records.requests;
  Object.assign(journal, { put: () => Promise.reject(storage('storage-full')) });
  await assert.rejects(write({ attempts: 5 }), is('storage-full'));
  await assert.rejects(putJournal(bench, id, journalKey('item', 7), {}), is('storage-full'));
  assert.deepEqual((await journal.get(id, journalKey('item', 7)))?.value, { attempts: 3 });
});

test('an end that a defect keeps from being told is a defect; trouble of storage leaves it to the timer', async () => {
  const bench = await restoreBench(['one']);
  const id = await started(bench);
  const stored = await changeRequest(bench, id, (current) =>
    toBeTold({ ...current, request: { ...current.request, state: 'done', finishedAt: instant(bench.clock.now()) } }),
  );
  Object.assign(bench.records.outbox, { add: () => Promise.reject(new TypeError('defect')) });
  await assert.rejects(tellEnd(bench.servicesOf(), id, stored), TypeError);
  Object.assign(bench.records.outbox, { add: () => Promise.reject(storage('unavailable')) });
  await tellEnd(bench.servicesOf(), id, stored);
  assert.equal(bench.log.lines.at(-1)?.event, 'restore.notTold');
});

test('whether the service is away is told by what a look at the place answers', async () => {
  const bench = await restoreBench(['one']);
  const { connector } = bench.place;
  const met = graph('unavailable');
  const answered = (fault?: Fault) => {
    Object.assign(connector.restore, {
      findContainer: () => (fault === undefined ? Promise.resolve(undefined) : Promise.reject(fault)),
    });
    const context = { signal: new AbortController().signal } as Parameters<typeof outageAt>[2];
    return outageAt({ connector, place: bench.mailbox, path: [] }, met, context);
  };
  const asked = graph('throttled');
  assert.equal(await answered(), undefined);
  assert.equal(await answered(graph('unavailable')), met);
  assert.equal(await answered(asked), asked);
  for (const kind of ['not-found', 'forbidden', 'invalid'] as const)
    assert.equal(await answered(graph(kind)), undefined);
  await assert.rejects(answered(storage('unavailable')), is('unavailable'));
  for (const kind of ['cancelled', 'stale-fence', 'key-unavailable'] as const)
    await assert.rejects(answered(graph(kind)), is(kind));
});

test('what is moved out of the way is asked for again while the service is silent, and not after a no', async () => {
  const bench = await restoreBench(['one']);
  const { connector } = bench.place;
  let asked = 0;
  const retired = async (...faults: readonly Fault[]) => {
    asked = 0;
    const left = [...faults];
    Object.assign(connector.restore, {
      retire: async () => {
        asked++;
        const fault = left.shift();
        if (fault !== undefined) throw fault;
      },
    });
    const context = { signal: new AbortController().signal } as Parameters<typeof outageAt>[2];
    const existing = { sourceId: 'x', name: 'x', same: true, tag: '1' };
    await retireSurely({ connector, place: bench.mailbox }, existing, bench.clock, context);
  };
  const silent = graph('unavailable');
  await retired(silent, silent, silent);
  assert.equal(asked, 4);
  await assert.rejects(retired(silent, silent, silent, silent), is('unavailable'));
  assert.equal(asked, 4);
  await retired(graph('not-found'));
  assert.equal(asked, 1);
  await assert.rejects(retired(graph('forbidden')), is('forbidden'));
  assert.equal(asked, 1);
});

test('trouble of a message whose request no job holds: it is tried again, dropped, or told, by its kind', async () => {
  const bench = await restoreBench(['one']);
  const id = await started(bench);
  const nudges: (number | undefined)[] = [];
  const end = (error: unknown) =>
    endOrWait(error, id, undefined, bench.servicesOf(), async (_id, delaySeconds) => void nudges.push(delaySeconds));
  for (const kind of ['stale-fence', 'not-found', 'corrupt', 'missing', 'cancelled'] as const) await end(storage(kind));
  assert.deepEqual(nudges, []);
  await end(storage('unavailable'));
  assert.deepEqual(nudges, [30]);
  await assert.rejects(end(storage('storage-full')), is('storage-full'));
  await assert.rejects(end(new TypeError('defect')), TypeError);
});

test('a mailbox that is forgotten or of a kind that is not known any more gets nothing, item by item and by name', async () => {
  const cannot = 'Its mailbox or drive is not known any more.';
  const forgotten = await restoreBench(['one', 'two']);
  const first = await forgotten.flow.create(anna, whole(forgotten));
  await forgotten.records.resources.remove(forgotten.mailbox.id);
  await forgotten.work(forgotten.flow);
  const { plan } = await forgotten.flow.get(anna, first.id);
  assert.deepEqual([plan?.add, plan?.cannot, plan?.notes], [0, 2, [cannot]]);

  const unknown = await restoreBench(['one']);
  const second = await unknown.flow.create(anna, whole(unknown));
  const without = unknown.flowOf(undefined, 'bench', { connectors: new Map() });
  await unknown.work(without);
  assert.deepEqual((await without.get(anna, second.id)).plan?.notes, [cannot]);
});

test('a mailbox that is forgotten between plan and restore fails its items and breaks nothing', async () => {
  const bench = await restoreBench(['one', 'two']);
  const id = await started(bench);
  await bench.records.resources.remove(bench.mailbox.id);
  await bench.work(bench.flow);
  const { state } = await bench.flow.get(anna, id);
  const { value } = await bench.flow.results(anna, id);
  assert.equal(state, 'failed');
  assert.deepEqual(bench.place.objects, []);
  assert.ok(value.every(({ outcome }) => outcome === 'failed'));
});

test('an item without content is told as such in a download, beside those that have some', async () => {
  const bench = await restoreBench(['one']);
  const empty = {
    id: bench.repository.idOf('mail', 'anna', 'empty') as ItemId,
    sourceId: 'empty',
    name: 'empty',
    kind: 'message',
    container: false,
    size: 0,
    versionTag: '1',
    streams: [],
  };
  await bench.publish(bench.mailbox, { entries: [empty] });
  const { id } = await bench.flow.create(anna, { ...whole(bench), destination: { kind: 'download' } });
  await bench.work(bench.flow);
  await bench.flow.run(anna, id);
  await bench.work(bench.flow);
  const { value } = await bench.flow.results(anna, id);
  assert.deepEqual(value.map(({ name, outcome, reason }) => [name.split(' ')[0], outcome, reason]).toSorted(), [
    ['empty', 'failed', 'There is no content to download.'],
    ['one', 'downloaded', undefined],
  ]);
});
