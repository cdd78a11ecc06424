import { Fault } from '../engine/fault.ts';
import { parseInstant } from '../engine/model/ids.ts';
import type { FoundPoint, FoundResource } from './survey.ts';
import { shown } from './shown.ts';

/** As people write it: `Anna Berg (mail)`, or what can be said without a name. */
export function nameOf({ id, facts }: FoundResource): string {
  if (facts === undefined) return `resource ${id.slice(0, 8)}`;
  return shown(`${facts.name} (${facts.workload})`);
}

/**
 * The resources that `wanted` means: by id or its beginning (from six digits on), by name or address, or by a part of
 * these. Fault `not-found` naming what there is.
 */
export function resourcesFor(wanted: string, all: readonly FoundResource[]): readonly FoundResource[] {
  const text = folded(wanted);
  const namesOf = ({ facts }: FoundResource): string[] =>
    facts === undefined
      ? []
      : [facts.name, facts.address ?? '', facts.sourceId, `${facts.name} (${facts.workload})`].map(folded);
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
  const names = found.slice(0, 10).map((resource) => `  ${resource.id.slice(0, 8)}  ${nameOf(resource)}`);
  throw new Fault(
    'invalid',
    `"${shown(wanted)}" means ${found.length} of them; give the id instead:\n${names.join('\n')}${found.length > 10 ? '\n  …' : ''}`,
    { origin: 'input' },
  );
}

/**
 * The point that `at` means: the newest, an id or its beginning, or the newest at a time. Fault `not-found` saying which
 * there are.
 */
export function pointFor(resource: FoundResource, at = 'latest'): FoundPoint {
  const { points, damaged } = resource;
  const byId = at.length >= 6 && /^[0-9a-f]+$/.test(at) ? points.find(({ id }) => id.startsWith(at)) : undefined;
  const time = byId === undefined && at !== 'latest' ? endOf(at) : undefined;
  const found =
    byId ??
    (at === 'latest' ? points[0] : points.find(({ reader }) => time !== undefined && reader.point.takenAt <= time));
  if (found !== undefined) return found;
  const broken = damaged.find(({ id }) => id.startsWith(at));
  if (broken !== undefined) throw broken.fault;
  const oldest = points.at(-1)?.reader.point.takenAt;
  throw new Fault(
    'not-found',
    oldest === undefined
      ? `${nameOf(resource)} has no restore point that opens: ${damaged.length} damaged.`
      : `${nameOf(resource)} has no restore point "${shown(at)}"; the oldest is of ${oldest}. Give a point's id, a time, or latest.`,
    { origin: 'input' },
  );
}

/** A day alone means its end, in UTC. */
function endOf(at: string): string | undefined {
  return parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(at) ? `${at}T23:59:59.999Z` : at);
}

const folded = (text: string): string => text.normalize('NFC').toLowerCase();
