import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunId } from '../model/ids.ts';
import { everyResource } from '../records/everyResource.ts';
import { verifyAll } from '../verify/testing/verifyWorld.ts';
import { backupWorld, type BackupWorld } from './testing/backupWorld.ts';

/** One mailbox with a restore point, whose record somebody changed by one bit. */
async function build(): Promise<BackupWorld> {
  const world = await backupWorld({ style: 'drive' });
  world.source.put('a', undefined, 'content of a '.repeat(300));
  await world.run();
  flip(world);
  return world;
}

const flip = (world: BackupWorld): void =>
  world.tables.tamper('records', 'resources', world.resource, (row) => {
    const sealed = row.columns['value0'];
    assert.ok(sealed instanceof Uint8Array);
    const bytes = Uint8Array.from(sealed);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    return { ...row, columns: { ...row.columns, value0: bytes } };
  });

describe('a record of a resource that does not open', () => {
  it('keeps nobody from the list, and is named', async () => {
    const world = await backupWorld({ style: 'drive' });
    await world.run();
    const { records } = (await world.start()).services;
    const known = (await records.resources.get(world.resource))?.value ?? assert.fail('it is known');
    flip(world);
    const other = { ...known, id: 'f'.repeat(32) as typeof world.resource, sourceId: 'other' };
    await records.resources.put(other);
    const { resources, unreadable } = await everyResource(records, { workload: 'none' });
    assert.deepEqual([resources, unreadable], [[], [world.resource]], 'it may be of any workload');
    assert.deepEqual((await everyResource(records)).resources, [other]);
  });

  it('makes a run partial that could not look at it, and stays as it is for somebody to bring back', async () => {
    const world = await build();
    const before = JSON.stringify(world.tables.dump().filter(({ partition }) => partition === 'resources'));
    world.nextSlot();
    const id: RunId = await world.run();
    const { records } = (await world.start()).services;
    const run = (await records.runs.get(id))?.value;
    assert.deepEqual([run?.state, run?.overlooked], ['completed', true]);
    assert.notEqual(run?.status, 'complete');
    assert.match(run?.reason ?? '', /The record of a resource cannot be read/);
    assert.equal(
      JSON.stringify(world.tables.dump().filter(({ partition }) => partition === 'resources')),
      before,
      'discovery does not write over it',
    );
  });

  it('is a finding of a verification, which reads its restore points all the same', async () => {
    const world = await build();
    const { verification, findings } = await verifyAll(world);
    assert.deepEqual(
      findings.map(({ area, kind, object }) => [area, kind, object]),
      [['records', 'corrupt', `records/resources/${world.resource}`]],
    );
    assert.equal(verification.looked.points, 1);
  });
});
