import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { closeRow, changeRow, changeRun } from './rows.ts';
import { startPolicyRun } from './startRun.ts';
import { mailbox } from './testing/mailbox.ts';

/** A run that is planned; nothing of it was worked on. */
async function planned() {
  const world = await mailbox(2);
  const process = await world.start();
  const run = await startPolicyRun(process.services, world.policy, 'schedule');
  await world.handleDue(process);
  const { services } = process;
  const rowNow = async () => (await services.records.runs.resources.get(run, world.resource))?.value;
  const stored = async () => (await services.records.resources.get(world.resource))?.value;
  return { world, services, run, rowNow, stored };
}

/** A write before the first call of which somebody else writes. */
function first<Args extends readonly unknown[], Answer>(
  other: () => Promise<unknown>,
  write: (...args: Args) => Promise<Answer>,
): (...args: Args) => Promise<Answer> {
  let isFirst = true;
  return async (...args) => {
    if (isFirst) {
      isFirst = false;
      await other();
    }
    return write(...args);
  };
}

describe('a row of a run', () => {
  it('keeps what somebody else wrote between the reading and the writing of a change', async () => {
    const { services, run, world, rowNow } = await planned();
    const { resources } = services.records.runs;
    const before = await resources.get(run, world.resource);
    assert.ok(before);
    const raced = {
      ...resources,
      update: first(
        () => resources.update({ ...before.value, tries: 7 }, before.etag),
        resources.update.bind(resources),
      ),
    };
    const racing = {
      ...services,
      records: { ...services.records, runs: { ...services.records.runs, resources: raced } },
    };
    await changeRow(racing, run, world.resource, (row) => ({ ...row, reason: 'slow' }), before);
    assert.deepEqual([(await rowNow())?.tries, (await rowNow())?.reason], [7, 'slow']);
  });

  it('that is closed is not closed again, nor changed', async () => {
    const { services, run, world, rowNow, stored } = await planned();
    const resource = await stored();
    assert.ok(resource);
    await closeRow(services, run, resource, { state: 'failed', status: 'failed', reason: 'first' });
    await closeRow(services, run, resource, { state: 'done', status: 'complete' });
    assert.equal(await changeRow(services, run, world.resource, (row) => ({ ...row, tries: 9 })), undefined);
    assert.deepEqual([(await rowNow())?.status, (await rowNow())?.reason], ['failed', 'first']);
    assert.equal((await stored())?.state, 'failing');
  });
});

describe('the outcome on a resource', () => {
  it('does not bring back who left or was taken out while the run worked', async () => {
    for (const state of ['gone', 'excluded', 'notProtected', 'paused'] as const) {
      const { services, run, world, stored } = await planned();
      const before = await services.records.resources.get(world.resource);
      assert.ok(before);
      await services.records.resources.put({ ...before.value, state }, before.etag);
      await closeRow(services, run, before.value, { state: 'done', status: 'complete' });
      assert.equal((await stored())?.state, state);
    }
  });

  it('is shown on what the resource is by now, when somebody wrote it meanwhile', async () => {
    const { services, run, world, stored } = await planned();
    const before = await services.records.resources.get(world.resource);
    assert.ok(before);
    const known = services.records.resources;
    const renaming = () => known.put({ ...before.value, name: 'Anna Berg-Ode' }, before.etag);
    const resources = { ...known, put: first(renaming, known.put.bind(known)) };
    const racing = { ...services, records: { ...services.records, resources } };
    await closeRow(racing, run, before.value, {
      state: 'done',
      status: 'partial',
      reason: 'One item could not be read',
    });
    const after = await stored();
    assert.deepEqual([after?.name, after?.state], ['Anna Berg-Ode', 'partial']);
  });
});

describe('a run record', () => {
  it('keeps what somebody else wrote between the reading and the writing of a change', async () => {
    const { services, run } = await planned();
    const { runs } = services.records;
    const before = await runs.get(run);
    assert.ok(before);
    const cancelling = () => runs.update({ ...before.value, state: 'cancelling' }, before.etag);
    const racing = {
      ...services,
      records: { ...services.records, runs: { ...runs, update: first(cancelling, runs.update.bind(runs)) } },
    };
    await changeRun(racing, run, (current) => ({ ...current, reason: 'slow' }));
    const after = (await services.records.runs.get(run))?.value;
    assert.deepEqual([after?.state, after?.reason], ['cancelling', 'slow']);
    assert.equal(await changeRun(services, run, () => undefined), undefined);
  });
});
