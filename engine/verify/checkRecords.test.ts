import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeRecords } from '../records/makeRecords.ts';
import { anAuditEntry, aPolicy, recordsWorld, type RecordsWorld } from '../testing/recordsWorld.ts';
import { checkRecords } from './checkRecords.ts';

async function build(): Promise<RecordsWorld> {
  const world = recordsWorld();
  const records = makeRecords(world);
  await records.policies.create(aPolicy('one'), anAuditEntry('policy.create'));
  await records.policies.create(aPolicy('two'));
  await records.settings.put('access', { contentAccess: 'admins' });
  await records.audit.append(anAuditEntry('key.verify'));
  return world;
}
const look = (world: RecordsWorld) => checkRecords(world, makeRecords(world).audit);
const flip = (bytes: Uint8Array): Uint8Array => {
  bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
  return bytes;
};

describe('verification of the records', () => {
  it('finds nothing where nothing happened', async () => assert.deepEqual(await look(await build()), []));

  it('names every change that is damaged, cut, swapped or missing', async () => {
    const { blobs } = await build();
    const names = blobs.dump().flatMap(({ name }) => (name.startsWith('records/') ? [name] : []));
    assert.equal(names.length, 4);
    for (const name of names) {
      const other = blobs.dump().find((blob) => blob.name !== name && blob.name.startsWith('records/'));
      for (const change of [flip, () => undefined, (bytes: Uint8Array) => bytes.subarray(0, 20), () => other?.bytes]) {
        const world = await build();
        world.blobs.tamper('repository', name, change);
        const findings = await look(world);
        assert.ok(
          findings.some(({ area, object }) => area === 'records' && object === name),
          `${name}: ${JSON.stringify(findings)}`,
        );
      }
    }
  });

  it('sees every row that is gone, changed or put back', async () => {
    const rows = (await build()).tables.dump().filter(({ partition }) => partition === 'primary');
    for (const { key } of rows) {
      const world = await build();
      await world.tables.change('records', 'primary', { kind: 'remove', key });
      assert.ok((await look(world)).length > 0, `${key} gone`);
      const changed = await build();
      await changed.tables.change('records', 'primary', {
        kind: 'put',
        row: { partition: 'primary', key, columns: { value0: new Uint8Array(50) } },
      });
      assert.ok((await look(changed)).length > 0, `${key} changed`);
    }
  });

  it('sees the whole table put back to yesterday', async () => {
    const world = await build();
    const before = world.tables.dump();
    const records = makeRecords(world);
    await records.settings.put('access', { contentAccess: 'nobody' });
    await records.audit.append(anAuditEntry('settings.change'));
    for (const { key } of world.tables.dump()) await world.tables.change('records', 'primary', { kind: 'remove', key });
    for (const { key, partition, columns } of before)
      await world.tables.change('records', 'primary', { kind: 'put', row: { partition, key, columns } });
    const findings = await look(world);
    assert.ok(findings.some(({ detail }) => detail.includes('lacks the last 2 changes')));
  });
});
