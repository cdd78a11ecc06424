import assert from 'node:assert/strict';
import { it } from 'node:test';
import { restoreBench } from '../../engine/restore/testing/restoreBench.ts';
import { scan, type ScanOrder, type ScanPlace, type ScanStep } from './scan.ts';

it('finds the newest of all mailboxes first and the deleted after them, from any place that it stopped at', async () => {
  const bench = await restoreBench(['one', 'two', 'three', 'four'], {}, (number) => (number - 2) * 10);
  await bench.loses(bench.mailbox, 1);
  await bench.loses(bench.mailbox, 3);
  const resources = [bench.mailbox, bench.other].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const { repository } = bench;
  const order: ScanOrder = {
    resources,
    repository,
    matches: ({ container }) => !container,
    deleted: true,
    now: () => bench.clock.now(),
  };
  const named = (steps: readonly ScanStep[]) =>
    steps.flatMap(({ hit }) =>
      hit === undefined ? [] : [`${hit.entry.name}${hit.deletedAt === undefined ? '' : ' gone'}`],
    );
  const steps = await Array.fromAsync(scan(order));
  const whole = ['one 0', 'three 2', 'hello 0', 'four 3 gone', 'two 1 gone'];
  assert.deepEqual(named(steps).toSorted(), whole.toSorted());
  assert.deepEqual(named(steps).slice(3), whole.slice(3));
  const moments = steps.flatMap(({ hit }) => (hit?.deletedAt === undefined ? (hit?.entry.receivedAt ?? []) : []));
  assert.deepEqual(moments, moments.toSorted().toReversed());
  assert.equal(steps.at(-1)?.resourcesDone, 2);
  for (const [index, { place }] of steps.entries()) {
    const kept = JSON.parse(JSON.stringify(place)) as ScanPlace;
    const rest = await Array.fromAsync(scan(order, kept));
    assert.deepEqual(named(rest), named(steps.slice(index + 1)), `from step ${index}`);
  }
});

it('names a copy that cannot be read once, wherever it is met, and gives all hits of the others', async () => {
  const bench = await restoreBench(['one', 'two']);
  await bench.loses(bench.other, 0);
  const resources = [bench.mailbox, bench.other].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (const { container, name } of bench.blobs.dump())
    if (name.startsWith(`points/${bench.other.id}/`)) bench.blobs.tamper(container, name, (bytes) => bytes.subarray(1));
  const repository = await bench.opened();
  const order: ScanOrder = {
    resources,
    repository,
    matches: ({ container }) => !container,
    deleted: true,
    now: () => bench.clock.now(),
  };
  const steps = await Array.fromAsync(scan(order));
  assert.deepEqual(
    steps.flatMap(({ hit }) => hit?.entry.name ?? []),
    ['one 0', 'two 1'],
  );
  assert.deepEqual([...new Set(steps.flatMap(({ unreadable }) => unreadable.map(({ name }) => name)))], ['Ben Ode']);
});
