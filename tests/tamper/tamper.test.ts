import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeRecords } from '../../engine/records/makeRecords.ts';
import { openRepository } from '../../engine/repository/openRepository.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import { virtualClock } from '../../engine/testing/virtualClock.ts';
import { makeDeployment, tenant } from './deployment.ts';
import { observe } from './observe.ts';
import { inWords, tamperSweep } from './sweep.ts';
import { targetsOf } from './tampers.ts';

/** `npm run tamper` does ten thousand; as many of them as a change is worth waiting for. */
const SLICE = 300;

describe('storage that somebody changed behind our back', () => {
  it('has every kind of object, and gives back every mail while nobody touched it', async () => {
    const deployment = await makeDeployment();
    const kinds = [...targetsOf(deployment).keys()].toSorted();
    assert.deepEqual(kinds, [
      'audit row',
      'brake row',
      'catalog row',
      'change row',
      'config',
      'content pack',
      'damage count row',
      'damaged item row',
      'damaged point row',
      'deletion row',
      'ended blob',
      'evidence row',
      'head row',
      'hold row',
      'inspections list row',
      'inspections one row',
      'key record',
      'key wrap',
      'meta pack',
      'moved record',
      'outbox row',
      'point row',
      'policy row',
      'record blob',
      'records head row',
      'requests ends row',
      'requests list row',
      'requests request row',
      'resources row',
      'restore journal row',
      'root',
      'runs ends row',
      'runs list row',
      'runs run row',
      'setting row',
      'slice',
      'spilled blob',
      'version row',
    ]);
    const { notices, given } = await observe(deployment, deployment);
    assert.deepEqual(notices, []);
    assert.deepEqual(new Set(given).size, 4);
    assert.ok(given.every((bytes) => deployment.bodies.has(bytes)));
  });

  it('hides no resource from a list by a column that says something else than what was sealed', async () => {
    const deployment = await makeDeployment();
    const { blobs, tables, vault, now } = deployment;
    const ports = {
      blobs,
      tables,
      random: seededRandom('x'),
      clock: virtualClock({ startAt: new Date(now).toISOString() }),
    };
    const records = makeRecords({ ...ports, sealer: await openRepository(ports, { vault }, tenant) });
    const listed = async () => [
      (await records.resources.list({ workload: 'mail' })).value.map(({ id }) => id),
      (await records.resources.list({ state: 'protected' })).value.map(({ id }) => id),
      (await records.resources.list({ state: 'gone' })).value.map(({ id }) => id),
    ];
    const before = await listed();
    assert.equal(before[0]?.length, 2);
    for (const resource of deployment.resources)
      tables.tamper('records', 'resources', resource, (row) => ({
        ...row,
        columns: { ...row.columns, workload: 'drive', state: 'gone' },
      }));
    assert.deepEqual(await listed(), before);
  });

  it('is noticed whatever was changed, and none of it reaches the place that a restore writes to', async () => {
    const { counts, bad, total } = await tamperSweep(SLICE, 'npm test');
    assert.deepEqual(bad.map(inWords), []);
    assert.equal(total, SLICE);
    const of = (outcome: string) =>
      [...counts].reduce((sum, [at, count]) => (at.endsWith(`|${outcome}`) ? sum + count : sum), 0);
    assert.ok(of('named') > SLICE / 2, `${of('named')} of ${SLICE} were named`);
    assert.equal(of('told'), 0, 'what is told says which object it is');
  });
});
