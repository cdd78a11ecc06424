import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RequestId, RunId, UserId } from '../model/ids.ts';
import { anAuditEntry, aPolicy, aResource, aRun, aRunResource, recordsWorld } from '../testing/recordsWorld.ts';
import { makeRecords } from './makeRecords.ts';

const canary = 'Canary-Ωmega';

describe('what lies in storage', () => {
  it('shows no name, address, reason, person or request to who has no key', async () => {
    const world = recordsWorld();
    const records = makeRecords(world);
    const person = canary as UserId;
    await records.policies.create(
      aPolicy('p', {
        name: canary,
        createdBy: person,
        scope: {
          include: [],
          exclude: [{ kind: 'user', sourceId: canary, reason: canary }],
          workloads: [],
          autoInclude: true,
        },
      }),
    );
    await records.resources.put(
      aResource('r', {
        name: canary,
        address: canary,
        sourceId: canary,
        ownerId: person,
        reason: canary,
        kind: canary,
      }),
    );
    await records.runs.create(aRun('run', 1, { startedBy: person, reason: canary }));
    await records.runs.resources.plan('run' as RunId, [{ ...aRunResource('run', 'r'), reason: canary }]);
    await records.requests.create('q' as RequestId, { reason: canary }, canary);
    await records.requests.journal.put('q' as RequestId, 'item/1', { name: canary });
    await records.requests.journal.put('q' as RequestId, 'item/2', { name: canary.repeat(100_000) });
    await records.settings.put('setting', { name: canary });
    await records.audit.append({
      ...anAuditEntry('restore.run', { item: canary }),
      who: person,
      name: canary,
      from: canary,
    });
    await records.outbox.add('o', { text: canary });

    const rows = world.tables.dump();
    const blobs = world.blobs.dump();
    assert.ok(rows.length >= 12 && blobs.length >= 4);
    const forms = [
      canary,
      encodeURIComponent(canary),
      Buffer.from(canary).toString('base64').slice(0, 12),
      Buffer.from(canary).toString('hex'),
    ];
    const everything = [
      ...rows.flatMap((row) => [row.partition, row.key, ...Object.values(row.columns)]),
      ...blobs.flatMap(({ name, bytes }) => [name, bytes]),
    ];
    for (const value of everything) {
      const bytes = value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value));
      for (const form of forms) {
        assert.equal(bytes.includes(form), false);
        assert.equal(bytes.includes(Buffer.from(form, 'utf16le')), false);
      }
    }
  });
});
