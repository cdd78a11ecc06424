import { isFault } from '../fault.ts';
import type { PackId, PointId, ResourceId } from '../model/ids.ts';
import type { RowChange, StoredRow } from '../ports/tableStore.ts';
import type { Core } from './core.ts';
import type { AcceptedLoss } from './damage.ts';
import type { SealedColumns } from './sealedColumns.ts';
import { rowsOf, startingWith } from './tableRows.ts';

/** A damaged object whose loss somebody accepted, as far as one resource is concerned. */
export interface AcceptedObject {
  readonly resource: ResourceId;
  /** The blob, by its name in storage. */
  readonly object: string;
  /** Restore points that were known to need it. */
  readonly points: readonly PointId[];
  readonly packs: readonly PackId[];
  /** Items that it held and that nothing names any more. */
  readonly unnamed: number;
}

export interface AcceptedObjects {
  /** Those that can be read: what does not open counts as not accepted. */
  list(): AsyncIterable<AcceptedObject>;
  accept(objects: readonly AcceptedObject[], loss: AcceptedLoss): Promise<void>;
  /** They are whole again, or nothing needs them any more: should they be lost once more, that is new. */
  forget(objects: readonly AcceptedObject[]): Promise<void>;
}

/** Beside the packs that are avoided: objects are the tenant's. */
const TENANT = 'damage';
const ACCEPTED = 'accepted/';
const SCOPE = TENANT as ResourceId;
const MOST_POINTS = 1_000;

const keyOf = ({ resource, object }: Pick<AcceptedObject, 'resource' | 'object'>): string =>
  `${ACCEPTED}${resource}/${object}`;
const placeOf = (key: string): string => `resources/${TENANT}/${key}/sealed`;

export function acceptedObjects({ tables }: Pick<Core, 'tables'>, columns: SealedColumns): AcceptedObjects {
  const opened = ({ key, columns: { sealed } }: StoredRow): AcceptedObject | undefined => {
    try {
      const bytes = columns.open(SCOPE, placeOf(key), sealed instanceof Uint8Array ? sealed : new Uint8Array());
      return JSON.parse(Buffer.from(bytes).toString()) as AcceptedObject;
    } catch (error) {
      if (!isFault(error, 'corrupt')) throw error;
      return undefined;
    }
  };
  const each = async (changes: readonly RowChange[]): Promise<void> => {
    for (const change of changes) await tables.change('resources', TENANT, change);
  };

  return {
    async *list() {
      for await (const row of rowsOf(tables, 'resources', TENANT, startingWith(ACCEPTED))) {
        const object = opened(row);
        if (object !== undefined) yield object;
      }
    },
    accept: (objects, loss) =>
      each(
        objects.map((object) => {
          const key = keyOf(object);
          const value = { ...object, points: object.points.slice(0, MOST_POINTS), loss };
          const sealed = columns.seal(SCOPE, placeOf(key), Buffer.from(JSON.stringify(value)));
          return { kind: 'put', row: { partition: TENANT, key, columns: { sealed } } };
        }),
      ),
    forget: (objects) => each(objects.map((object) => ({ kind: 'remove', key: keyOf(object) }))),
  };
}
