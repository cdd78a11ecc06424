import assert from 'node:assert/strict';
import { Fault } from '../../fault.ts';
import type { RunId } from '../../model/ids.ts';
import type { RunResource } from '../../model/run.ts';
import type { BackupServices } from '../backupServices.ts';
import { backupWorld, type BackupWorld, type WorldOptions } from './backupWorld.ts';

/** A world with one folder `f1` and so many items `m0`, `m1`, … in it. */
export async function mailbox(messages: number, options: WorldOptions = {}): Promise<BackupWorld> {
  const world = await backupWorld(options);
  world.source.folder('f1', 'Inbox');
  for (let i = 0; i < messages; i++) world.source.put(`m${i}`, 'f1', `mail number ${i}`);
  return world;
}

/** What Microsoft 365 answers when it does not do as asked. */
export const graphFault = (kind: Fault['kind'], detail: object = {}): Fault =>
  new Fault(kind, 'Microsoft 365 said no', { origin: 'graph', ...detail });

/** Source ids of everything that the newest point shows. */
export async function newestIds(world: BackupWorld): Promise<string[]> {
  const { repository } = (await world.start()).services;
  const point = await repository.points.find(world.resource, 'latest');
  const reader = await repository.points.open(world.resource, point.id);
  return (await Array.fromAsync(reader.entries())).map(({ sourceId }) => sourceId).toSorted();
}

export async function rowOf({ records }: BackupServices, run: RunId, world: BackupWorld): Promise<RunResource> {
  const row = await records.runs.resources.get(run, world.resource);
  assert.ok(row);
  return row.value;
}

/** Nothing happened and not one byte was read. */
export const nothing = {
  listed: 0,
  stored: 0,
  reused: 0,
  skipped: 0,
  failed: 0,
  vanished: 0,
  outOfScope: 0,
  pending: 0,
  removed: 0,
  containers: 0,
  bytesRead: 0,
};
