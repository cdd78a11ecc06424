import { isFault } from '../fault.ts';
import type { PointId, ResourceId } from '../model/ids.ts';
import type { Row } from '../ports/tableStore.ts';
import type { Core } from './core.ts';
import { recallRoot } from './root.ts';
import { columnEpochOf } from './sealedColumns.ts';
import type { SealedColumns } from './sealedColumns.ts';
import { rowsOf, startingWith } from './tableRows.ts';

/**
 * A restore point whose row was taken away on purpose: it expired, was given up, or a rebuild counted another one instead.
 * Its sign is written in the transaction that removes the row, so that neither is ever there without the other.
 */
export interface LetGo {
  readonly id: PointId;
  /** The point it was made on, which was shown then. Unknown where its root did not open. */
  readonly predecessor?: PointId;
}

const LET_GO_ROWS = 'letGo/';
const placeOf = (resource: ResourceId, key: string): string => `resources/${resource}/${key}/sealed`;

/** The sign, sealed: nobody without the key of the repository makes one. */
export function letGoRow(columns: Pick<SealedColumns, 'seal'>, resource: ResourceId, { id, predecessor }: LetGo): Row {
  const key = `${LET_GO_ROWS}${id}`;
  const bytes = Buffer.from(JSON.stringify(predecessor === undefined ? {} : { predecessor }));
  return { partition: resource, key, columns: { sealed: columns.seal(resource, placeOf(resource, key), bytes) } };
}

/** What the sign of a point is to say. */
export async function linkOf(core: Core, resource: ResourceId, id: PointId): Promise<LetGo> {
  try {
    const { predecessor } = await recallRoot(core, resource, id);
    return { id, ...(predecessor !== undefined && { predecessor }) };
  } catch (error) {
    // What is lost can be let go as well.
    if (!isFault(error, 'missing', 'corrupt', 'unsupported')) throw error;
    return { id };
  }
}

/** Every sign of a resource; one that is not as it was written is none. */
export async function letGoPoints(
  core: Pick<Core, 'tables' | 'ring'>,
  columns: Pick<SealedColumns, 'open'>,
  resource: ResourceId,
): Promise<readonly LetGo[]> {
  const signs: LetGo[] = [];
  for await (const { key, columns: values } of rowsOf(core.tables, 'resources', resource, startingWith(LET_GO_ROWS))) {
    const sealed = values['sealed'];
    if (!(sealed instanceof Uint8Array)) continue;
    const epoch = columnEpochOf(sealed);
    if (epoch !== undefined && !core.ring.hasEpoch(epoch)) await core.ring.lookAgain();
    try {
      const opened = Buffer.from(columns.open(resource, placeOf(resource, key), sealed)).toString();
      signs.push({ ...(JSON.parse(opened) as Omit<LetGo, 'id'>), id: key.slice(LET_GO_ROWS.length) as PointId });
    } catch (error) {
      if (!isFault(error, 'corrupt', 'missing', 'unsupported')) throw error;
    }
  }
  return signs;
}

/** Signs that tell of nothing in storage any more. May be repeated. */
export async function forgetLetGo(
  { tables }: Pick<Core, 'tables'>,
  resource: ResourceId,
  ids: readonly PointId[],
): Promise<void> {
  for (const id of ids) await tables.change('resources', resource, { kind: 'remove', key: `${LET_GO_ROWS}${id}` });
}
