import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RestoreSide } from '../connector.ts';
import { Fault } from '../fault.ts';
import type { ConflictRule } from '../model/restoreRequest.ts';
import { anna, restoreBench } from './testing/restoreBench.ts';

type Bench = Awaited<ReturnType<typeof restoreBench>>;
const hour = 3_600_000;
const silent = new Fault('unavailable', 'Microsoft Graph does not answer', { origin: 'graph' });
const lost = new Fault('unavailable', 'The answer got lost', { origin: 'graph', outcomeUnknown: true });

/** A restore of Anna's mailbox that was started and that no job took up yet. */
async function started(bench: Bench, conflict: ConflictRule = 'keepBoth') {
  const { id } = await bench.flow.create(anna, {
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'original' },
    conflict,
    includePermissions: false,
  });
  await bench.work(bench.flow);
  await bench.flow.run(anna, id);
  return id;
}

/** Every call of the place goes through `gate`, which may throw before it takes effect. */
function gated(bench: Bench, gate: (name: keyof RestoreSide, asked: readonly unknown[]) => void): void {
  const { restore } = bench.place.connector;
  for (const name of Object.keys(restore) as (keyof RestoreSide)[]) {
    const real = restore[name].bind(restore) as (...asked: unknown[]) => Promise<unknown>;
    Object.assign(restore, {
      [name]: async (...asked: unknown[]) => {
        gate(name, asked);
        return real(...asked);
      },
    });
  }
}
const bodies = (bench: Bench): string[] => bench.place.objects.map((one) => one.bytes).toSorted();

test('an outage in the middle of a restore pauses it, costs no item, and nothing comes back twice', async () => {
  const bench = await restoreBench(['one', 'two', 'three', 'four']);
  const id = await started(bench);
  // An item arrives with an answer that got lost; from then on nothing gets an answer for three hours.
  bench.place.troubles.push({ fault: lost, after: true });
  let downUntil: number | undefined;
  gated(bench, () => {
    if (bench.place.objects.length === 1) downUntil ??= bench.clock.now() + 3 * hour;
    if (downUntil !== undefined && bench.clock.now() < downUntil) throw silent;
  });
  const [nudge] = bench.queue.take('restore', 1);
  await bench.flow.onNudge(id);
  nudge?.done();
  const paused = await bench.flow.get(anna, id);
  assert.deepEqual([paused.state, paused.delayed?.reason], ['running', silent.message]);
  await bench.work(bench.flow);
  const { state, counts, delayed } = await bench.flow.get(anna, id);
  assert.deepEqual([state, delayed, counts?.restored, counts?.failed], ['done', undefined, 4, 0]);
  assert.deepEqual(bodies(bench), ['four', 'one', 'three', 'two']);
});

test('an item that the service never answers for fails alone, without a pause for the others', async () => {
  const bench = await restoreBench();
  const id = await started(bench);
  const began = bench.clock.now();
  let tries = 0;
  gated(bench, (name, [, , entry]) => {
    if (name !== 'write' || !(entry as { name: string }).name.startsWith('two')) return;
    tries++;
    throw silent;
  });
  await bench.work(bench.flow);
  const { state, counts } = await bench.flow.get(anna, id);
  assert.deepEqual([state, counts?.restored, counts?.failed, tries], ['done', 2, 1, 4]);
  assert.ok(bench.clock.now() - began < 5 * 60_000);
  const { value } = await bench.flow.results(anna, id);
  assert.deepEqual(
    value.filter(({ outcome }) => outcome === 'failed').map(({ name, reason }) => [name, reason]),
    [['two 1', silent.message]],
  );
});

test('a host that stops while the folder is looked at, and storage that is away then, fail no item', async () => {
  for (const met of [
    new Fault('cancelled', 'The host stops'),
    new Fault('stale-fence', 'Another job took over'),
    new Fault('unavailable', 'Storage is busy', { origin: 'storage' }),
    new Fault('key-unavailable', 'The key is disabled', { origin: 'keys' }),
  ]) {
    const bench = await restoreBench();
    const id = await started(bench);
    let isOver = false;
    gated(bench, (name, [, , entry]) => {
      if (isOver) return;
      if (name === 'findContainer') {
        isOver = true;
        throw met;
      }
      if (name === 'write' && (entry as { name: string }).name.startsWith('two')) throw silent;
    });
    await bench.work(bench.flow);
    await bench.clock.advance(hour);
    await bench.flow.tick(true);
    await bench.work(bench.flow);
    if ((await bench.flow.get(anna, id)).goesOn === 'run') await bench.flow.run(anna, id);
    await bench.work(bench.flow);
    const { state, counts } = await bench.flow.get(anna, id);
    assert.deepEqual([isOver, state, counts?.restored, counts?.failed], [true, 'done', 3, 0], met.message);
  }
});

test('a job that lost the request while the folder was looked at writes nothing about the item any more', async () => {
  const bench = await restoreBench();
  const id = await started(bench);
  const other = bench.flowOf(undefined, 'other');
  const { restore } = bench.place.connector;
  const findContainer = restore.findContainer.bind(restore);
  let isOver = false;
  const [nudge] = bench.queue.take('restore', 1);
  const slow = bench.flowOf();
  gated(bench, (name, [, , entry]) => {
    if (!isOver && name === 'write' && (entry as { name: string }).name.startsWith('two')) throw silent;
  });
  Object.assign(restore, {
    findContainer: async (...asked: Parameters<typeof findContainer>) => {
      if (isOver) return findContainer(...asked);
      isOver = true;
      await other.onNudge(id);
      throw silent;
    },
  });
  await slow.onNudge(id);
  nudge?.done();
  const { state, counts } = await bench.flow.get(anna, id);
  assert.deepEqual([isOver, state, counts?.restored, counts?.failed], [true, 'done', 3, 0]);
  const { value } = await bench.flow.results(anna, id);
  assert.deepEqual(
    value.map(({ outcome }) => outcome),
    ['restored', 'restored', 'restored'],
  );
});

test('an outage of more than a day ends the restore by name; what is left comes back when it is asked to go on', async () => {
  const bench = await restoreBench();
  const id = await started(bench);
  let isOver = false;
  gated(bench, () => {
    if (!isOver && bench.place.objects.length === 1) throw silent;
  });
  await bench.work(bench.flow, 5_000);
  const ended = await bench.flow.get(anna, id);
  assert.deepEqual([ended.state, ended.goesOn, ended.counts?.failed], ['failed', 'run', 0]);
  assert.match(ended.trouble ?? '', /24 hours.*does not answer/);
  isOver = true;
  await bench.flow.run(anna, id);
  await bench.work(bench.flow);
  const { state, counts } = await bench.flow.get(anna, id);
  assert.deepEqual([state, counts?.restored, counts?.failed], ['done', 3, 0]);
  assert.deepEqual(bodies(bench), ['one', 'three', 'two']);
});

/** A restore that is to replace the first of Anna's mails, started and not taken up yet. */
async function replacing(bench: Bench) {
  bench.place.objects.push({
    id: 'live',
    container: `${bench.mailbox.id}/inbox`,
    name: 'one 0',
    bytes: 'live',
    tag: 1,
  });
  const home = [{ name: 'Posteingang', role: 'inbox', kind: 'mailFolder' }];
  await bench.place.connector.restore.container(bench.mailbox, home, { signal: new AbortController().signal });
  return started(bench, 'replace');
}
const standing = (bench: Bench): string[] =>
  bench.place.objects.filter(({ retired }) => retired !== true).map(({ bytes }) => bytes);

test('an outage between the new copy and the removal of the old one waits with both, and ends with one', async () => {
  const bench = await restoreBench(['one']);
  const id = await replacing(bench);
  let downUntil: number | undefined;
  let retirings = 0;
  let writes = 0;
  gated(bench, (name) => {
    if (name === 'write') writes++;
    if (name === 'retire' && ++retirings === 1) downUntil = bench.clock.now() + hour;
    if (downUntil !== undefined && bench.clock.now() < downUntil) throw silent;
  });
  await bench.work(bench.flow);
  const { state, counts } = await bench.flow.get(anna, id);
  assert.deepEqual([state, counts?.replaced, counts?.failed, writes], ['done', 1, 0, 1]);
  assert.deepEqual(standing(bench), ['one']);
});

/** The next answers to moving the old copy away get lost after it was moved. */
function loseRetirings(bench: Bench, answers: number): { tries: number } {
  const { restore } = bench.place.connector;
  const retire = restore.retire.bind(restore);
  const seen = { tries: 0 };
  Object.assign(restore, {
    retire: async (...asked: Parameters<typeof retire>) => {
      await retire(...asked);
      if (++seen.tries <= answers) throw lost;
    },
  });
  return seen;
}

test('the old copy is moved away with an answer that got lost: it is asked again, and counts as replaced', async () => {
  const bench = await restoreBench(['one']);
  const id = await replacing(bench);
  const seen = loseRetirings(bench, 1);
  await bench.work(bench.flow);
  const { counts } = await bench.flow.get(anna, id);
  assert.deepEqual([counts?.replaced, counts?.failed, seen.tries], [1, 0, 2]);
});

test('where nobody knows whether the old copy is gone, an undo leaves the new one', async () => {
  const bench = await restoreBench(['one', 'two']);
  const id = await replacing(bench);
  const seen = loseRetirings(bench, Infinity);
  await bench.work(bench.flow);
  const { state, counts } = await bench.flow.get(anna, id);
  assert.deepEqual([state, counts?.restored, counts?.failed, seen.tries], ['done', 1, 1, 4]);
  await bench.flow.undo(anna, id);
  await bench.work(bench.flow);
  const { undone } = await bench.flow.get(anna, id);
  assert.deepEqual([undone?.removed, undone?.kept, standing(bench)], [1, 1, ['one']]);
});

test('an old copy that is gone already is out of the way', async () => {
  const bench = await restoreBench(['one']);
  const id = await replacing(bench);
  Object.assign(bench.place.connector.restore, {
    retire: () => Promise.reject(new Fault('not-found', 'There is no such message', { origin: 'graph' })),
  });
  await bench.work(bench.flow);
  const { counts } = await bench.flow.get(anna, id);
  assert.deepEqual([counts?.replaced, counts?.failed], [1, 0]);
});
