import { isDeepStrictEqual } from 'node:util';
import type { ItemId, ResourceId } from '../model/ids.ts';
import type { Finding, VerifyPlace, VerifyPlan } from '../model/verification.ts';
import { deletionKey, openVersion, VERSIONS, versionsOf } from '../repository/catalogRows.ts';
import { comparePoints } from '../repository/comparePoints.ts';
import type { Difference } from '../repository/comparePoints.ts';
import { readHead } from '../repository/heads.ts';
import { inParallel } from '../repository/inParallel.ts';
import { readRoot } from '../repository/root.ts';
import type { Root } from '../repository/root.ts';
import type { CatalogVersion } from '../repository/repository.ts';
import { rowsOf, startingWith } from '../repository/tableRows.ts';
import { damageOf } from './damageOf.ts';
import { itemFinding, objectFinding } from './findings.ts';
import type { Reading } from './reading.ts';
import { isChosen } from './sample.ts';
import type { ShownPoint } from './visible.ts';

const AT_ONCE = 8;
const MOST_TOLD_AT_ONCE = 500;

export interface CatalogStep {
  readonly findings: readonly Finding[];
  readonly rows: number;
  /** The newest point that is compared, and how many versions there must be up to it. */
  readonly place: Pick<VerifyPlace, 'pointKey' | 'counted'>;
}

/**
 * The catalog of a resource against its points, oldest first: each change has its row, the row says what the entry says,
 * and `full` there are no others. What it does not show yet is no difference: it follows its points by itself.
 */
export async function* checkCatalog(
  reading: Reading,
  plan: VerifyPlan,
  resource: ResourceId,
  shown: readonly ShownPoint[],
  from: Pick<VerifyPlace, 'pointKey' | 'counted'>,
): AsyncGenerator<CatalogStep> {
  const { catalogPoint } = await readHead(reading, resource);
  const upTo = shown.findIndex(({ id }) => id === catalogPoint);
  if (catalogPoint !== undefined && upTo < 0) {
    const detail = 'It shows a restore point that is not shown any more.';
    yield { findings: [catalogDiffers(resource, detail)], rows: 0, place: {} };
    return;
  }
  if (upTo < 0) return;
  let before: Root | undefined;
  let expected = from.counted ?? 0;
  for (const { id, key } of shown.slice(upTo).toReversed()) {
    const pointKey = key.split('/')[1] ?? '';
    // Times run backwards in the keys.
    if (from.pointKey !== undefined && pointKey > from.pointKey) continue;
    const after = await rootOrNothing(reading, resource, id);
    // Without one of them nobody can say what the rows must be: the lost root is told by itself.
    if (after === undefined) return;
    if (pointKey === from.pointKey) {
      before = after;
      continue;
    }
    const step = await checkRound(reading, plan, before, after);
    if (step === undefined) return;
    expected += step.versions;
    yield { findings: step.findings, rows: step.looked, place: { pointKey, counted: expected } };
    before = after;
  }
  if (plan.level !== 'full') return;
  let rows = 0;
  for await (const _row of rowsOf(reading.tables, 'catalog', resource, startingWith(VERSIONS))) rows += 1;
  if (rows > expected) {
    const detail = `It holds ${rows - expected} versions of items that no restore point explains.`;
    yield { findings: [catalogDiffers(resource, detail)], rows, place: from };
  }
}

const catalogDiffers = (resource: ResourceId, detail: string): Finding =>
  objectFinding({
    area: 'catalog',
    kind: 'differs',
    object: `catalog/${resource}`,
    detail: `${detail} Run npm run catalog:rebuild.`,
    resourceId: resource,
  });

async function rootOrNothing(reading: Reading, resource: ResourceId, id: ShownPoint['id']): Promise<Root | undefined> {
  try {
    return await readRoot(reading, resource, id);
  } catch (error) {
    damageOf(error);
    return undefined;
  }
}

async function checkRound(reading: Reading, plan: VerifyPlan, before: Root | undefined, after: Root) {
  const findings: Finding[] = [];
  let versions = 0;
  let looked = 0;
  async function* chosen(): AsyncGenerator<Difference> {
    for await (const difference of comparePoints(reading.pages, before, after)) {
      if (difference.kind !== 'removed') versions += 1;
      if (plan.level === 'full' || isChosen(plan.seed, idOf(difference), plan.share)) yield difference;
    }
  }
  try {
    await inParallel(chosen(), AT_ONCE, async (difference) => {
      looked += 1;
      const detail = await wrongWith(reading, difference, before, after);
      if (detail === undefined || findings.length >= MOST_TOLD_AT_ONCE) return;
      findings.push(findingOf(difference, detail, after));
    });
  } catch (error) {
    // A page that does not open is told where pages are looked at.
    damageOf(error);
    return undefined;
  }
  return { findings, versions, looked };
}

const idOf = (difference: Difference): ItemId => (difference.kind === 'removed' ? difference.id : difference.entry.id);

function findingOf(difference: Difference, detail: string, after: Root): Finding {
  const about = {
    area: 'catalog',
    kind: 'differs',
    object: `catalog/${after.resourceId}`,
    detail: `${detail} Run npm run catalog:rebuild.`,
    resourceId: after.resourceId,
    points: [after.id],
  } as const;
  const id = idOf(difference);
  if (difference.kind === 'removed') return itemFinding(about, { id, sourceId: '', name: '', versionTag: '' });
  const { sourceId, name, versionTag } = difference.entry;
  return itemFinding(about, { id, sourceId, name, versionTag });
}

async function wrongWith(
  reading: Reading,
  difference: Difference,
  before: Root | undefined,
  after: Root,
): Promise<string | undefined> {
  const versions: (CatalogVersion & { readonly key: string })[] = [];
  try {
    for await (const row of rowsOf(
      reading.tables,
      'catalog',
      after.resourceId,
      startingWith(versionsOf(idOf(difference))),
    ))
      versions.push({ ...openVersion(reading.columns, row), key: row.key });
  } catch (error) {
    return `A row of it in the catalog does not open: ${damageOf(error).fault.message}`;
  }
  if (difference.kind !== 'added' && before !== undefined && !versions.some(({ validTo }) => validTo === after.takenAt))
    return 'The catalog does not show that its former state ended.';
  if (difference.kind === 'removed') {
    const last = versions.find(({ validTo }) => validTo === after.takenAt);
    const listed = await reading.tables.get('catalog', after.resourceId, deletionKey(difference.id, after.takenAt));
    const isListed = listed?.columns['item'] === difference.id && listed.columns['version'] === last?.key;
    return isListed ? undefined : 'The catalog does not list it among what was deleted.';
  }
  const row = versions.find(({ fromPoint, validFrom }) => fromPoint === after.id && validFrom === after.takenAt);
  if (row === undefined) return 'The catalog does not show this state of it.';
  const { streams: _streams, to, ...facts } = difference.entry;
  const { to: shownTo, ...shownFacts } = row.entry;
  // Of thousands of recipients it keeps the first.
  const isSame = isDeepStrictEqual(shownFacts, facts) && isDeepStrictEqual(shownTo, to?.slice(0, shownTo?.length ?? 0));
  return isSame ? undefined : 'The catalog says something else of it than the restore point.';
}
