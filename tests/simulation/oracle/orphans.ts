import type { PointId, ResourceId } from '../../../engine/model/ids.ts';
import { packName } from '../../../engine/repository/core.ts';
import type { Land } from '../kernel/land.ts';
import type { Inspector } from './inspector.ts';
import type { Findings } from './violations.ts';

/** Names of packs in storage that no visible point needs. */
export async function unneededPacks({ tables, blobs }: Land, inspector: Inspector): Promise<readonly string[]> {
  const needed = new Set<string>();
  for (const partition of tables.partitions('resources')) {
    for (const { key } of tables.stored('resources', partition)) {
      if (!key.startsWith('point/')) continue;
      const root = await inspector.root(partition as ResourceId, key.slice(key.lastIndexOf('/') + 1) as PointId);
      for (const { pack } of root.packs) needed.add(packName(pack));
    }
  }
  return Array.from(blobs.stored('repository', 'packs/'), ({ name }) => name).filter((name) => !needed.has(name));
}

/** I20: what nobody needs is gone. */
export async function checkSwept(land: Land, inspector: Inspector, findings: Findings): Promise<void> {
  const left = await unneededPacks(land, inspector);
  findings.check('I20', left.length === 0, () => `nobody needs ${left.join()}, and it is there`);
}
