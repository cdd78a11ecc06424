import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../fault.ts';
import { instant, type RequestId } from '../model/ids.ts';
import { changeRequest } from './requestStore.ts';
import { toBeTold } from './tellEnd.ts';
import { anna, restoreBench } from './testing/restoreBench.ts';

type Bench = Awaited<ReturnType<typeof restoreBench>>;

const asked = (bench: Bench) =>
  bench.flow.create(anna, {
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'original' },
    conflict: 'keepBoth',
    includePermissions: false,
  });
async function started(bench: Bench): Promise<RequestId> {
  const { id } = await asked(bench);
  await bench.work(bench.flow);
  await bench.flow.run(anna, id);
  return id;
}
const told = async (bench: Bench) => (await bench.records.outbox.list()).map(({ message }) => message);
const about = async (bench: Bench, requestId: RequestId) => {
  const { finishedAt } = await bench.flow.get(anna, requestId);
  return [{ kind: 'restored', requestId, finishedAt }];
};

test('a check that fails, a restore that is stopped, one that restores nothing and one that breaks are told', async () => {
  const bench = await restoreBench(['one']);
  Object.assign(bench.place.connector.restore, {
    grade: () => Promise.reject(new Fault('unauthorized', 'The credential is not accepted', { origin: 'graph' })),
  });
  const unplanned = await asked(bench);
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(anna, unplanned.id)).state, 'failed');
  assert.deepEqual(await told(bench), await about(bench, unplanned.id));

  const stopped = await restoreBench();
  const away = await started(stopped);
  stopped.left.add(anna.id);
  await stopped.work(stopped.flow);
  assert.deepEqual(await told(stopped), await about(stopped, away));

  const hopeless = await restoreBench(['lost one']);
  const nothing = await started(hopeless);
  await hopeless.work(hopeless.flow);
  assert.equal((await hopeless.flow.get(anna, nothing)).state, 'failed');
  assert.deepEqual(await told(hopeless), await about(hopeless, nothing));

  const broken = await restoreBench();
  const poisoned = await started(broken);
  for (let given = 0; given < 3; given++) await broken.flow.onPoisoned(poisoned);
  assert.equal((await broken.flow.get(anna, poisoned)).state, 'failed');
  assert.deepEqual(await told(broken), await about(broken, poisoned));
});

test('an end that the outbox did not take changes nothing of the restore and is told by the timer, once', async () => {
  const bench = await restoreBench();
  const id = await started(bench);
  const { outbox } = bench.records;
  const add = outbox.add.bind(outbox);
  Object.assign(outbox, { add: () => Promise.reject(new Fault('unavailable', 'Storage', { origin: 'storage' })) });
  await bench.work(bench.flow);
  const done = await bench.flow.get(anna, id);
  assert.deepEqual([done.state, done.delayed, done.trouble], ['done', undefined, undefined]);
  Object.assign(outbox, { add });
  await bench.flow.tick(false);
  const [waiting] = await outbox.list();
  assert.deepEqual([waiting?.message], await about(bench, id));
  await outbox.done(waiting?.id ?? '');
  await bench.flow.tick(false);
  assert.deepEqual(await told(bench), []);
});

test('whoever is slow to tell one end does not count a later end as told', async () => {
  const bench = await restoreBench();
  const id = await started(bench);
  const { outbox } = bench.records;
  const add = outbox.add.bind(outbox);
  Object.assign(outbox, {
    add: async (...message: Parameters<typeof add>) => {
      Object.assign(outbox, { add });
      await add(...message);
      await outbox.done(message[0]);
      // In between it was taken up again by another one and ended once more.
      const finishedAt = instant(bench.clock.now() + 60_000);
      await changeRequest(bench, id, (stored) => toBeTold({ ...stored, request: { ...stored.request, finishedAt } }));
    },
  });
  await bench.work(bench.flow);
  assert.deepEqual(await told(bench), []);
  await bench.flow.tick(false);
  assert.deepEqual(await told(bench), await about(bench, id));
});

test('the trouble of an undo is not told as an end of the restore', async () => {
  const bench = await restoreBench();
  const id = await started(bench);
  await bench.work(bench.flow);
  for (const { id: sent } of await bench.records.outbox.list()) await bench.records.outbox.done(sent);
  Object.assign(bench.place.connector.restore, {
    undo: () => Promise.reject(new Fault('unauthorized', 'Not accepted', { origin: 'graph' })),
  });
  await bench.flow.undo(anna, id);
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(anna, id)).undo?.state, 'failed');
  assert.deepEqual(await told(bench), []);
});

test('a restore that is cancelled in the middle is told once its job has said how far it came', async () => {
  const bench = await restoreBench();
  const id = await started(bench);
  const { restore } = bench.place.connector;
  const write = restore.write.bind(restore);
  let cancelled: readonly unknown[] | undefined;
  Object.assign(restore, {
    write: async (...order: Parameters<typeof write>) => {
      const written = await write(...order);
      // Past the next heartbeat, so that the job finds out.
      await bench.clock.advance(6_000);
      await bench.flow.cancel(anna, id);
      await bench.flow.tick(false);
      cancelled = await told(bench);
      return written;
    },
  });
  await bench.work(bench.flow);
  const { state, counts } = await bench.flow.get(anna, id);
  assert.deepEqual([state, counts?.restored, cancelled], ['cancelled', 1, []]);
  assert.deepEqual(await told(bench), await about(bench, id));
});

test('a stopped restore that is taken up again and cancelled before anybody works on it is told', async () => {
  const bench = await restoreBench();
  const id = await started(bench);
  const { restore } = bench.place.connector;
  const write = restore.write.bind(restore);
  let writes = 0;
  Object.assign(restore, {
    write: (...order: Parameters<typeof write>) =>
      ++writes === 1
        ? write(...order)
        : Promise.reject(new Fault('key-unavailable', 'The key is away', { origin: 'keys' })),
  });
  await bench.work(bench.flow);
  for (const { id: sent } of await bench.records.outbox.list()) await bench.records.outbox.done(sent);
  await bench.clock.advance(60_000);
  await bench.flow.run(anna, id);
  await bench.flow.cancel(anna, id);
  assert.deepEqual(await told(bench), await about(bench, id));
});
