import assert from 'node:assert/strict';
import type { BackupWorld } from '../../backup/testing/backupWorld.ts';

/** Damages the blob that holds the content of an item as the newest point has it; answers its name. */
export async function damageContent(
  world: BackupWorld,
  sourceId: string,
  change: (bytes: Uint8Array) => Uint8Array | undefined = () => undefined,
): Promise<string> {
  const { repository } = (await world.start()).services;
  const point = await repository.points.find(world.resource, 'latest');
  const entries = await Array.fromAsync((await repository.points.open(world.resource, point.id)).entries());
  const place = entries.find((entry) => entry.sourceId === sourceId)?.streams.find(({ name }) => name === 'original')
    ?.parts[0]?.place;
  assert.ok(place, `${sourceId} has content`);
  const name = `packs/${place.pack.slice(0, 2)}/${place.pack}`;
  world.blobs.tamper('repository', name, change);
  return name;
}
