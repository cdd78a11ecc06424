import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ResourceId } from '../../model/ids.ts';
import { boundaryFaults, boundary, faultAt } from '../../testing/boundary.ts';
import { makeRecords } from '../../records/makeRecords.ts';
import { anAuditEntry } from '../../testing/recordsWorld.ts';
import { rotateKeys } from '../rotateKeys.ts';
import { nonceRecorder } from './nonceRecorder.ts';
import { inPieces, minute, noise, publishRound, storedEntry, take, tenant, vault, world } from './world.ts';
import type { World } from './world.ts';

/** A round, a change of the records, a rotation, and both again: packs, pages, slices, roots, rows, columns, records. */
async function work(here: World, through: Parameters<World['open']>[0] = {}): Promise<void> {
  const ports = { blobs: here.blobs, tables: here.tables, ...through };
  for (const at of [1, 2]) {
    const repository = await here.open(ports);
    const writer = repository.packWriter();
    const stream = await writer.store('original', 'binary', inPieces(noise(5_000, at)));
    const packs = await writer.flush();
    const head = await take(repository, `job-${at}`, minute(at));
    const { point } = await publishRound(repository, here.random, head, at, [storedEntry(`m${at}`, stream)], [], packs);
    await repository.catalog.apply(point.resourceId, point.id);
    const records = makeRecords({ ...ports, sealer: repository, clock: here.clock, random: here.random });
    await records.audit.append(anAuditEntry(`at ${at}`));
    await records.outbox.add(`message-${at}`, { at });
    await rotateKeys({ ...ports, random: here.random, clock: here.clock }, { vault }, tenant, at);
  }
}

it('no key and nonce seal two contents, whatever is killed or lost, over a rotation', async () => {
  const clean = boundary();
  const model = world();
  await work(model, { blobs: clean.wrap('blobs', model.blobs), tables: clean.wrap('tables', model.tables) });
  let seen = 0;
  // Every third call: a fault at each of them is what the tests of commit and of keys do.
  for (const { number } of clean.calls.filter((_, index) => index % 3 === 0)) {
    for (const fault of boundaryFaults) {
      const here = world();
      const recorder = nonceRecorder();
      const process = boundary(faultAt(number, fault));
      const faulty = {
        blobs: recorder.blobs(process.wrap('blobs', here.blobs)),
        tables: recorder.tables(process.wrap('tables', here.tables)),
      };
      await Promise.allSettled([process.run(() => work(here, faulty))]);
      await work(here, { blobs: recorder.blobs(here.blobs), tables: recorder.tables(here.tables) });
      assert.deepEqual(recorder.reused, []);
      seen += recorder.seen;
    }
  }
  assert.ok(seen > 3_000, `${seen} pairs`);
});

it('a key and nonce that are used twice are found, in objects, records and rows', async () => {
  const here = world();
  const repository = await here.open();
  const sealed = Buffer.from(repository.sealColumn('records', 'records/outbox/a/value', Buffer.from('one')));
  const forged = Buffer.concat([sealed.subarray(0, 17), Buffer.from(sealed.subarray(17)).map((byte) => byte ^ 1)]);
  const recorder = nonceRecorder();
  recorder.sawRow('records', { partition: 'outbox', key: 'a', columns: { value0: sealed } });
  recorder.sawRow('records', { partition: 'runs', key: 'b', columns: { value0: sealed } });
  assert.deepEqual(recorder.reused, []);
  recorder.sawBlob('repository', 'records/now', forged);
  assert.equal(recorder.reused.length, 1);

  await work(here, { blobs: recorder.blobs(here.blobs), tables: recorder.tables(here.tables) });
  assert.equal(recorder.reused.length, 1);
  const root = here.blobs.dump().find(({ name }) => name.startsWith('points/'));
  assert.ok(root !== undefined);
  const changed = Uint8Array.from(root.bytes);
  changed[40] = (changed[40] ?? 0) ^ 1;
  recorder.sawBlob('repository', `points/${'cd'.repeat(16) as ResourceId}/x`, changed);
  assert.equal(recorder.reused.length, 2);
});
