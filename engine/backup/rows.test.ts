import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeRecords } from '../records/makeRecords.ts';
import type { Versioned } from '../records/records.ts';
import type { ResourceId, RunId } from '../model/ids.ts';
import type { RunResource } from '../model/run.ts';
import { boundary } from '../testing/boundary.ts';
import { aRunResource, recordsWorld } from '../testing/recordsWorld.ts';
import type { BackupServices } from './backupServices.ts';
import { changeRow } from './rows.ts';

const [run, resource] = ['run' as RunId, 'r1' as ResourceId];

async function planned() {
  const world = recordsWorld();
  const observed = boundary();
  const tables = observed.wrap('tables', world.tables);
  const services = { records: makeRecords({ ...world, tables }) } as unknown as BackupServices;
  const { resources } = services.records.runs;
  await resources.plan(run, [aRunResource('run', 'r1')]);
  const known = (await resources.get(run, resource)) as Versioned<RunResource>;
  const before = observed.calls.length;
  const beat = (row: RunResource): RunResource => ({ ...row, tries: (row.tries ?? 0) + 1 });
  return {
    resources,
    known,
    change: (from?: Versioned<RunResource>) => changeRow(services, run, resource, beat, from),
    reads: () => observed.calls.slice(before).filter(({ name }) => name === 'tables.get').length,
  };
}

describe('the row of a resource in a run', () => {
  it('is not read by whoever wrote it last', async () => {
    const { known, change, reads } = await planned();
    const once = await change(known);
    const twice = await change(once);
    assert.equal(reads(), 0);
    assert.equal(twice?.value.tries, 2);
  });

  it('is read again where somebody else changed it since, and keeps what they wrote', async () => {
    const { resources, known, change } = await planned();
    await resources.update({ ...known.value, reason: 'It waits' }, known.etag);
    const changed = await change(known);
    assert.deepEqual([changed?.value.reason, changed?.value.tries], ['It waits', 1]);
    assert.deepEqual((await resources.get(run, resource))?.value, changed?.value);
  });

  it('stays closed when somebody closed it since', async () => {
    const { resources, known, change } = await planned();
    await resources.update({ ...known.value, state: 'cancelled' }, known.etag);
    assert.equal(await change(known), undefined);
    assert.equal((await resources.get(run, resource))?.value.state, 'cancelled');
  });
});
