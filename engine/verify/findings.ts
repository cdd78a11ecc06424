import { hash } from '../repository/youngNode.ts';
import type { PackId, PointId, ResourceId } from '../model/ids.ts';
import type { Finding, FindingArea, FindingKind, FoundItem } from '../model/verification.ts';
import { packName } from '../repository/core.ts';
import type { EntryDamage } from './checkEntries.ts';

/** Short, and the same for the same parts: what is met again is one finding. */
const keyOf = (...parts: readonly string[]): string =>
  `${parts[0] ?? ''}/${hash('sha256', JSON.stringify(parts), 'hex').slice(0, 32)}`;

interface About {
  readonly area: FindingArea;
  readonly kind: FindingKind;
  readonly object: string;
  readonly detail: string;
  readonly resourceId?: ResourceId;
  readonly points?: readonly PointId[];
  readonly inNewest?: boolean;
  readonly packs?: readonly PackId[];
  readonly unnamed?: number;
}

/** About an object, or about two that differ. `mark` tells several findings of one object apart. */
export const objectFinding = ({ points = [], ...about }: About, mark = ''): Finding => ({
  key: keyOf(about.area, about.object, about.resourceId ?? '', mark),
  points,
  ...about,
});

/** About one item, because of an object. */
export const itemFinding = (about: About & { readonly resourceId: ResourceId }, item: FoundItem): Finding => ({
  ...objectFinding(about, item.id),
  item,
});

/** About an item whose content cannot be had. Another version of it is another finding. */
export function contentFinding(
  resourceId: ResourceId,
  { entry, kind, detail, packs }: EntryDamage,
  points: readonly PointId[],
  inNewest: boolean,
): Finding {
  const { id, sourceId, name, versionTag } = entry;
  const [first] = packs;
  return {
    key: keyOf('content', resourceId, id, versionTag, entry.sha256 ?? '', ...packs),
    area: 'content',
    kind,
    object: first === undefined ? `points/${resourceId}/${points[0] ?? ''}` : packName(first),
    detail,
    resourceId,
    points,
    inNewest,
    item: { id, sourceId, name, versionTag },
    packs,
  };
}
