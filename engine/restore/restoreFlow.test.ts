import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import yauzl from 'yauzl';
import { Fault, isFault } from '../fault.ts';
import { boundary, boundaryFaults, faultAt } from '../testing/boundary.ts';
import { admin, anna, approver, restoreBench } from './testing/restoreBench.ts';
import type { NewRestoreRequest } from './restoreFlow.ts';

type Bench = Awaited<ReturnType<typeof restoreBench>>;
const whole = (bench: Bench, wish: Partial<NewRestoreRequest> = {}): NewRestoreRequest => ({
  selection: { resourceId: bench.mailbox.id },
  destination: { kind: 'original' },
  conflict: 'keepBoth',
  includePermissions: false,
  ...wish,
});
const bodies = (bench: Bench): string[] =>
  bench.place.objects
    .filter((one) => one.retired !== true)
    .map((one) => one.bytes)
    .toSorted();
const isKind = (kind: Fault['kind']) => (error: unknown) => isFault(error, kind);

test('a whole mailbox comes back to its folder, found by its role', async () => {
  const bench = await restoreBench();
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  const ready = await bench.flow.get(anna, made.id);
  assert.equal(ready.state, 'ready');
  assert.deepEqual(
    { add: ready.plan?.add, exact: ready.plan?.fidelity.exact, needsApproval: ready.plan?.needsApproval },
    { add: 3, exact: 3, needsApproval: false },
  );
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  const done = await bench.flow.get(anna, made.id);
  assert.equal(done.state, 'done');
  assert.deepEqual(bodies(bench), ['one', 'three', 'two']);
  assert.ok(bench.place.objects.every((one) => one.container === `${bench.mailbox.id}/inbox`));
  const { value } = await bench.flow.results(anna, made.id);
  assert.deepEqual(
    value.map((result) => result.outcome),
    ['restored', 'restored', 'restored'],
  );
});

test('a plan says what no restore of this kind brings back, a download needs no such word', async () => {
  const bench = await restoreBench();
  for (const kind of ['original', 'download'] as const) {
    const made = await bench.flow.create(anna, whole(bench, { destination: { kind } }));
    await bench.work(bench.flow);
    const notes = (await bench.flow.get(anna, made.id)).plan?.notes;
    assert.deepEqual(notes, kind === 'original' ? ['Who may see the folders does not come back.'] : []);
  }
});

test('a new folder keeps the names and never lands in the living inbox', async () => {
  const bench = await restoreBench();
  const made = await bench.flow.create(anna, whole(bench, { destination: { kind: 'newFolder', name: 'Back' } }));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  assert.ok(bench.place.objects.every((one) => one.container === `${bench.mailbox.id}/Back/Posteingang`));
});

test('what is there already is kept, skipped or replaced as asked, and each living object counts once', async () => {
  for (const [conflict, living, expected] of [
    ['keepBoth', 1, ['one', 'one']],
    ['skipIfSame', 1, ['one']],
    ['replace', 1, ['one']],
  ] as const) {
    const bench = await restoreBench(['one']);
    for (let n = 0; n < living; n++)
      bench.place.objects.push({
        id: `live-${n}`,
        container: `${bench.mailbox.id}/inbox`,
        name: 'one 0',
        bytes: 'one',
        tag: 1,
      });
    await bench.place.connector.restore.container(
      bench.mailbox,
      [{ name: 'Posteingang', role: 'inbox', kind: 'mailFolder' }],
      { signal: new AbortController().signal },
    );
    const made = await bench.flow.create(anna, whole(bench, { conflict }));
    await bench.work(bench.flow);
    await bench.flow.run(anna, made.id);
    await bench.work(bench.flow);
    assert.deepEqual(bodies(bench), expected, conflict);
    assert.equal(
      bench.place.objects.some((one) => one.retired === true),
      conflict === 'replace',
    );
  }
});

test('a search that includes deleted items brings back what was deleted, and each item once', async () => {
  const bench = await restoreBench(['report one', 'report two', 'report three', 'invoice']);
  await bench.loses(bench.mailbox, 1, 3);
  await bench.loses(bench.mailbox, 0);
  const found = { query: { q: 'report', deleted: true } };
  const made = await bench.flow.create(anna, whole(bench, { selection: found }));
  // What the next backup misses was not deleted when this was asked for.
  await bench.loses(bench.mailbox, 2);
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(anna, made.id)).plan?.add, 3);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  assert.deepEqual(bodies(bench), ['report one', 'report three', 'report two']);

  const living = { query: { q: 'report', deleted: false } };
  await assert.rejects(bench.flow.create(anna, whole(bench, { selection: living })), isKind('not-found'));
});

test('deleted items of a moment in the past are those that were gone by then', async () => {
  const bench = await restoreBench(['report one', 'report two']);
  await bench.loses(bench.mailbox, 0);
  const at = (await bench.repository.points.find(bench.mailbox.id, 'latest')).takenAt;
  await bench.loses(bench.mailbox, 1);
  const selection = { query: { q: 'report', deleted: true }, at };
  const made = await bench.flow.create(anna, whole(bench, { selection, destination: { kind: 'newFolder' } }));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  assert.deepEqual(bodies(bench), ['report one', 'report two']);
  assert.ok(bench.place.objects.every(({ container }) => container.endsWith('/Posteingang')));
});

test("another person's data to a third place waits for a second person, who is not the asker", async () => {
  const bench = await restoreBench();
  const made = await bench.flow.create(
    admin,
    whole(bench, { destination: { kind: 'resource', resourceId: bench.other.id }, reason: 'Handover' }),
  );
  await bench.work(bench.flow);
  assert.equal((await bench.flow.run(admin, made.id)).state, 'waiting');
  await bench.work(bench.flow);
  assert.equal(bench.place.objects.length, 0);
  await assert.rejects(bench.flow.approve(admin, made.id), isKind('forbidden'));
  await assert.rejects(bench.flow.approve(anna, made.id), isKind('not-found'));
  await bench.flow.approve(approver, made.id);
  await assert.rejects(bench.flow.approve(approver, made.id), isKind('conflict'));
  await bench.work(bench.flow);
  assert.equal(bench.place.objects.length, 3);
});

test('a declined request does nothing and says by whom', async () => {
  const bench = await restoreBench();
  const made = await bench.flow.create(admin, whole(bench, { destination: { kind: 'download' }, reason: 'Audit' }));
  await bench.work(bench.flow);
  await bench.flow.run(admin, made.id);
  const declined = await bench.flow.decline(approver, made.id, 'Not without a case number');
  assert.equal(declined.decision?.name, 'Jo Approver');
  await assert.rejects(bench.flow.download(admin, made.id), isKind('conflict'));
});

test('with a single administrator and no approver the second person is waived and said so', async () => {
  const bench = await restoreBench();
  bench.people.admins = ['admin'];
  bench.people.approvers = [];
  const made = await bench.flow.create(admin, whole(bench, { destination: { kind: 'download' }, reason: 'Audit' }));
  await bench.work(bench.flow);
  const ready = await bench.flow.get(admin, made.id);
  assert.deepEqual([ready.plan?.needsApproval, ready.plan?.noSecondPerson], [false, true]);
  await bench.flow.run(admin, made.id);
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(admin, made.id)).state, 'done');
});

test('an item that nobody can take back fails with its reason while the others come back', async () => {
  const bench = await restoreBench(['one', 'lost forever', 'two']);
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(anna, made.id)).plan?.cannot, 1);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  const done = await bench.flow.get(anna, made.id);
  assert.deepEqual([done.state, done.counts?.restored, done.counts?.failed], ['done', 2, 1]);
});

test('a damaged item reaches nobody: it fails by name and nothing is written', async () => {
  const bench = await restoreBench(['only']);
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  const point = await bench.repository.points.find(bench.mailbox.id, 'latest');
  for await (const entry of (await bench.repository.points.open(bench.mailbox.id, point.id)).entries()) {
    for (const { place } of entry.streams.flatMap((stream) => stream.parts)) {
      const pack = bench.blobs.dump().find((blob) => blob.name.endsWith(place.pack));
      assert.ok(pack !== undefined);
      bench.blobs.tamper(pack.container, pack.name, (bytes) => bytes.with(place.at, (bytes[place.at] ?? 0) ^ 1));
    }
  }
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  assert.equal(bench.place.objects.length, 0);
  assert.equal((await bench.flow.get(anna, made.id)).state, 'failed');
});

test('a lost answer, a throttle and a busy service neither lose nor double an item', async () => {
  const bench = await restoreBench();
  bench.place.troubles.push(
    {
      fault: new Fault('throttled', 'Wait', { origin: 'graph', retryAfterMs: 90_000, scope: 'mailbox/anna' }),
      after: false,
    },
    { fault: new Fault('unavailable', 'The answer got lost', { origin: 'graph', outcomeUnknown: true }), after: true },
    { fault: new Fault('unavailable', 'Busy', { origin: 'graph' }), after: false },
  );
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(anna, made.id)).state, 'done');
  assert.deepEqual(bodies(bench), ['one', 'three', 'two']);
});

test('undo removes exactly what was created and nobody changed since', async () => {
  const bench = await restoreBench();
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  const [changed] = bench.place.objects;
  assert.ok(changed !== undefined);
  changed.tag++;
  await bench.flow.undo(anna, made.id);
  await bench.work(bench.flow);
  assert.deepEqual(
    bench.place.objects.map((one) => one.id),
    [changed.id],
  );
  const { undone } = await bench.flow.get(anna, made.id);
  assert.deepEqual([undone?.removed, undone?.kept], [2, 1]);
});

test('a restore reads packs from front to back: each part that is shared by many items once', async () => {
  const segments = 40;
  const each = 8;
  const noise = (seed: number) => createHash('shake256', { outputLength: 51_000 }).update(`${seed}`).digest('base64');
  const mails = Array.from({ length: segments * each }, (_, number) => `mail ${noise(number)}`);
  // By age the mails of one part lie as far from each other as can be, and all parts are more than memory keeps open.
  const minutesOld = (number: number) => (number % each) * segments + Math.floor(number / each);
  const bench = await restoreBench(mails, { pageItems: 400 }, minutesOld);
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  const read = bench.blobs.read.bind(bench.blobs);
  const ranges: string[] = [];
  bench.blobs.read = (container, name, range) => {
    if (name.startsWith('packs/')) ranges.push(`${name} ${range?.from}`);
    return read(container, name, range);
  };
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(anna, made.id)).counts?.restored, mails.length);
  // In the order of the mailbox it was a read for every item.
  assert.ok(ranges.length <= segments + 5, `${ranges.length} range reads for ${mails.length} items`);
});

test('a download is a checked archive, for its asker alone, once and within the hour', async () => {
  const bench = await restoreBench();
  const made = await bench.flow.create(anna, whole(bench, { destination: { kind: 'download' } }));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  await assert.rejects(bench.flow.download(admin, made.id), isKind('forbidden'));
  const part = await bench.flow.download(anna, made.id, { from: 10, to: 50 });
  const slice = Buffer.concat(await Array.fromAsync(part.bytes));
  const full = await bench.flow.download(anna, made.id);
  const archive = Buffer.concat(await Array.fromAsync(full.bytes));
  assert.deepEqual(archive.subarray(10, 50), slice);
  const zip = await yauzl.fromBufferPromise(archive);
  const names: string[] = [];
  const dates: string[] = [];
  for await (const entry of zip.eachEntry()) {
    names.push(entry.fileName);
    dates.push(entry.getLastModDate({ timezone: 'UTC' }).toISOString());
  }
  const point = await bench.repository.points.find(bench.mailbox.id, 'latest');
  const reader = await bench.repository.points.open(bench.mailbox.id, point.id);
  const received = await Array.fromAsync(reader.entries());
  // Seconds come in twos in an archive.
  assert.deepEqual(
    dates.slice(0, 3).map((date) => Math.floor(Date.parse(date) / 2_000)),
    received
      .filter(({ container }) => !container)
      .map(({ receivedAt }) => Math.floor(Date.parse(receivedAt ?? '') / 2_000)),
  );
  assert.deepEqual(names, [
    'Posteingang/one 0.eml',
    'Posteingang/two 1.eml',
    'Posteingang/three 2.eml',
    'holdfast-manifest.json',
  ]);
  await assert.rejects(bench.flow.download(anna, made.id), isKind('conflict'));

  const late = await bench.flow.create(anna, whole(bench, { destination: { kind: 'download' } }));
  await bench.work(bench.flow);
  await bench.flow.run(anna, late.id);
  await bench.work(bench.flow);
  await bench.clock.advance(3_700_000);
  await assert.rejects(bench.flow.download(anna, late.id), isKind('conflict'));
});

test('equal idempotency keys make one request', async () => {
  const bench = await restoreBench();
  const first = await bench.flow.create(anna, whole(bench), 'key');
  const second = await bench.flow.create(anna, whole(bench), 'key');
  assert.equal(first.id, second.id);
});

test('time-sliced jobs hand on until everything is done', async () => {
  const bench = await restoreBench(['a', 'b', 'c', 'd', 'e'], { jobMs: 0 });
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  assert.deepEqual(bodies(bench), ['a', 'b', 'c', 'd', 'e']);
});

test('a kill or a lost answer at any call of a restore neither loses nor doubles an item', async () => {
  const probe = await restoreBench();
  const counting = boundary();
  const counted = probe.flowOf(counting);
  const request = await probe.flow.create(anna, whole(probe));
  await counting.run(() => probe.work(counted));
  await probe.flow.run(anna, request.id);
  await counting.run(() => probe.work(counted));
  const calls = counting.calls.length;
  assert.ok(calls > 20, `${calls} calls`);

  for (let number = 1; number <= calls; number++) {
    for (const kind of boundaryFaults) {
      const bench = await restoreBench();
      const made = await bench.flow.create(anna, whole(bench));
      const dying = boundary(faultAt(number, kind));
      const flow = bench.flowOf(dying, 'dying');
      await dying
        .run(async () => {
          await bench.work(flow);
          await bench.flow.run(anna, made.id);
          await bench.work(flow);
        })
        .catch(() => undefined);
      const restarted = bench.flowOf(undefined, 'restarted');
      await restarted.tick(true);
      await bench.clock.advance(700_000);
      await bench.work(restarted);
      if ((await restarted.get(anna, made.id)).state === 'ready') await restarted.run(anna, made.id);
      await bench.work(restarted);
      const done = await restarted.get(anna, made.id);
      assert.equal(
        done.state,
        'done',
        `${kind} at call ${number} (${dying.hits[0]?.call.name ?? 'not hit'}): ${done.trouble ?? ''}`,
      );
      assert.deepEqual(
        bodies(bench),
        ['one', 'three', 'two'],
        `${kind} at call ${number} (${dying.hits[0]?.call.name ?? 'not hit'})`,
      );
      assert.deepEqual([done.counts?.restored, done.counts?.failed], [3, 0], `${kind} at call ${number}`);
      await restarted.tick(false);
      const told = (await bench.records.outbox.list()).map(({ id }) => id);
      assert.deepEqual(told, [`restore-${made.id}`], `${kind} at call ${number}`);
    }
  }
});
