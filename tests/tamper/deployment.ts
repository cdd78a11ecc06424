import { aPolicy } from '../../engine/testing/recordsWorld.ts';
import { instant } from '../../engine/model/ids.ts';
import type { ItemId, PackId, PolicyId, PointId, ResourceId, RunId, UserId } from '../../engine/model/ids.ts';
import { noCounts } from '../../engine/model/ledger.ts';
import type { Run } from '../../engine/model/run.ts';
import type { KeyWrapper } from '../../engine/ports/keyWrapper.ts';
import type { NewAuditEntry, Records } from '../../engine/records/records.ts';
import { makeRecoveryKey, recoveryKeyWrapper } from '../../engine/repository/recoveryKey.ts';
import { replaceRecoveryKey, rewrapKeys, rotateKeys } from '../../engine/repository/rotateKeys.ts';
import { admin, restoreBench } from '../../engine/restore/testing/restoreBench.ts';
import type { MemoryBlobStore } from '../../engine/testing/memoryBlobStore.ts';
import { memoryKeyWrapper } from '../../engine/testing/memoryKeyWrapper.ts';
import type { MemoryTableStore } from '../../engine/testing/memoryTableStore.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';

export const tenant = 'tenant';

/** The restore points that a resource shows. */
export interface ShownPoints {
  readonly resource: ResourceId;
  readonly points: readonly PointId[];
}

/** What a deployment keeps, and the keys that open it. */
export interface Deployment {
  readonly blobs: MemoryBlobStore;
  readonly tables: MemoryTableStore;
  /** The tables as they were earlier, all of them valid then. */
  readonly earlier: readonly MemoryTableStore[];
  readonly vault: KeyWrapper;
  readonly recovery: KeyWrapper;
  readonly resources: readonly ResourceId[];
  readonly shown: readonly ShownPoints[];
  readonly now: number;
  /** Every body that some version of a mail has ever had. */
  readonly bodies: ReadonlySet<string>;
}

const body = (name: string): string => `${name} ${seededRandom(name).bytes(400).toString()}`;

/**
 * A tenant of two mailboxes with several restore points, keys of two epochs wrapped for three keys, rewritten packs,
 * policies, settings, holds, a brake, a change that waits, audit, a run and a restore that ended, a verification and the
 * damage it found, and messages that wait.
 */
export async function makeDeployment(): Promise<Deployment> {
  const bodies = ['one', 'two', 'three', 'four', 'five', 'six'].map(body);
  const bench = await restoreBench(bodies);
  const { blobs, tables, clock, repository, records, mailbox, other } = bench;
  const random = seededRandom('tampering');
  const vault = memoryKeyWrapper();
  const recovery = recoveryKeyWrapper(makeRecoveryKey(random), random);
  const ports = { blobs, random, clock };
  const earlier: MemoryTableStore[] = [];
  const noted = (action: string): NewAuditEntry => ({
    at: instant(clock.now()),
    who: 'system',
    action,
    on: { made: 'here' },
    result: 'done',
  });

  await records.policies.create(aPolicy('first'), noted('policy.create'));
  const second = await records.policies.create(aPolicy('second', { order: 2 }), noted('policy.create'));
  await records.settings.put('notifications', { report: 'always' }, undefined, noted('settings.change'));
  await records.outbox.add('message-1', { kind: 'approval', requestId: 'r' });
  await bench.loses(mailbox, 1);
  earlier.push(tables.fork());

  await replaceRecoveryKey(ports, { vault }, tenant, recovery);
  await rotateKeys(ports, { vault }, tenant, 1);
  await repository.keys.lookAgain();
  await rewrapKeys(ports, { vault }, tenant, vault);

  const run = aRun('a'.repeat(32), second.value.id, clock.now());
  await records.runs.create(run);
  const stored = await records.runs.get(run.id);
  await records.policies.update(aPolicy('second', { order: 3, name: 'Renamed' }), second.etag, noted('policy.change'));
  earlier.push(tables.fork());
  await records.runs.update(
    { ...run, state: 'completed', status: 'partial', finishedAt: instant(clock.now()) },
    stored?.etag ?? '',
  );
  const wish = {
    selection: { resourceId: other.id },
    destination: { kind: 'original' },
    conflict: 'keepBoth',
    includePermissions: false,
    reason: 'lost',
  } as const;
  const request = await bench.flow.create(admin, wish);
  await bench.work(bench.flow);
  await bench.flow.run(admin, request.id);
  await bench.work(bench.flow);
  await bench.loses(mailbox, 3);
  await keepRecords(records, mailbox.id, clock.now(), noted);
  await noteDamage(bench);
  await records.outbox.add('message-2', { kind: 'restored', requestId: request.id });
  for (const action of ['content.read', 'content.read', 'key.verify']) await records.audit.append(noted(action));
  earlier.push(tables.fork());
  await bench.loses(mailbox, 4);
  await rewrite(bench);
  const resources = [mailbox.id, other.id];

  return {
    blobs,
    tables,
    earlier,
    vault,
    recovery,
    resources,
    shown: await Promise.all(
      resources.map(async (resource) => ({
        resource,
        points: (await repository.points.list(resource)).points.map(({ id }) => id),
      })),
    ),
    now: clock.now(),
    bodies: new Set([...bodies, 'hello from ben']),
  };
}

/** A legal hold, a brake, a change that waits, and a verification whose result is too large for a row. */
async function keepRecords(
  { holds, brakes, waitingChanges, inspections }: Records,
  resourceId: ResourceId,
  now: number,
  noted: (action: string) => NewAuditEntry,
): Promise<void> {
  const at = instant(now);
  const setBy = 'ada' as UserId;
  const hold = { id: 'hold-1', on: { kind: 'user', sourceId: 'anna' }, reason: 'case 12', setBy, setAt: at } as const;
  await holds.create(hold.id, hold, noted('hold.set'));
  const runId = 'r'.repeat(32) as RunId;
  await brakes.create(
    resourceId,
    { resourceId, since: at, runId, changed: 80, removed: 20, of: 120 },
    noted('brake.set'),
  );
  const wish = { kind: 'releaseHold', holdId: hold.id } as const;
  await waitingChanges.create(
    'change-1',
    { id: 'change-1', wish, askedBy: setBy, askedAt: at, state: 'asked' },
    noted('change.ask'),
  );
  await inspections.create('inspection-1', 'verify', now, { state: 'done', notes: 'all well '.repeat(90_000) });
  await inspections.evidence.put('inspection-1', [
    { key: 'finding-1', value: { object: 'packs/aa', kind: 'corrupt' } },
  ]);
}

/** Verification found the newest mail of the mailbox damaged. */
async function noteDamage({ repository, mailbox, clock }: Awaited<ReturnType<typeof restoreBench>>): Promise<void> {
  const [point] = (await repository.points.list(mailbox.id)).points;
  if (point === undefined) throw new Error('The mailbox has no restore point');
  await repository.damage.note(mailbox.id, [
    {
      itemId: repository.idOf('mail', 'anna', '0') as ItemId,
      at: instant(clock.now()),
      point: point.id,
      points: [point.id],
      kind: 'corrupt',
      area: 'content',
      inNewest: true,
      sourceId: '0',
      name: 'one 0',
      reason: 'a chunk is not what was written',
      packs: [],
    },
  ]);
  await repository.damage.notePoints(mailbox.id, [point.id]);
}

/** One pack of content is written anew, as the sweep does it, and the old one is gone. */
async function rewrite({ blobs, repository, mailbox }: Awaited<ReturnType<typeof restoreBench>>): Promise<void> {
  const roots: { resource: ResourceId; point: PointId }[] = [];
  for await (const point of repository.pointsFromBlobs(mailbox.id))
    roots.push({ resource: point.resourceId, point: point.id });
  const points = await repository.points.list(mailbox.id);
  const oldest = points.points.at(-1);
  if (oldest === undefined) throw new Error('The mailbox has no restore point');
  const reader = await repository.points.open(mailbox.id, oldest.id);
  const packs = new Set<PackId>();
  for await (const entry of reader.entries())
    for (const stream of entry.streams) for (const part of stream.parts) packs.add(part.place.pack);
  const [pack] = packs;
  const name = `packs/${pack?.slice(0, 2)}/${pack}`;
  const length = blobs.peek('repository', name)?.length;
  if (pack === undefined || length === undefined) throw new Error('The mailbox has no pack of content');
  const { moved } = await repository.housekeeping.repack({
    kind: 'content',
    packs: [{ pack, length }],
    roots,
    mostShare: 1,
  });
  if (!moved.includes(pack)) throw new Error('The pack was not rewritten');
  await blobs.remove('repository', name);
}

const aRun = (id: string, policyId: PolicyId, now: number): Run => ({
  id: id as RunId,
  policyId,
  startedBy: 'schedule',
  state: 'running',
  counts: noCounts,
  startedAt: instant(now),
  heartbeatAt: instant(now),
  planned: true,
  alreadyRunning: [],
});
