import { Fault, isFault } from '../engine/fault.ts';
import { parseInstant } from '../engine/model/ids.ts';
import type { FoundPoint, FoundResource } from './survey.ts';
import { shown } from './shown.ts';

/** As people write it: `Anna Berg (mail)`, or what can be said without a name. */
export function nameOf({ id, facts }: FoundResource): string {
  if (facts === undefined) return `resource ${id.slice(0, 8)}`;
  return shown(`${facts.name} (${facts.workload})`);
}

/**
 * The resources that `wanted` means: by id or its beginning (from six digits on), by name or address, alone or with the
 * kind, or by a part of these. The mailbox and the OneDrive of a person carry the same name and address. Fault
 * `not-found` naming what there is.
 */
export function resourcesFor(wanted: string, all: readonly FoundResource[]): readonly FoundResource[] {
  const text = folded(wanted);
  const namesOf = ({ facts }: FoundResource): string[] =>
    facts === undefined
      ? []
      : [facts.name, facts.address ?? '', facts.sourceId]
          .filter(Boolean)
          .flatMap((name) => [name, `${name} (${facts.workload})`])
          .map(folded);
  const ways: readonly ((resource: FoundResource) => boolean)[] = [
    ({ id }) => text.length >= 6 && id.startsWith(text),
    (resource) => namesOf(resource).includes(text),
    (resource) => namesOf(resource).some((name) => name.includes(text)),
  ];
  for (const isMeant of ways) {
    const found = all.filter(isMeant);
    if (found.length > 0) return found;
  }
  throw new Fault('not-found', `Nothing here is called "${shown(wanted)}". "list" shows what there is.`, {
    origin: 'input',
  });
}

/** The one that is meant. Fault `invalid` naming the candidates when there are several. */
export function resourceFor(wanted: string, all: readonly FoundResource[]): FoundResource {
  const found = resourcesFor(wanted, all);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const names = found
    .slice(0, 10)
    .map((one) => [`  ${one.id.slice(0, 8)}`, nameOf(one), shown(one.facts?.address ?? '')].filter(Boolean).join('  '));
  throw new Fault(
    'invalid',
    `"${shown(wanted)}" means ${found.length} of them; give the name with its kind, or the id:\n${names.join('\n')}${found.length > 10 ? '\n  …' : ''}`,
    { origin: 'input' },
  );
}

/**
 * The point that `at` means: the newest, an id or its beginning, or the newest at a time. Fault `not-found` saying which
 * there are.
 */
export function pointFor(resource: FoundResource, at = 'latest'): FoundPoint {
  const { points, damaged } = resource;
  const byId = isPointId(at) ? points.find(({ id }) => id.startsWith(at)) : undefined;
  const time = byId === undefined && at !== 'latest' ? endOf(at) : undefined;
  const found =
    byId ??
    (at === 'latest' ? points[0] : points.find(({ reader }) => time !== undefined && reader.point.takenAt <= time));
  if (found !== undefined) return found;
  const broken = damaged.find(({ id }) => isPointId(at) && id.startsWith(at));
  if (broken !== undefined) throw broken.fault;
  const oldest = points.at(-1)?.reader.point.takenAt;
  if (oldest === undefined) {
    const first = damaged[0] === undefined ? '' : ` ${damaged[0].fault.message}`;
    throw new Fault('corrupt', `No restore point of ${nameOf(resource)} opens: ${damaged.length} damaged.${first}`, {
      origin: 'storage',
    });
  }
  throw new Fault(
    'not-found',
    `${nameOf(resource)} has no restore point "${shown(at)}"; the oldest is of ${oldest}. Give a point's id, a time, or latest.`,
    { origin: 'input' },
  );
}

/** A resource at the moment that was asked for. */
export interface Chosen {
  readonly resource: FoundResource;
  readonly point: FoundPoint;
}

/** A resource that cannot be had at that moment. */
export interface Without {
  readonly resource: FoundResource;
  readonly fault: Fault;
}

/**
 * The point of each resource that `at` means, and why others have none: damage of one never costs the rest. The id of a
 * point means its resource alone. Fault `not-found` when no resource was there at that moment, and none is damaged.
 */
export function pointsFor(
  resources: readonly FoundResource[],
  at: string | undefined,
): { readonly chosen: readonly Chosen[]; readonly without: readonly Without[] } {
  const chosen: Chosen[] = [];
  const without: Without[] = [];
  for (const resource of resources) {
    try {
      chosen.push({ resource, point: pointFor(resource, at) });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      without.push({ resource, fault: error });
    }
  }
  const wasNotThere = ({ fault }: Without): boolean => isFault(fault, 'not-found');
  const [only] = without;
  if (only !== undefined && chosen.length === 0 && without.every(wasNotThere)) {
    if (without.length === 1) throw only.fault;
    throw new Fault(
      'not-found',
      `None of ${without.length} resources has a restore point "${shown(at ?? 'latest')}". "points RESOURCE" shows those of one; give a point's id, a time, or latest.`,
      { origin: 'input' },
    );
  }
  const isOfOne = at !== undefined && isPointId(at) && chosen.length > 0;
  return { chosen, without: isOfOne ? without.filter((one) => !wasNotThere(one)) : without };
}

/**
 * Restore points of the resource that do not open and on which none that opens stands: each may be the newest, and then
 * what came since is not in the chosen one. Nothing when a point was asked for by its id.
 */
export function maybeNewer({ resource, point }: Chosen, at = 'latest'): readonly Fault[] {
  if (isPointId(at)) return [];
  const followed = new Set(resource.points.map(({ reader }) => reader.predecessor));
  return resource.damaged
    .filter(({ id }) => !followed.has(id))
    .map(({ fault }) => {
      const { takenAt } = point.reader.point;
      const message = `A restore point of ${nameOf(resource)} that may be newer than the one taken, of ${takenAt}, does not open. ${fault.message}`;
      return new Fault(fault.kind, message, { origin: fault.origin, cause: fault });
    });
}

/** A point's id or its beginning, from six digits on. */
const isPointId = (at: string): boolean => at.length >= 6 && /^[0-9a-f]+$/.test(at);

/** A day alone means its end, in UTC. */
function endOf(at: string): string | undefined {
  return parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(at) ? `${at}T23:59:59.999Z` : at);
}

const folded = (text: string): string => text.normalize('NFC').toLowerCase();
