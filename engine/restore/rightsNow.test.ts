import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../fault.ts';
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
const refused = (text: RegExp) => (error: unknown) => isFault(error, 'forbidden') && text.test(error.message);

test('a workload that the administrators keep to themselves is given back by nobody without a role, whichever way it is asked', async () => {
  const bench = await restoreBench();
  bench.selfService.workloads = ['drive'];
  await assert.rejects(bench.flow.create(anna, whole(bench)), refused(/self-service for Mail/));
  await assert.rejects(bench.flow.create(anna, whole(bench, { selection: { query: { q: 'one' } } })), (error) =>
    isFault(error, 'not-found'),
  );
  assert.equal((await bench.flow.create(admin, whole(bench, { reason: 'Asked by Anna' }))).state, 'planning');
  bench.selfService.workloads = ['mail'];
  assert.equal((await bench.flow.create(anna, whole(bench))).state, 'planning');
});

test('self-service that is switched off stops every door, a started restore too', async () => {
  const bench = await restoreBench();
  const asked = await bench.flow.create(anna, whole(bench));
  const started = await bench.flow.create(anna, whole(bench));
  await bench.work(bench.flow);
  await bench.flow.run(anna, started.id);
  bench.selfService.enabled = false;
  await bench.work(bench.flow);
  const { state, trouble } = await bench.flow.get(anna, started.id);
  assert.deepEqual([state, bench.place.objects.length], ['failed', 0]);
  assert.match(trouble ?? '', /self-service/);
  await assert.rejects(bench.flow.run(anna, asked.id), refused(/self-service/));
  await assert.rejects(bench.flow.create(anna, whole(bench)), refused(/self-service/));
});

test('downloads of own data follow their own switch up to the moment they are taken', async () => {
  const bench = await restoreBench();
  const made = await bench.flow.create(anna, whole(bench, { destination: { kind: 'download' } }));
  await bench.work(bench.flow);
  await bench.flow.run(anna, made.id);
  await bench.work(bench.flow);
  bench.selfService.download = false;
  await assert.rejects(bench.flow.download(anna, made.id), refused(/downloads/));
  await assert.rejects(
    bench.flow.create(anna, whole(bench, { destination: { kind: 'download' } })),
    refused(/downloads/),
  );
  assert.equal((await bench.flow.create(anna, whole(bench))).state, 'planning');
});
