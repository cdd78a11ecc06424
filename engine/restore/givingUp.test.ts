import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../fault.ts';
import type { RestoreSide } from '../connector.ts';
import { anna, restoreBench } from './testing/restoreBench.ts';

type Bench = Awaited<ReturnType<typeof restoreBench>>;
const hour = 3_600_000;
const silent = new Fault('unavailable', 'Microsoft Graph does not answer', { origin: 'graph' });
const busy = new Fault('throttled', 'Microsoft 365 asks to wait', { origin: 'graph', retryAfterMs: 600_000 });

const ask = (bench: Bench) =>
  bench.flow.create(anna, {
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'original' },
    conflict: 'keepBoth',
    includePermissions: false,
  });
const bodies = (bench: Bench): string[] => bench.place.objects.map((one) => one.bytes).toSorted();

/** Lets a call of the place fail as long as `fault` says so; answers how often it was tried. */
function failing(bench: Bench, name: 'grade' | 'find', fault: () => Fault | undefined): () => number {
  const { restore } = bench.place.connector;
  const real = restore[name].bind(restore) as (...asked: unknown[]) => Promise<unknown>;
  let calls = 0;
  Object.assign(restore, {
    [name]: async (...asked: unknown[]) => {
      calls++;
      const trouble = fault();
      if (trouble !== undefined) throw trouble;
      return real(...asked);
    },
  } satisfies Partial<Record<keyof RestoreSide, unknown>>);
  return () => calls;
}

test('a check that Microsoft 365 never answers is tried ever more rarely and ends after a day with the reason', async () => {
  const bench = await restoreBench();
  let down = true;
  const tries = failing(bench, 'grade', () => (down ? silent : undefined));
  const { id, createdAt } = await ask(bench);
  const [nudge] = bench.queue.take('restore', 1);
  await bench.flow.onNudge(id);
  nudge?.done();
  const { delayed, state } = await bench.flow.get(anna, id);
  assert.deepEqual([state, delayed?.reason], ['planning', silent.message]);
  assert.equal(Date.parse(delayed?.givesUpAt ?? '') - Date.parse(delayed?.since ?? ''), 24 * hour);

  await bench.work(bench.flow, 5_000);
  const ended = await bench.flow.get(anna, id);
  assert.deepEqual([ended.state, ended.goesOn, ended.delayed], ['failed', 'plan', undefined]);
  assert.match(ended.trouble ?? '', /24 hours.*Microsoft Graph does not answer/);
  const waited = Date.parse(ended.finishedAt ?? '') - Date.parse(createdAt);
  assert.ok(waited >= 24 * hour && waited < 25 * hour, `${waited / hour} h`);
  assert.ok(tries() > 20 && tries() < 130, `${tries()} tries`);

  down = false;
  assert.equal((await bench.flow.plan(anna, id)).trouble, undefined);
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(anna, id)).state, 'ready');
});

test('a restore that stopped because a key is away goes on where it stood when the key is back', async () => {
  const bench = await restoreBench();
  const { id } = await ask(bench);
  await bench.work(bench.flow);
  await bench.flow.run(anna, id);
  const { restore } = bench.place.connector;
  const write = restore.write.bind(restore);
  let calls = 0;
  Object.assign(restore, {
    write: async (...asked: Parameters<typeof write>) => {
      if (++calls === 2) throw new Fault('key-unavailable', 'The key of an epoch is away', { origin: 'keys' });
      return write(...asked);
    },
  });
  await bench.work(bench.flow);
  const stopped = await bench.flow.get(anna, id);
  assert.deepEqual([stopped.state, stopped.goesOn, stopped.counts?.restored], ['failed', 'run', 1]);
  await bench.flow.run(anna, id);
  await bench.work(bench.flow);
  const { state, counts } = await bench.flow.get(anna, id);
  assert.deepEqual([state, counts?.restored, bench.place.objects.length], ['done', 3, 3]);
});

test('a request that is withdrawn while it waits for Microsoft 365 waits no more', async () => {
  const bench = await restoreBench();
  failing(bench, 'grade', () => silent);
  const { id } = await ask(bench);
  const [nudge] = bench.queue.take('restore', 1);
  await bench.flow.onNudge(id);
  nudge?.done();
  assert.notEqual((await bench.flow.get(anna, id)).delayed, undefined);
  const withdrawn = await bench.flow.withdraw(anna, id);
  assert.deepEqual([withdrawn.state, withdrawn.delayed], ['withdrawn', undefined]);
});

test('a restore that was given up goes on where it stood, and nothing comes back twice', async () => {
  const bench = await restoreBench();
  const { id } = await ask(bench);
  await bench.work(bench.flow);
  await bench.flow.run(anna, id);
  // The second item arrives with an answer that got lost, and from then on nobody tells whether it did.
  let down = false;
  failing(bench, 'find', () => (down ? busy : undefined));
  const { restore } = bench.place.connector;
  const write = restore.write.bind(restore);
  Object.assign(restore, {
    write: async (...order: Parameters<typeof write>) => {
      const written = await write(...order);
      if (bench.place.objects.length !== 2) return written;
      down = true;
      throw new Fault('unavailable', 'The answer got lost', { origin: 'graph', outcomeUnknown: true });
    },
  });
  await Promise.all([bench.work(bench.flow, 5_000), bench.clock.advance(60_000)]);
  const ended = await bench.flow.get(anna, id);
  assert.deepEqual([ended.state, ended.goesOn, ended.counts?.restored], ['failed', 'run', 1]);
  assert.match(ended.trouble ?? '', /asks to wait/);

  down = false;
  await bench.flow.run(anna, id);
  await bench.work(bench.flow);
  const done = await bench.flow.get(anna, id);
  assert.deepEqual([done.state, done.goesOn, done.trouble, done.counts?.restored], ['done', undefined, undefined, 3]);
  assert.deepEqual(bodies(bench), ['one', 'three', 'two']);
});

test('what gets on from time to time is never given up', async () => {
  const bench = await restoreBench(['one', 'two', 'three'], { jobMs: 0 });
  const { id } = await ask(bench);
  const since = bench.clock.now();
  let planned = 0;
  failing(bench, 'grade', () => {
    if (bench.clock.now() - since < 20 * hour * (planned + 1)) return silent;
    planned++;
    return undefined;
  });
  await bench.work(bench.flow, 5_000);
  assert.equal((await bench.flow.get(anna, id)).state, 'ready');
  assert.ok(bench.clock.now() - since > 59 * hour);
});

test('a service that asks to wait is left alone for so long, by the timer too', async () => {
  const bench = await restoreBench();
  const { id } = await ask(bench);
  failing(bench, 'grade', () => new Fault('throttled', 'Wait', { origin: 'graph', retryAfterMs: 50 * 60_000 }));
  const [nudge] = bench.queue.take('restore', 1);
  await bench.flow.onNudge(id);
  nudge?.done();
  await bench.clock.advance(45 * 60_000);
  await bench.flow.tick(false);
  assert.equal(bench.queue.take('restore', 1).length, 0);
});
