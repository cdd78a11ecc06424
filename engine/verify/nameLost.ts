import { instant } from '../model/ids.ts';
import type { Finding, FoundItem } from '../model/verification.ts';
import { packName } from '../repository/core.ts';
import { rootName } from '../repository/root.ts';
import type { PageRef, Root } from '../repository/root.ts';
import { damageOf } from './damageOf.ts';
import { itemFinding, objectFinding } from './findings.ts';
import { idSet, itemsByCatalog } from './nameItems.ts';
import { pagesOf, type PointContext } from './pointContext.ts';
import type { ShownPoint } from './visible.ts';

type Damage = ReturnType<typeof damageOf>;

const NAMED_AT_ONCE = 500;
const END_OF_TIME = 9_999_999_999_999;

/** A point whose root does not open: every item that the catalog shows at its time. In pieces; the last one is about the root. */
export async function* nameLostPoint(
  context: PointContext,
  index: number,
  { kind, fault }: Damage,
): AsyncGenerator<readonly Finding[]> {
  const { reading, resource, shown } = context;
  const row = shown[index] as ShownPoint;
  const about = {
    area: 'point',
    kind,
    object: rootName(resource, row.id),
    detail: fault.message,
    resourceId: resource,
    points: [row.id],
    inNewest: index === 0,
  } as const;
  const takenAt = row.point?.takenAt ?? instant(END_OF_TIME - Number(row.key.split('/')[1]));
  const items = itemsByCatalog(reading, resource, takenAt, () => false);
  const count = row.point && row.point.counts.items + row.point.counts.containers;
  yield* named(items, about, count, (unnamed) => objectFinding({ ...about, ...unnamed }));
}

/** Pages of a point that do not open: what the catalog shows at its time and no other page holds. */
export async function* nameLostPages(
  context: PointContext,
  index: number,
  root: Root,
): AsyncGenerator<readonly Finding[]> {
  const { reading, resource } = context;
  const known = idSet();
  const lost: { readonly ref: PageRef; readonly damage: Damage }[] = [];
  for (const ref of pagesOf(root)) {
    try {
      for (const { id } of await reading.pages.read(ref.place)) known.add(id);
    } catch (error) {
      lost.push({ ref, damage: damageOf(error) });
    }
  }
  const aboutOf = ({ ref, damage }: (typeof lost)[number]) =>
    ({
      area: 'page',
      kind: damage.kind,
      object: packName(ref.place.pack),
      detail: damage.fault.message,
      resourceId: resource,
      points: [root.id],
      inNewest: index === 0,
      packs: [ref.place.pack],
    }) as const;
  const [first, ...others] = lost;
  if (first === undefined) return;
  yield others.map((other) => objectFinding(aboutOf(other), `page ${other.ref.place.segment}`));
  const about = aboutOf(first);
  const items = itemsByCatalog(reading, resource, root.takenAt, (id) => known.has(id));
  const count = lost.reduce((sum, { ref }) => sum + ref.count, 0);
  yield* named(items, about, count, (unnamed) =>
    objectFinding({ ...about, ...unnamed }, `page ${first.ref.place.segment}`),
  );
}

async function* named(
  items: AsyncIterable<FoundItem>,
  about: Parameters<typeof itemFinding>[0],
  count: number | undefined,
  last: (unnamed: { readonly unnamed?: number }) => Finding,
): AsyncGenerator<readonly Finding[]> {
  let piece: Finding[] = [];
  let found = 0;
  for await (const item of items) {
    piece.push(itemFinding(about, item));
    found += 1;
    if (piece.length < NAMED_AT_ONCE) continue;
    yield piece;
    piece = [];
  }
  const unnamed = Math.max(0, (count ?? 0) - found);
  yield [...piece, last(unnamed > 0 ? { unnamed } : {})];
}
