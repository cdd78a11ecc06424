import type { PackId, PointId, ResourceId } from '../model/ids.ts';
import { nothingFound } from '../model/verification.ts';
import type { Finding, FindingArea, FoundCounts, Verification } from '../model/verification.ts';
import { isAcceptedLoss, type DamagedItem } from '../repository/damage.ts';
import { isAcceptedObject } from './acceptedFindings.ts';
import type { VerifyServices } from './verifyServices.ts';

/** What of an item can be damaged so that a point cannot give it back. */
const losing: ReadonlySet<FindingArea> = new Set(['content', 'page', 'point']);

export interface Kept {
  /** Those that no earlier step of this verification met. */
  readonly findings: readonly Finding[];
  readonly suspects: readonly PackId[];
}

/** Writes findings down as evidence, and items that cannot be given back on the list of damaged ones. May be repeated. */
export async function keepFindings(
  { records, repository }: Pick<VerifyServices, 'records' | 'repository'>,
  verification: Verification,
  findings: readonly Finding[],
): Promise<Kept> {
  const fresh: Finding[] = [];
  const kept = new Map<string, Finding>();
  for (const finding of findings) {
    const before = kept.get(finding.key) ?? (await records.inspections.evidence.get(verification.id, finding.key));
    if (before === undefined) fresh.push(finding);
    kept.set(finding.key, before === undefined ? finding : together(before as Finding, finding));
  }
  // The list first: what is counted below is on it by then.
  for (const [resource, items] of Map.groupBy([...kept.values()].flatMap(lostItem(verification)), ([id]) => id)) {
    await repository.damage.note(
      resource,
      items.map(([, item]) => item),
    );
  }
  for (const [resource, lost] of Map.groupBy([...kept.values()].flatMap(lostPoints), ([id]) => id)) {
    await repository.damage.notePoints(
      resource,
      lost.map(([, point]) => point),
    );
  }
  await records.inspections.evidence.put(
    verification.id,
    [...kept].map(([key, value]) => ({ key, value })),
  );
  return { findings: fresh, suspects: findings.flatMap(({ packs = [] }) => packs) };
}

/** Met in several points: those of both. */
const together = (before: Finding, now: Finding): Finding => ({
  ...before,
  points: [...new Set<PointId>([...before.points, ...now.points])],
  ...((before.inNewest === true || now.inNewest === true) && { inNewest: true }),
});

/** Points whose root, pages or directories cannot be read as they were written. */
const lostPoints = ({ area, kind, resourceId, points }: Finding): [ResourceId, PointId][] =>
  (area === 'point' || area === 'page') && kind !== 'differs' && resourceId !== undefined
    ? points.map((point) => [resourceId, point])
    : [];

const lostItem =
  ({ startedAt }: Verification) =>
  (finding: Finding): [ResourceId, DamagedItem][] => {
    const { area, kind, item, resourceId, points, inNewest, detail, packs = [] } = finding;
    const [point] = points;
    if (
      !losing.has(area) ||
      kind === 'differs' ||
      item === undefined ||
      resourceId === undefined ||
      point === undefined
    )
      return [];
    const { id, sourceId, name } = item;
    const isNewest = inNewest === true;
    return [
      [
        resourceId,
        {
          itemId: id,
          at: startedAt,
          point,
          points,
          kind,
          area: area as DamagedItem['area'],
          inNewest: isNewest,
          sourceId,
          name,
          reason: detail,
          packs,
        },
      ],
    ];
  };

export const addFound = (before: FoundCounts, findings: readonly Finding[]): FoundCounts => {
  const count = (kind: Finding['kind']): number => findings.filter((each) => each.kind === kind).length;
  const items = findings.filter(({ item }) => item !== undefined).length;
  return {
    missing: before.missing + count('missing'),
    corrupt: before.corrupt + count('corrupt'),
    differs: before.differs + count('differs'),
    items: before.items + items,
    others: before.others + findings.length - items,
  };
};

/**
 * All that a verification found; an item counts once, however many of its versions are damaged. Whose loss was accepted
 * counts, and is told beside.
 */
export async function countEvidence(
  { records, repository }: Pick<VerifyServices, 'records' | 'repository'>,
  verification: string,
): Promise<FoundCounts> {
  const accepted = await Array.fromAsync(repository.acceptedObjects.list());
  let found = nothingFound;
  let acceptedOthers = 0;
  const items = new Set<string>();
  let token: string | undefined;
  do {
    const page = await records.inspections.evidence.list(verification, token);
    const findings = page.value as readonly Finding[];
    found = addFound(found, findings);
    acceptedOthers += findings.filter((finding) => isAcceptedObject(finding, accepted)).length;
    for (const { resourceId = '', item } of findings) if (item !== undefined) items.add(`${resourceId}/${item.id}`);
    token = page.nextPageToken;
  } while (token !== undefined);
  const acceptedItems = (await acceptedIds(repository)).intersection(items).size;
  return {
    ...found,
    items: items.size,
    ...(acceptedItems > 0 && { acceptedItems }),
    ...(acceptedOthers > 0 && { acceptedOthers }),
  };
}

async function acceptedIds({ damage }: VerifyServices['repository']): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const { resource, accepted } of damage.counts()) {
    if (accepted === 0) continue;
    for await (const item of damage.items(resource)) if (isAcceptedLoss(item)) ids.add(`${resource}/${item.itemId}`);
  }
  return ids;
}
