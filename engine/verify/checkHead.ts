import type { PointId, ResourceId, SliceId } from '../model/ids.ts';
import type { Finding } from '../model/verification.ts';
import { readHead } from '../repository/heads.ts';
import type { Head } from '../repository/repository.ts';
import { readRoot } from '../repository/root.ts';
import type { Root } from '../repository/root.ts';
import { openSlice } from '../repository/slices.ts';
import { damageOf } from './damageOf.ts';
import { objectFinding } from './findings.ts';
import type { Reading } from './reading.ts';
import type { ShownPoint } from './visible.ts';

/** Newest slices that are looked at for a fence or a step beyond the head. */
const NEWEST_SLICES = 20;

/**
 * The tables of a resource against what its roots and its journal prove. A fence is taken in the table before anything is
 * written under it, and a root stands on the point that its head named: so a blob with a higher fence, or a root that
 * others stand on and that is newer than what is shown, says that the tables were put back. A single newer root under the
 * same fence says nothing: its job may have been killed before its row.
 */
export async function checkHead(
  reading: Reading,
  resource: ResourceId,
  shown: readonly ShownPoint[],
): Promise<readonly Finding[]> {
  const head = await readHead(reading, resource);
  const roots = await rootsInStorage(reading, resource);
  const findings = shown.flatMap((row) => (row.damage === undefined ? [] : [damagedRow(resource, row)]));
  const about = (detail: string, points: readonly PointId[], mark: string): Finding =>
    objectFinding(
      { area: 'head', kind: 'differs', object: `resources/${resource}/head`, detail, resourceId: resource, points },
      mark,
    );
  if (head.etag === '') {
    if (roots.length === 0 && shown.length === 0) return findings;
    const detail =
      'The tables hold no head of this resource, while restore points of it are in storage. Run npm run catalog:rebuild.';
    return [...findings, { ...about(detail, roots, 'lost'), kind: 'missing' }];
  }
  const [newest] = shown;
  if (newest?.id !== head.newestPoint) {
    const detail = 'Its head names another newest restore point than its rows show.';
    const named = [newest?.id, head.newestPoint].filter((id) => id !== undefined);
    findings.push(about(detail, named, 'newest'));
  }
  const other = await otherThanCommitted(reading, head);
  if (other !== undefined) findings.push(about(other, [], 'committed'));
  const ids = new Set(shown.map(({ id }) => id));
  const hidden = await readableRoots(
    reading,
    resource,
    roots.filter((id) => !ids.has(id)),
  );
  const proof = putBack(head, newest, hidden) ?? (await beyondHead(reading, head));
  if (proof !== undefined) findings.push(about(proof.detail, proof.points, 'putBack'));
  return findings;
}

const damagedRow = (resource: ResourceId, { id, key, damage = '' }: ShownPoint): Finding =>
  objectFinding({
    area: 'head',
    kind: 'corrupt',
    object: `resources/${resource}/${key}`,
    detail: damage,
    resourceId: resource,
    points: [id],
  });

async function rootsInStorage(reading: Reading, resource: ResourceId): Promise<readonly PointId[]> {
  const ids: PointId[] = [];
  for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
    const page = await reading.blobs.list('repository', `points/${resource}/`, pageToken);
    pageToken = page.nextPageToken;
    ids.push(...page.blobs.map(({ name }) => (name.split('/')[2] ?? '') as PointId));
  }
  return ids;
}

async function readableRoots(
  reading: Reading,
  resource: ResourceId,
  ids: readonly PointId[],
): Promise<readonly Root[]> {
  const roots: Root[] = [];
  for (const id of ids) {
    try {
      roots.push(await readRoot(reading, resource, id));
    } catch (error) {
      // What is not shown is promised to nobody.
      damageOf(error);
    }
  }
  return roots;
}

type Proof = { readonly detail: string; readonly points: readonly PointId[] };

/** Pure: what roots that no row shows say of the tables. */
function putBack(head: Head, newest: ShownPoint | undefined, hidden: readonly Root[]): Proof | undefined {
  const newer = hidden.filter(({ takenAt }) => takenAt > (newest?.point?.takenAt ?? ''));
  const stoodOn = new Set(hidden.map(({ predecessor }) => predecessor));
  const proving = newer.filter((root) => root.fence > head.fence || stoodOn.has(root.id));
  if (proving.length === 0) return undefined;
  return {
    detail:
      'The tables are older than the repository: restore points that were shown are not shown any more. Bring the newer tables back, or remove the rows of this resource and run npm run catalog:rebuild.',
    points: newer.toSorted((a, b) => (a.takenAt > b.takenAt ? -1 : 1)).map(({ id }) => id),
  };
}

/** What the slice that the head names says otherwise; a slice that does not open is told with the journal. */
async function otherThanCommitted(reading: Reading, head: Head): Promise<string | undefined> {
  if (head.headSlice === undefined) return undefined;
  try {
    const { fence, step } = await openSlice(reading, head.resourceId, head.headSlice);
    if (step === head.step && fence <= head.fence) return undefined;
    return `Its head counts ${head.step} commits under fence ${head.fence}, and its newest slice is number ${step} under fence ${fence}.`;
  } catch (error) {
    damageOf(error);
    return undefined;
  }
}

/** What slices say that were written after the one that the head names. */
async function beyondHead(reading: Reading, head: Head): Promise<Proof | undefined> {
  const slices: { readonly id: SliceId; readonly modifiedAt: string }[] = [];
  for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
    const page = await reading.blobs.list('journal', `slices/${head.resourceId}/`, pageToken);
    pageToken = page.nextPageToken;
    for (const { name, modifiedAt } of page.blobs)
      slices.push({ id: (name.split('/')[2] ?? '') as SliceId, modifiedAt });
  }
  const newestFirst = slices.toSorted((a, b) => (a.modifiedAt > b.modifiedAt ? -1 : 1)).slice(0, NEWEST_SLICES);
  for (const { id } of newestFirst) {
    if (id === head.headSlice) continue;
    try {
      const { fence, step } = await openSlice(reading, head.resourceId, id);
      // One step beyond is a job that was killed before its commit.
      if (fence > head.fence || (fence === head.fence && step > head.step + 1))
        return {
          detail: 'The tables are older than the journal: work that was committed does not count any more.',
          points: [],
        };
    } catch (error) {
      damageOf(error);
    }
  }
  return undefined;
}
