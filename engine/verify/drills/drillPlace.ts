import { createHash } from 'node:crypto';
import type { Connector, ReadContext, RestoreContext, WriteOrder, Written } from '../../connector.ts';
import { isFault } from '../../fault.ts';
import type { Drill, DrillCheck } from '../../model/drill.ts';
import type { Entry, ListedItem } from '../../model/item.ts';
import type { ResourceId, Workload } from '../../model/ids.ts';
import type { ProtectedResource } from '../../model/resource.ts';
import { readRecord } from '../../records/everyResource.ts';
import { readMeta } from '../../restore/selectItems.ts';
import { hasEndedInspection } from '../inspectionJob.ts';
import { compared, right } from './checks.ts';
import type { DrillServices } from './drillFlow.ts';
import { placedRows, type PlacedItem } from './placedRows.ts';

/** In every place; it stays, empty, and is used again. */
export const drillFolder = 'Holdfast drill';
/** What is larger is given back to memory alone: a rehearsal is not to fill a mailbox or a drive. */
export const LARGEST_PLACED = 64 * 1024 * 1024;

export interface DrillPlace {
  readonly connector: Connector;
  readonly resource: ProtectedResource;
}

/** The places that administrators named and that can be written to, by their workloads; else why none is used. */
export async function placesOf(
  services: Pick<DrillServices, 'records' | 'connectors' | 'noWriteAccess'>,
  named: readonly ResourceId[],
  refusal: string | undefined = services.noWriteAccess,
): Promise<{ readonly places: ReadonlyMap<Workload, DrillPlace>; readonly why?: string }> {
  const places = new Map<Workload, DrillPlace>();
  if (named.length === 0) return { places };
  if (refusal !== undefined) return { places, why: refusal };
  for (const id of named) {
    const resource = await readRecord(services.records, id);
    if (resource === undefined || resource === 'unreadable' || resource.state === 'gone') continue;
    const connector = services.connectors.get(resource.workload);
    if (connector !== undefined && !places.has(resource.workload))
      places.set(resource.workload, { connector, resource });
  }
  return places.size > 0 ? { places } : { places, why: 'The place that was chosen for drills is not there any more.' };
}

/**
 * Takes away what this drill or one that ended left at their places. Passing trouble is thrown: then nothing new is made.
 */
export async function cleanPlaces(services: DrillServices, drill: string): Promise<void> {
  for (const item of await placedRows(services).list()) {
    const owner = item.order.mark.slice(0, drill.length);
    if (owner === drill || (await hasEnded(services, owner))) await takeAway(services, item);
  }
}

async function hasEnded({ records }: Pick<DrillServices, 'records'>, drill: string): Promise<boolean> {
  const value = (await records.inspections.get(drill))?.value as Drill | undefined;
  return value === undefined || hasEndedInspection(value);
}

async function takeAway(services: DrillServices, item: PlacedItem): Promise<void> {
  const resource = await readRecord(services.records, item.place);
  const connector = services.connectors.get(item.workload);
  if (resource === undefined || resource === 'unreadable' || connector === undefined) return;
  const context = { signal: services.signal };
  const { restore } = connector;
  try {
    const written =
      item.written ?? (await restore.find(resource, item.container, item.entry, orderOf(services, item), context));
    if (written !== undefined) await removeFrom({ connector, resource }, written, contextOf(services));
  } catch (error) {
    // Neither the folder nor the place is there any more, or nobody may write there now.
    if (!isFault(error, 'not-found', 'forbidden', 'locked', 'unsupported')) throw error;
    services.log.warn('drill.notTakenAway', { place: item.place, kind: error.kind });
    if (!isFault(error, 'not-found')) return;
  }
  await placedRows(services).forget(item);
}

/** It is removed as it stands there: the service changes its tag while it takes it in, and nobody else works in there. */
async function removeFrom(
  { connector, resource }: DrillPlace,
  written: Written,
  context: ReadContext,
): Promise<'removed' | 'changed' | 'gone'> {
  const first = await connector.restore.undo(resource, written, context);
  if (first !== 'changed') return first;
  const now = (await connector.locate(resource, [written.sourceId], context)).get(written.sourceId);
  if (now === undefined) return 'gone';
  return connector.restore.undo(resource, { ...written, tag: now.versionTag }, context);
}

const contextOf = ({ signal }: DrillServices): ReadContext & RestoreContext => ({
  signal,
  options: {},
  priority: 'incremental',
});

function orderOf(
  { repository }: Pick<DrillServices, 'repository'>,
  { entry, order }: PlacedItem,
  whole = entry,
): WriteOrder {
  return {
    ...order,
    conflict: 'keepBoth',
    content: (name, from = 0) => {
      const stream = whole.streams.find((candidate) => candidate.name === name);
      return stream && repository.readStream(stream, { from, to: stream.size });
    },
    // A drill that was killed begins anew: what is too large for one go stays in memory.
    saveProgress: async () => undefined,
  };
}

/**
 * Gives one item back to a place through the way of every restore, reads it again from there, compares it property by
 * property, and takes it away. Passing trouble is thrown, after which `cleanPlaces` knows what to take away.
 */
export async function drillInPlace(
  services: DrillServices,
  place: DrillPlace,
  drill: string,
  entry: Entry,
): Promise<readonly DrillCheck[]> {
  const { connector, resource } = place;
  const context = contextOf(services);
  const rows = placedRows(services);
  const [kind = 'folder'] = connector.description.itemKinds.flatMap((each) => (each.container ? [each.kind] : []));
  let item: PlacedItem | undefined;
  try {
    const grade = await connector.restore.grade(resource, entry, context);
    if (grade.fidelity === 'lost') return [];
    const container = await connector.restore.container(resource, [{ name: drillFolder, kind }], context);
    const meta = await readMeta(services.repository, entry);
    const there = await connector.restore.look(resource, container, entry, context, async () => meta);
    const name = await connector.restore.freeName(resource, container, entry, context);
    item = {
      place: resource.id,
      workload: resource.workload,
      container,
      entry,
      order: {
        mark: `${drill}-${entry.id}`,
        lookAlikes: there.length,
        before: there.map(({ sourceId }) => sourceId),
        meta,
        ...(name === undefined ? {} : { name }),
      },
    };
    await rows.put(item);
    const written = await connector.restore.write(resource, container, entry, orderOf(services, item, entry), context);
    item = { ...item, written };
    await rows.put(item);
    const isSame = grade.fidelity === 'exact' && written.result === 'restored';
    const checks = await readBack(place, item, written, isSame, context);
    const undone = await removeFrom(place, written, context);
    await rows.forget(item);
    return [...checks, compared('place.takenAway', 'removed', undone === 'gone' ? 'removed' : undone)];
  } catch (error) {
    if (!isFault(error)) throw error;
    if (isFault(error, 'throttled', 'unavailable', 'cancelled')) throw error;
    // What could not be given back for a reason of its own is what a drill is for to find.
    if (item !== undefined) await takeAway(services, item);
    return [{ property: 'place.write', isRight: false, found: error.message }];
  }
}

async function readBack(
  { connector, resource }: DrillPlace,
  { entry, order }: PlacedItem,
  written: Written,
  isSame: boolean,
  context: ReadContext,
): Promise<readonly DrillCheck[]> {
  const found = (await connector.locate(resource, [written.sourceId], context)).get(written.sourceId);
  if (found === undefined) return [{ property: 'place.found', isRight: false }];
  const checks = [
    // Names stay where they are sealed: only whether they agree is told.
    (order.name ?? entry.name) === found.name || written.result === 'changedByService'
      ? right('place.name')
      : { property: 'place.name', isRight: false },
    compared('place.kind', entry.kind, found.kind),
    ...momentsOf(entry, found),
    ...peopleOf(entry, found),
  ];
  if (entry.sha256 === undefined || !found.hasContent) return checks;
  const bytes = await original(connector, resource, found, context);
  if (typeof bytes === 'string') return [...checks, { property: 'place.readable', isRight: false, found: bytes }];
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  // Bytes that the service renders anew are other ones; they must be what a program of its kind can open.
  if (isSame || sha256 === entry.sha256) return [...checks, compared('place.sha256', entry.sha256, sha256)];
  const opened = (await connector.description.inspect?.(bytes)) ?? [];
  return [...checks, ...opened.map((each) => ({ ...each, property: `place.${each.property}` }))];
}

/** Only those that the item had; a second more or less is rounding. */
const momentsOf = (entry: Entry, found: ListedItem): readonly DrillCheck[] =>
  (['sentAt', 'receivedAt'] as const).flatMap((name) => {
    const [wanted, got] = [entry[name], found[name]];
    if (wanted === undefined) return [];
    const isRight = got !== undefined && Math.abs(Date.parse(wanted) - Date.parse(got)) < 1000;
    return [
      isRight ? right(`place.${name}`) : { property: `place.${name}`, isRight, expected: wanted, found: got ?? '' },
    ];
  });

/** Who they are is nobody's business: only whether they agree. */
function peopleOf(entry: Entry, found: ListedItem): readonly DrillCheck[] {
  const same = (name: string, isRight: boolean): DrillCheck => (isRight ? right(name) : { property: name, isRight });
  return [
    ...(entry.from === undefined ? [] : [same('place.from', addressOf(entry.from) === addressOf(found.from ?? ''))]),
    ...(entry.to === undefined
      ? []
      : [same('place.to', entry.to.map(addressOf).join() === (found.to ?? []).map(addressOf).join())]),
  ];
}

const addressOf = (person: string): string => (/<([^>]*)>\s*$/.exec(person)?.[1] ?? person).toLowerCase();

/** Its bytes as a backup would read them; in words why they cannot be had. */
async function original(
  connector: Connector,
  resource: ProtectedResource,
  item: ListedItem,
  context: ReadContext,
): Promise<Buffer | string> {
  let pieces: Uint8Array[] = [];
  for await (const fetched of connector.fetch(resource, [item], context)) {
    if (fetched.kind === 'part' && fetched.name === 'original') {
      pieces = [];
      for await (const piece of fetched.open(0)) pieces.push(piece);
    } else if (fetched.kind === 'part') {
      // Read so that the other copies of the item come too; only this one is compared.
      await Array.fromAsync(fetched.open(0), ({ length }) => length);
    } else if (fetched.kind === 'failed') {
      if (isFault(fetched.fault, 'throttled', 'unavailable', 'cancelled')) throw fetched.fault;
      return fetched.fault.message;
    } else if (fetched.kind !== 'done') return fetched.kind;
  }
  return Buffer.concat(pieces);
}
