import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WriteOrder } from '../connector.ts';
import { Fault } from '../fault.ts';
import type { RequestId } from '../model/ids.ts';
import { admin, anna, restoreBench } from './testing/restoreBench.ts';
import type { NewRestoreRequest } from './restoreFlow.ts';

type Bench = Awaited<ReturnType<typeof restoreBench>>;
const whole = (bench: Bench, wish: Partial<NewRestoreRequest> = {}): NewRestoreRequest => ({
  selection: { resourceId: bench.mailbox.id },
  destination: { kind: 'original' },
  conflict: 'keepBoth',
  includePermissions: false,
  ...wish,
});

/** Does something right after the place took the n-th object. */
function afterWrite(bench: Bench, n: number, act: () => Promise<unknown>): void {
  const { restore } = bench.place.connector;
  const write = restore.write.bind(restore);
  let writes = 0;
  Object.assign(restore, {
    write: async (...order: Parameters<typeof write>) => {
      const written = await write(...order);
      if (++writes === n) await act();
      return written;
    },
  });
}

test('a restore that is cancelled while it runs stops, stays cancelled, and can be taken back whole', async () => {
  const bench = await restoreBench(Array.from({ length: 60 }, (_, number) => `mail ${number}`));
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  afterWrite(bench, 5, () => bench.flow.cancel(anna, made.id));
  await bench.work(bench.flow);
  const cancelled = await bench.flow.get(anna, made.id);
  assert.equal(cancelled.state, 'cancelled');
  const restored = bench.place.objects.length;
  assert.ok(restored >= 5 && restored < 60, `${restored} of 60 were restored`);

  await bench.flow.undo(anna, made.id);
  await bench.work(bench.flow);
  assert.equal(bench.place.objects.length, 0);
  assert.equal((await bench.flow.get(anna, made.id)).undone?.removed, restored);
});

test('a request that is cancelled while it is planned stays cancelled', async () => {
  const bench = await restoreBench();
  const { restore } = bench.place.connector;
  const grade = restore.grade.bind(restore);
  const made = await bench.flow.create(anna, whole(bench));
  Object.assign(restore, {
    grade: async (...asked: Parameters<typeof grade>) => {
      if ((await bench.flow.get(anna, made.id)).state === 'planning') await bench.flow.cancel(anna, made.id);
      return grade(...asked);
    },
  });
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(anna, made.id)).state, 'cancelled');
});

test('a search as selection means what the asker may see, and what it found when it was asked', async () => {
  const bench = await restoreBench(['hello from anna', 'other']);
  const made = await bench.flow.create(anna, whole(bench, { selection: { query: { q: 'hello' } } }));
  await bench.work(bench.flow);
  const ready = await bench.flow.get(anna, made.id);
  assert.deepEqual([ready.state, ready.plan?.add, ready.owners], ['ready', 1, ['anna']]);
});

test('the same idempotency key of two people makes two requests', async () => {
  const bench = await restoreBench();
  const first = await bench.flow.create(anna, whole(bench), 'key');
  const second = await bench.flow.create(admin, whole(bench, { reason: 'Asked by phone' }), 'key');
  assert.notEqual(first.id, second.id);
  assert.equal(second.asker.id, 'admin');
});

test('a nudge about an unknown request is dropped', async () => {
  const bench = await restoreBench();
  await bench.flow.onNudge('f'.repeat(32) as RequestId);
  await bench.flow.onPoisoned('f'.repeat(32) as RequestId);
  assert.equal(bench.queue.dump('restore').length, 0);
});

test('five hosts that end under one message of a restore do not fail it', async () => {
  const bench = await restoreBench();
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.flow.onPoisoned(made.id);
  assert.equal((await bench.flow.get(anna, made.id)).state, 'running');
  await bench.clock.advance(150_000);
  await bench.work(bench.flow);
  const { state, counts } = await bench.flow.get(anna, made.id);
  assert.deepEqual([state, counts?.restored, bench.place.objects.length], ['done', 3, 3]);
});

test('a restore that ends its host again and again without getting on fails by name, and goes on when asked to', async () => {
  const bench = await restoreBench();
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  for (let given = 0; given < 3; given++) await bench.flow.onPoisoned(made.id);
  const failed = await bench.flow.get(anna, made.id);
  assert.deepEqual([failed.state, failed.goesOn], ['failed', 'run']);
  assert.match(failed.trouble ?? '', /host ended/);
  await bench.clock.advance(150_000);
  await bench.flow.tick(true);
  await bench.work(bench.flow);
  assert.equal(bench.place.objects.length, 0, 'not tried for ever');
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  const { state, counts } = await bench.flow.get(anna, made.id);
  assert.deepEqual([state, counts?.restored, bench.place.objects.length], ['done', 3, 3]);
});

test('a defect is met by every try, so that the host parks the message and the request ends', async () => {
  const bench = await restoreBench();
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  Object.assign(bench.place.connector.restore, { write: () => Promise.reject(new TypeError('a defect')) });
  for (let tries = 0; tries < 5; tries++) await assert.rejects(bench.flow.onNudge(made.id), TypeError);
  await bench.flow.onPoisoned(made.id);
  assert.equal((await bench.flow.get(anna, made.id)).state, 'failed');
});

test('what arrived with the last attempt is found although no answer ever came', async () => {
  const bench = await restoreBench(['one']);
  const lost = new Fault('unavailable', 'No answer.', { origin: 'graph', outcomeUnknown: true });
  bench.place.troubles.push(
    { fault: lost, after: false },
    { fault: lost, after: false },
    { fault: lost, after: false },
    { fault: lost, after: true },
  );
  const made = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await Promise.all([bench.work(bench.flow), bench.clock.advance(120_000)]);
  const { counts } = await bench.flow.get(anna, made.id);
  assert.deepEqual([counts?.restored, counts?.failed], [1, 0]);
});

test('a large item shows life while it is under way, and its upload goes on in the next job', async () => {
  const large = `large ${'a'.repeat(80 * 1024 * 1024)}`;
  const bench = await restoreBench([large], { jobMs: 1_000 });
  const { restore } = bench.place.connector;
  const beats = new Set<string | undefined>();
  const uploads: { from: number; to: number }[] = [];
  const made = await bench.flow.create(anna, whole(bench));
  Object.assign(restore, {
    find: async () => undefined,
    write: async (_target: unknown, _container: unknown, _entry: unknown, order: WriteOrder) => {
      let at = Number(order.progress ?? '0');
      const upload = { from: at, to: at };
      uploads.push(upload);
      await order.saveProgress(String(at));
      for await (const piece of order.content('original', at) ?? []) {
        at += piece.length;
        upload.to = at;
        await order.saveProgress(String(at));
        await bench.clock.advance(6_000);
        beats.add((await bench.flow.get(anna, made.id)).heartbeatAt);
      }
      return { sourceId: 'big', tag: '1', result: 'restored' };
    },
  });
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  const done = await bench.flow.get(anna, made.id);
  assert.deepEqual([done.state, done.counts?.restored], ['done', 1]);
  assert.ok(uploads.length > 1, 'one job did it all');
  for (const [index, upload] of uploads.entries()) assert.equal(upload.from, uploads[index - 1]?.to ?? 0);
  assert.equal(uploads.at(-1)?.to, large.length);
  assert.ok(beats.size > 4, `${beats.size} signs of life`);
});

test('what is only read to get back to where an upload stood does not end the job', async () => {
  const large = `large ${'a'.repeat(80 * 1024 * 1024)}`;
  const bench = await restoreBench([large], { jobMs: 1_000 });
  const starts: number[] = [];
  const made = await bench.flow.create(anna, whole(bench));
  Object.assign(bench.place.connector.restore, {
    find: async () => undefined,
    write: async (_target: unknown, _container: unknown, _entry: unknown, order: WriteOrder) => {
      const start = Number(order.progress ?? '0');
      starts.push(start);
      await order.saveProgress(String(start));
      let at = 0;
      for await (const piece of order.content('original', 0, start) ?? []) {
        at += piece.length;
        if (at > start) await order.saveProgress(String(at));
        await bench.clock.advance(6_000);
      }
      return { sourceId: 'big', tag: '1', result: 'restored' };
    },
  });
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  const done = await bench.flow.get(anna, made.id);
  assert.deepEqual([done.state, done.counts?.restored], ['done', 1]);
  assert.ok(starts.length > 1, 'one job did it all');
  for (const [index, start] of starts.entries()) assert.ok(index === 0 || start > (starts[index - 1] ?? 0));
});

test('a large download is checked over several jobs', async () => {
  const large = `large ${'b'.repeat(20 * 1024 * 1024)}`;
  const bench = await restoreBench([large], { jobMs: 0 });
  const made = await bench.flow.create(anna, whole(bench, { destination: { kind: 'download' } }));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  const { bytes } = await bench.flow.download(anna, made.id);
  let size = 0;
  for await (const piece of bytes) size += piece.length;
  assert.equal(size, large.length);
});
