import type { Entry } from '../engine/model/item.ts';
import { sortMoment } from '../engine/model/item.ts';
import type { Fault } from '../engine/fault.ts';
import { maybeNewer, nameOf, pointFor, pointsFor, resourceFor } from './choose.ts';
import { containersOf, pathsOf } from './containers.ts';
import { nothingAt, selectionOf } from './selection.ts';
import { bytesShown, countShown, shown, tableShown } from './shown.ts';
import type { FoundPoint, FoundResource } from './survey.ts';
import { damageOf } from './survey.ts';

/** Where the commands that only look put their lines. */
export interface Out {
  readonly json: boolean;
  line(text: string): void;
}

export function showResources(all: readonly FoundResource[], out: Out): void {
  if (out.json) {
    for (const resource of all) out.line(JSON.stringify(resourceJson(resource)));
    return;
  }
  const rows = all.map((resource) => {
    const { id, facts, points, damaged } = resource;
    const newest = points[0]?.reader.point;
    return [
      id.slice(0, 8),
      facts?.workload ?? '?',
      shown(facts?.name ?? 'name not known'),
      shown(facts?.address ?? ''),
      newest === undefined ? '' : newest.counts.items.toLocaleString('en'),
      newest === undefined ? '' : bytesShown(newest.bytes),
      newest?.takenAt.slice(0, 19).replace('T', ' ') ?? 'none opens',
      [String(points.length), ...(damaged.length > 0 ? [`+ ${damaged.length} damaged`] : [])].join(' '),
      stateOf(points[0]),
    ];
  });
  out.line(tableShown(['id', 'kind', 'name', 'address', 'items', 'size', 'newest (UTC)', 'points', 'state'], rows));
}

function stateOf(point: FoundPoint | undefined): string {
  if (point === undefined) return 'damaged';
  const { lostPacks, reader } = point;
  if (lostPacks.length > 0) return `${countShown(lostPacks.length, 'pack')} missing`;
  return reader.point.status === 'completeWithSkips' ? 'complete with skips' : reader.point.status;
}

const resourceJson = ({ id, facts, points, damaged }: FoundResource) => ({
  id,
  ...facts,
  points: points.length,
  damaged: damaged.length,
  ...(points[0] !== undefined && { newest: pointJson(points[0]) }),
});

const pointJson = ({ reader: { point }, lostPacks }: FoundPoint) => ({
  id: point.id,
  takenAt: point.takenAt,
  status: point.status,
  ...(point.reason !== undefined && { reason: point.reason }),
  counts: point.counts,
  bytes: point.bytes,
  lostPacks,
});

export function showPoints(wanted: string, all: readonly FoundResource[], out: Out): void {
  const resource = resourceFor(wanted, all);
  if (out.json) {
    for (const point of resource.points) out.line(JSON.stringify(pointJson(point)));
    for (const { id, fault } of resource.damaged) out.line(JSON.stringify({ id, damaged: fault.message }));
    return;
  }
  out.line(`${nameOf(resource)}\n`);
  const rows = resource.points.map((point) => {
    const { takenAt, counts, bytes } = point.reader.point;
    const missing = counts.missing > 0 ? `${counts.missing} not backed up` : '';
    return [
      point.id.slice(0, 8),
      takenAt,
      counts.items.toLocaleString('en'),
      bytesShown(bytes),
      stateOf(point),
      missing,
    ];
  });
  out.line(tableShown(['id', 'taken (UTC)', 'items', 'size', 'state', ''], rows));
  for (const { id, fault } of resource.damaged) out.line(`${id.slice(0, 8)}  damaged: ${fault.message}`);
  for (const { id, lostPacks } of resource.points)
    for (const pack of lostPacks.slice(0, 5)) out.line(`${id.slice(0, 8)}  lacks ${pack}`);
}

/** Answers how many pages could not be read, with restore points that may be newer. */
export async function browse(
  wanted: string,
  place: { readonly at?: string; readonly path?: string },
  all: readonly FoundResource[],
  out: Out,
): Promise<number> {
  const resource = resourceFor(wanted, all);
  const point = pointFor(resource, place.at);
  const containers = await containersOf(point);
  const selection = selectionOf(place.path, containers.all);
  const troubles = [
    ...maybeNewer({ resource, point }, place.at),
    ...(containers.damage === undefined ? [] : [containers.damage]),
  ];
  if (!out.json)
    out.line(
      `${nameOf(resource)} at ${point.reader.point.takenAt}${place.path === undefined ? '' : `: ${shown(place.path)}`}\n`,
    );
  const ids = new Set(containers.all.map(({ id }) => id));
  const isHere = ({ parentId }: Entry): boolean =>
    selection.folders.has(parentId !== undefined && ids.has(parentId) ? parentId : undefined);
  let found = selection.folders.size;
  for (const folder of containers.all.filter(isHere).toSorted((a, b) => a.name.localeCompare(b.name, 'en')))
    showEntry(folder, out);
  await eachItem(point, troubles, (entry) => {
    const isNamed = !selection.below.has(entry.parentId) && selection.holds(entry);
    if (!isHere(entry) && !isNamed) return;
    found += 1;
    showEntry(entry, out);
  });
  for (const trouble of troubles)
    out.line(out.json ? JSON.stringify({ damaged: trouble.message }) : `damaged: ${trouble.message}`);
  if (found === 0) throw nothingAt(place.path ?? '');
  return troubles.length;
}

/**
 * Answers how many pages and resources could not be searched. Fault `not-found` when no resource was there at that
 * moment.
 */
export async function search(
  words: readonly string[],
  at: string | undefined,
  resources: readonly FoundResource[],
  out: Out,
): Promise<number> {
  const wanted = words
    .flatMap((word) => word.split(/\s+/))
    .map(folded)
    .filter(Boolean);
  const { chosen, without } = pointsFor(resources, at);
  const troubles = without.map(({ fault }) => fault.message);
  let found = 0;
  for (const { resource, point } of chosen) {
    troubles.push(...maybeNewer({ resource, point }, at).map(({ message }) => message));
    const containers = await containersOf(point);
    const damage: Fault[] = containers.damage === undefined ? [] : [containers.damage];
    const pathOf = pathsOf(containers.all);
    await eachItem(point, damage, (entry) => {
      const folder = pathOf(entry.parentId);
      const text = folded([entry.name, entry.from ?? '', ...(entry.to ?? []), ...folder].join('\n'));
      if (!wanted.every((word) => text.includes(word))) return;
      found += 1;
      const { id: itemId, name, size } = entry;
      if (out.json)
        out.line(JSON.stringify({ resource: resource.id, itemId, name, folder, size, at: sortMoment(entry) }));
      else out.line([nameOf(resource), ...folder.map(shown), itemText(entry)].join(' / '));
    });
    troubles.push(...damage.map(({ message }) => `${nameOf(resource)}: ${message}`));
  }
  for (const trouble of troubles)
    out.line(out.json ? JSON.stringify({ notSearched: trouble }) : `not searched: ${trouble}`);
  if (!out.json) out.line(`\n${countShown(found, 'item')} found`);
  return troubles.length;
}

async function eachItem({ reader }: FoundPoint, troubles: Fault[], see: (entry: Entry) => void): Promise<void> {
  for (const page of reader.pages()) {
    try {
      for (const entry of await page.read()) if (!entry.container) see(entry);
    } catch (error) {
      troubles.push(damageOf(error, 'A page'));
    }
  }
}

function showEntry(entry: Entry, out: Out): void {
  const { id, sourceId, name, kind, container, size, from } = entry;
  if (out.json) out.line(JSON.stringify({ id, sourceId, name, kind, container, size, from, at: sortMoment(entry) }));
  else out.line(container ? `${shown(name)}/` : itemText(entry));
}

const itemText = (entry: Entry): string =>
  [
    shown(entry.name),
    ...(entry.from === undefined ? [] : [shown(entry.from)]),
    sortMoment(entry).slice(0, 16).replace('T', ' '),
    bytesShown(entry.size),
  ]
    .filter(Boolean)
    .join('  ');

const folded = (text: string): string => text.normalize('NFC').toLowerCase();
