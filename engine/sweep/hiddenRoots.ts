import { Fault, isFault } from '../fault.ts';
import type { PointId } from '../model/ids.ts';
import type { LetGo } from '../repository/letGo.ts';
import type { Head } from '../repository/repository.ts';
import type { Root } from '../repository/root.ts';
import type { SweepNotes } from '../repository/sweepNotes.ts';
import type { SweepServices } from './sweepServices.ts';

/** Roots in storage that no row shows. */
export interface HiddenRoots {
  readonly all: readonly PointId[];
  /** Those that are about to be condemned. */
  readonly going: readonly PointId[];
  isListed(id: PointId): boolean;
}

/**
 * A root without a row was let go, and its sign says so, or its job was killed before the row. Of the latter nothing tells
 * that it was ever shown: no point was made on it, no earlier cycle saw it shown, and its fence is not above that of the
 * head. Fault `missing` where something does: then rows were lost, or the tables are older than the repository. Answers
 * those that were shown, have no sign and do not open: nobody can say what they are.
 */
export async function insistOnReasons(
  { housekeeping, log }: Pick<SweepServices, 'housekeeping' | 'log'>,
  head: Head,
  hidden: HiddenRoots,
  notes: SweepNotes,
): Promise<readonly PointId[]> {
  const { resourceId } = head;
  if (hidden.all.length === 0) return [];
  const letGo = await housekeeping.letGo(resourceId);
  // Signs of roots that are gone, as are those they were made on, tell of nothing any more.
  const isOld = ({ id, predecessor }: LetGo): boolean =>
    !hidden.isListed(id) && (predecessor === undefined || !hidden.isListed(predecessor));
  await housekeeping.forgetLetGo(
    resourceId,
    letGo.filter(isOld).map(({ id }) => id),
  );
  const signed = new Set(letGo.map(({ id }) => id));
  const going = hidden.going.filter((id) => !signed.has(id));
  if (going.length === 0) return [];

  const origins = new Map<PointId, Pick<Root, 'predecessor' | 'fence'>>();
  for (const id of hidden.all) {
    if (signed.has(id)) continue;
    const origin = await originOf(housekeeping, head, id);
    if (origin !== undefined) origins.set(id, origin);
  }
  const stoodOn = new Set(notes.predecessors());
  for (const { predecessor } of [...letGo, ...origins.values()])
    if (predecessor !== undefined) stoodOn.add(predecessor);

  const shown = going.filter(
    (id) => notes.wasShown(id) || stoodOn.has(id) || (origins.get(id)?.fence ?? 0) > head.fence,
  );
  const lost = shown.filter((id) => origins.has(id));
  if (lost.length > 0) throw rowsLost(head, lost);
  for (const id of shown) log.error('sweep.rootUnknown', { resource: resourceId, point: id });
  return shown;
}

async function originOf(housekeeping: SweepServices['housekeeping'], { resourceId }: Head, id: PointId) {
  try {
    const { predecessor, fence } = await housekeeping.originOf(resourceId, id);
    return { ...(predecessor !== undefined && { predecessor }), fence };
  } catch (error) {
    if (!isFault(error, 'missing', 'corrupt', 'unsupported')) throw error;
    return undefined;
  }
}

const rowsLost = ({ resourceId }: Head, points: readonly PointId[]): Fault =>
  new Fault(
    'missing',
    `Restore points of resource ${resourceId} were shown and have no row any more, and nobody let them go: ${points.join(', ')}. Rows were lost, or the tables are older than the repository. Nothing is removed until the newer tables are brought back, or the rows of this resource are removed and npm run catalog:rebuild ran.`,
    { origin: 'storage', code: 'RowsLost' },
  );
