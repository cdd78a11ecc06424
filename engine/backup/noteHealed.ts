import type { ItemId } from '../model/ids.ts';
import type { DamagedItem } from '../repository/damage.ts';
import type { Job } from './job.ts';

/**
 * After a point became visible: what it holds out of other packs is healed, and what it does not hold any more concerns
 * older points alone. These keep what they lost, and stay on the list for it.
 */
export async function noteHealed(job: Job): Promise<void> {
  const newest = job.head.newestPoint;
  if (job.damaged.size === 0 || newest === undefined) return;
  const { repository } = job.services;
  const reader = await repository.points.open(job.resource.id, newest);
  const isShown = await shownPoints(job);
  const ids = [...job.damaged.keys()];
  for (let from = 0; from < ids.length; from += job.settings.sliceItems) {
    const held = await reader.items(ids.slice(from, from + job.settings.sliceItems));
    const healed: ItemId[] = [];
    const onlyOlder: DamagedItem[] = [];
    for (const id of ids.slice(from, from + job.settings.sliceItems)) {
      const item = job.damaged.get(id) as DamagedItem;
      const bad = new Set(item.packs);
      const entry = held.get(id);
      const isStill = entry?.streams.some(({ parts }) => parts.some(({ place }) => bad.has(place.pack))) ?? false;
      const lostPlace = item.area !== 'content' && (newest === item.point || item.points.includes(newest));
      if (isStill || lostPlace || (entry !== undefined && bad.size === 0 && newest === item.point)) continue;
      const points = item.points.filter((point) => point !== newest && isShown.has(point));
      const [point] = points;
      if (point === undefined) healed.push(id);
      else onlyOlder.push({ ...item, inNewest: false, point, points });
    }
    await repository.damage.onlyOlder(job.resource.id, onlyOlder);
    await repository.damage.healed(job.resource.id, healed);
  }
}

async function shownPoints({ services, resource }: Job): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  let token: string | undefined;
  do {
    const page = await services.repository.points.list(resource.id, token);
    for (const { id } of page.points) ids.add(id);
    token = page.nextPageToken;
  } while (token !== undefined);
  return ids;
}
