import { isFault } from '../fault.ts';
import type { PackId, PointId, ResourceId } from '../model/ids.ts';
import type { Finding, VerifyPlace, VerifyPlan, VerifyTally } from '../model/verification.ts';
import type { Core } from '../repository/core.ts';
import type { DamagedItem } from '../repository/damage.ts';
import { rootNames } from '../repository/recoverPoints.ts';
import { pointReader } from '../repository/pointReader.ts';
import { readRoot } from '../repository/root.ts';
import type { SealedColumns } from '../repository/sealedColumns.ts';
import { checkCatalog } from './checkCatalog.ts';
import { entryChecker } from './checkEntries.ts';
import type { EntryChecker } from './checkEntries.ts';
import { checkHead } from './checkHead.ts';
import { checkJournal } from './checkJournal.ts';
import { checkNotes } from './checkNotes.ts';
import { checkPoint } from './checkPoint.ts';
import { damageOf } from './damageOf.ts';
import { objectFinding } from './findings.ts';
import { pagesOf } from './pointContext.ts';
import { openReading } from './reading.ts';
import type { Reading } from './reading.ts';
import { shownPoints } from './visible.ts';

/** A piece of the work that is done, and where the next begins. */
export interface VerifyStep {
  readonly place: VerifyPlace;
  readonly findings: readonly Finding[];
  readonly looked: Partial<VerifyTally>;
  /** Resources that have roots and that nobody named; the next pieces are asked for with them. */
  readonly strangers?: readonly ResourceId[];
}

/** What is known besides: the tables' resources, those that an earlier piece found beside them, and packs found bad. */
export interface VerifyKnown {
  readonly resources: readonly ResourceId[];
  readonly strangers?: readonly ResourceId[];
  readonly suspects: readonly PackId[];
}

/** Reads what is stored and says what is not as it was written. Writes nothing, and nothing it opens leaves it. */
export interface Verifier {
  /**
   * From `from` on, piece by piece; each may be the last that a job does. Without `strangers` the names of all roots are
   * listed, once: they are the first thing it answers. Faults other than damage are thrown.
   */
  steps(plan: VerifyPlan, from: VerifyPlace, known: VerifyKnown): AsyncGenerator<VerifyStep>;
  /** Of items on the damage list those that can be read again wherever a point still holds them. */
  recheck(
    resource: ResourceId,
    items: readonly Pick<DamagedItem, 'itemId' | 'points'>[],
  ): Promise<readonly DamagedItem['itemId'][]>;
  /** Of points that are marked as damaged those that can be read again as a whole, or are not shown any more. */
  recheckPoints(resource: ResourceId, points: readonly PointId[]): Promise<readonly PointId[]>;
}

export function makeVerifier(
  core: Pick<Core, 'blobs' | 'tables' | 'ring'>,
  columns: SealedColumns,
  openKeysAnew: (blobs: Reading['blobs']) => Promise<unknown>,
): Verifier {
  return {
    async *steps(plan, from, known) {
      const reading = openReading(core, columns, plan.level === 'full');
      if (from.step === 'keys') {
        yield { place: { step: 'resources' }, findings: await checkKeys(reading, openKeysAnew), looked: {} };
      }
      let { strangers } = known;
      if (plan.resource === undefined && strangers === undefined) {
        strangers = await strangersTo(reading, known.resources);
        yield { place: from.step === 'keys' ? { step: 'resources' } : from, findings: [], looked: {}, strangers };
      }
      const resources =
        plan.resource === undefined ? meant([...known.resources, ...(strangers ?? [])], plan) : [plan.resource];
      const checker = entryChecker(reading);
      const suspects = new Set(known.suspects);
      const shared = { reading, plan, checker, suspects, metaPacks: new Set<PackId>() };
      if (from.step === 'keys' || from.step === 'resources') {
        yield* eachResource(
          { ...shared, onlySuspects: false },
          from.step === 'keys' ? { step: 'resources' } : from,
          resources,
        );
      }
      const begin: VerifyPlace = from.step === 'suspects' ? from : { step: 'suspects' };
      if (plan.level === 'sampling' && suspects.size > 0) {
        yield* eachResource({ ...shared, onlySuspects: true }, begin, resources);
      }
      yield { place: { step: 'done' }, findings: [], looked: {} };
    },

    async recheck(resource, items) {
      const reading = openReading(core, columns, false);
      const checker = entryChecker(reading);
      const shown = (await shownPoints(reading, resource)).map(({ id }) => id);
      const whole: DamagedItem['itemId'][] = [];
      for (const item of items) {
        const points = shown.filter((id, index) => index === 0 || item.points.includes(id));
        if (await isWhole(reading, checker, resource, item.itemId, points)) whole.push(item.itemId);
      }
      return whole;
    },

    async recheckPoints(resource, points) {
      const reading = openReading(core, columns, false);
      const shown = new Set((await shownPoints(reading, resource)).map(({ id }) => id));
      const whole: PointId[] = [];
      for (const point of points)
        if (!shown.has(point) || (await hasEveryPage(reading, resource, point))) whole.push(point);
      return whole;
    },
  };
}

async function hasEveryPage(reading: Reading, resource: ResourceId, point: PointId): Promise<boolean> {
  try {
    for (const ref of pagesOf(await readRoot(reading, resource, point))) {
      await reading.pages.directories([ref], 'asStored');
      await reading.pages.read(ref.place);
    }
    return true;
  } catch (error) {
    damageOf(error);
    return false;
  }
}

async function checkKeys(
  reading: Reading,
  openKeysAnew: (blobs: Reading['blobs']) => Promise<unknown>,
): Promise<readonly Finding[]> {
  try {
    await openKeysAnew(reading.blobs);
    return [];
  } catch (error) {
    // Without its record a key cannot be had: that is how a lost one shows.
    const { kind, fault } = isFault(error, 'key-unavailable')
      ? { kind: 'missing' as const, fault: error }
      : damageOf(error);
    return [objectFinding({ area: 'keys', kind, object: 'config, keys', detail: fault.message })];
  }
}

/** Those that have roots in storage beside `known`. */
async function strangersTo(reading: Reading, known: readonly ResourceId[]): Promise<readonly ResourceId[]> {
  const ids = new Set(known);
  const strangers = new Set<ResourceId>();
  for await (const name of rootNames(reading)) {
    const id = (name.split('/')[1] ?? '') as ResourceId;
    if (!ids.has(id)) strangers.add(id);
  }
  return [...strangers];
}

/** In the order of their ids. */
const meant = (ids: readonly ResourceId[], { part }: VerifyPlan): readonly ResourceId[] =>
  [...new Set(ids)].filter((id) => isInPart(id, part)).toSorted();

/** Does a resource fall into this part of all? */
export const isInPart = (id: ResourceId, part: VerifyPlan['part']): boolean =>
  part === undefined || Number.parseInt(id.slice(0, 8), 16) % part.of === part.index;

interface Shared {
  readonly reading: Reading;
  readonly plan: VerifyPlan;
  readonly checker: EntryChecker;
  readonly suspects: Set<PackId>;
  readonly metaPacks: Set<PackId>;
  readonly onlySuspects: boolean;
}

async function* eachResource(
  shared: Shared,
  from: VerifyPlace,
  resources: readonly ResourceId[],
): AsyncGenerator<VerifyStep> {
  const { step } = from;
  for (const resource of resources) {
    if (from.resource !== undefined && resource < from.resource) continue;
    yield* oneResource(shared, resource === from.resource ? from : { step, resource });
  }
}

const parts = ['head', 'points', 'catalog', 'journal', 'known'] as const;

async function* oneResource(shared: Shared, from: VerifyPlace): AsyncGenerator<VerifyStep> {
  const { reading, plan, onlySuspects } = shared;
  const { step, resource = '' as ResourceId } = from;
  const first = parts.indexOf(from.part ?? (onlySuspects ? 'points' : 'head'));
  const at = (part: (typeof parts)[number]): VerifyPlace => ({ step, resource, part });
  const shown = await shownPoints(reading, resource);

  if (first <= 0) yield { place: at('points'), findings: await checkHead(reading, resource, shown), looked: {} };
  if (first <= 1) {
    const context = { ...shared, resource, shown };
    for (const [index, row] of shown.entries()) {
      const key = row.key.split('/')[1] ?? '';
      // Times run backwards in the keys: what is newer than the place was done by an earlier job.
      if (from.part === 'points' && from.pointKey !== undefined && key < from.pointKey) continue;
      const done = from.part === 'points' && key === from.pointKey ? from.page : undefined;
      for await (const { findings, tally, next } of checkPoint(context, index, done)) {
        const place = { ...at('points'), pointKey: key, ...(next !== undefined && { page: next }) };
        // What expired meanwhile may go.
        const isShown =
          findings.length === 0 || (await reading.tables.get('resources', resource, row.key)) !== undefined;
        yield { place, findings: isShown ? findings : [], looked: tally };
      }
    }
    if (onlySuspects) return;
    yield { place: at('catalog'), findings: [], looked: {} };
  }
  if (first <= 2) {
    const catalogFrom = from.part === 'catalog' ? from : at('catalog');
    for await (const { findings, rows, place } of checkCatalog(reading, plan, resource, shown, catalogFrom))
      yield { place: { ...at('catalog'), ...place }, findings, looked: { catalogRows: rows } };
    yield { place: at('journal'), findings: [], looked: {} };
  }
  if (first <= 3) {
    const findings = [
      ...(await checkJournal(reading, resource, plan.level === 'full')),
      ...(await checkNotes(reading, resource)),
    ];
    yield { place: at('known'), findings, looked: { resources: 1 } };
  }
}

async function isWhole(
  reading: Reading,
  checker: EntryChecker,
  resource: ResourceId,
  item: DamagedItem['itemId'],
  points: readonly DamagedItem['point'][],
): Promise<boolean> {
  for (const id of points) {
    try {
      const entry = (await pointReader(await readRoot(reading, resource, id), reading.pages).items([item])).get(item);
      if (entry !== undefined && (await checker.check(entry)) !== undefined) return false;
    } catch (error) {
      damageOf(error);
      return false;
    }
  }
  return true;
}
