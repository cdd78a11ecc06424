import assert from 'node:assert/strict';
import { it } from 'node:test';
import { admin, restoreBench } from '../../../../engine/restore/testing/restoreBench.ts';

it('what is restored to another mailbox lies there, and nothing of it anywhere else', async () => {
  const bench = await restoreBench(['one', 'two']);
  bench.people.admins = ['admin'];
  bench.people.approvers = [];
  const made = await bench.flow.create(admin, {
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'resource', resourceId: bench.other.id, name: 'From Anna' },
    conflict: 'keepBoth',
    includePermissions: false,
    reason: 'Handover',
  });
  await bench.work(bench.flow);
  await bench.flow.run(admin, made.id);
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(admin, made.id)).state, 'done');
  assert.equal(bench.place.objects.length, 2);
  for (const { container } of bench.place.objects) assert.ok(container.startsWith(`${bench.other.id}/`), container);
});
