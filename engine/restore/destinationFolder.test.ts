import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../model/ids.ts';
import type { ResourceId } from '../model/ids.ts';
import type { Destination } from '../model/restoreRequest.ts';
import { oneFolder } from './destinationFolder.ts';
import type { Actor } from './restoreFlow.ts';
import { admin, anna, restoreBench } from './testing/restoreBench.ts';

test('the folder of a request is named as it was asked for, else after its day, else by nothing', () => {
  const createdAt = instant(Date.parse('2026-11-21T23:30:00Z'));
  const folder = (destination: Destination, ...names: readonly string[]) =>
    oneFolder({ destination, createdAt, sources: names.map((name) => ({ id: name, name })) });
  const resourceId = 'a'.repeat(32) as ResourceId;
  assert.equal(folder({ kind: 'newFolder' }, 'Anna Berg', 'Ben Ode'), 'Restored 2026-11-21');
  assert.equal(folder({ kind: 'newFolder', name: 'Back' }, 'Anna Berg'), 'Back');
  assert.equal(folder({ kind: 'resource', resourceId }, 'Anna Berg'), 'Restored 2026-11-21 from Anna Berg');
  assert.equal(folder({ kind: 'resource', resourceId }, 'Anna Berg', 'Ben Ode'), undefined);
  assert.equal(folder({ kind: 'resource', resourceId, name: 'Back' }, 'Anna Berg', 'Ben Ode'), 'Back');
  assert.equal(folder({ kind: 'original' }, 'Anna Berg'), undefined);
  assert.equal(folder({ kind: 'download' }, 'Anna Berg'), undefined);
});

test('things come back into the folder that the request names', async () => {
  const wishes: readonly (readonly [Actor, (other: ResourceId) => Destination])[] = [
    [anna, () => ({ kind: 'newFolder' })],
    [admin, (resourceId) => ({ kind: 'resource', resourceId })],
  ];
  for (const [actor, destination] of wishes) {
    const bench = await restoreBench(['one']);
    bench.people.admins = ['admin'];
    bench.people.approvers = [];
    const made = await bench.flow.create(actor, {
      selection: { resourceId: bench.mailbox.id },
      destination: destination(bench.other.id),
      conflict: 'keepBoth',
      includePermissions: false,
      reason: 'Handover',
    });
    // A new name of the owner changes nothing that was asked for already.
    await bench.records.resources.put({ ...bench.mailbox, name: 'Anna Berg-Holm' });
    await bench.work(bench.flow);
    await bench.flow.run(actor, made.id);
    await bench.work(bench.flow);
    const folder = oneFolder(await bench.flow.get(actor, made.id));
    assert.match(folder ?? '', /^Restored \d{4}-\d\d-\d\d/);
    assert.ok(bench.place.objects[0]?.container.includes(`/${folder ?? '-'}/`), bench.place.objects[0]?.container);
  }
});
