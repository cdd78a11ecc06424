import { sortMoment } from '../../engine/model/item.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import type { SearchQuery } from '../../engine/model/restoreRequest.ts';
import type { SearchHit } from '../../engine/search/searchPoints.ts';
import { sightOf, type Sight } from '../access.ts';
import { askCard } from '../cards/notes.ts';
import { mostShown, noResultCard, resultCard, whichPersonCard, type Filter, type ShownHit } from '../cards/search.ts';
import { workloadWord } from '../cards/status.ts';
import { peopleNamed, type Person } from '../resources.ts';
import { collectHits, type Collected } from '../search/collectHits.ts';
import { parseSearch, type ParsedSearch } from '../search/parseSearch.ts';
import { shortened } from '../texts.ts';
import { sayCard, type Answer, type Asked } from '../turn.ts';
import { refuseRole } from './refuse.ts';

/** Hits that are counted; the console shows them all. */
const mostCounted = 50;
/** How long somebody waits for a first answer, and for each look at what another filter would bring. */
const patienceMs = 4000;
const closestMs = 800;

export interface SearchWish {
  readonly sentence: string;
  /** A person chosen on a card: their id, or `*` for everybody. */
  readonly person?: string;
  readonly deleted?: boolean;
}

/** `find …`, `restore …`: what the backup holds that this person may see. */
export async function find(asked: Asked, wish: SearchWish, purpose: 'find' | 'restore' = 'find'): Promise<Answer> {
  const { services, texts, actor, now } = asked;
  const sight = await sightOf(services.records, actor);
  if (!sight.selfService && actor.roles.length === 0) return refuseRole(asked, 'search.run');
  if (wish.sentence.trim() === '') return sayCard(askCard(texts, purpose));

  const parsed = parseSearch(wish.sentence, now, texts.timeZone);
  const deleted = wish.deleted === true || parsed.deleted;
  const name = wish.person === '*' ? undefined : (wish.person ?? parsed.person);
  const people = name === undefined ? [] : await peopleNamed(services.records, name, sight.maySeeNames);
  if (people.length > 1 && wish.person === undefined)
    return sayCard(whichPersonCard(texts, { name: name ?? '', q: wish.sentence.slice(0, 400), deleted, people }));

  const search: Search = {
    parsed,
    deleted,
    ...(name === undefined ? {} : { name }),
    ...(people[0] === undefined ? {} : { person: people[0] }),
  };
  const found = await look(asked, sight, search, patienceMs);
  const understood = interpretation(asked, search);
  if (found.hits.length > 0) return sayCard(await result(asked, found, understood));
  const closest = found.more ? undefined : await closestFilter(asked, sight, search, wish.sentence);
  return sayCard(
    noResultCard(texts, {
      understood,
      ...(closest === undefined ? {} : { closest }),
      sentence: wish.sentence.slice(0, 400),
      deleted,
      stillLooking: found.more,
      unreadable: resourceNames(texts, found.unreadable),
      consoleUrl: services.consoleUrl('restore'),
    }),
  );
}

/** What a sentence finds of what may be seen, whoever of a name it means, and how it was understood. */
export async function lookFor(asked: Asked, sight: Sight, sentence: string, ms: number) {
  const { services, texts, now } = asked;
  const parsed = parseSearch(sentence, now, texts.timeZone);
  const { person: name, deleted } = parsed;
  const people = name === undefined ? [] : await peopleNamed(services.records, name, sight.maySeeNames);
  const [only, ...others] = people;
  const search: Search = {
    parsed,
    deleted,
    ...(name === undefined ? {} : { name }),
    ...(only === undefined || others.length > 0 ? {} : { person: only }),
  };
  return { found: await look(asked, sight, search, ms), understood: interpretation(asked, search) };
}

interface Search {
  readonly parsed: ParsedSearch;
  readonly deleted: boolean;
  /** As it was said; `person` when it is exactly one owner. */
  readonly name?: string;
  readonly person?: Person;
}

async function look({ services }: Asked, sight: Sight, search: Search, ms: number): Promise<Collected> {
  const { parsed, deleted, name, person } = search;
  const query: SearchQuery = {
    q: parsed.q,
    ...(parsed.workload === undefined ? {} : { workload: parsed.workload }),
    ...(parsed.from === undefined ? {} : { from: parsed.from }),
    ...(parsed.to === undefined ? {} : { to: parsed.to }),
    ...(deleted ? { deleted } : {}),
  };
  const run = (of: SearchQuery, fits: (hit: SearchHit) => boolean, most: number) =>
    collectHits(
      (tell) => services.search(of, sight.maySeeNames, tell),
      (hit) => !hit.entry.container && fits(hit),
      most,
      ms,
    );
  if (name === undefined) return run(query, () => true, mostCounted);
  // Theirs first; then what they sent to others.
  const own = person === undefined ? undefined : await run({ ...query, ownerId: person.id }, () => true, mostCounted);
  if (own !== undefined && (own.more || own.hits.length > 0)) return own;
  // Their own backup is among those of everybody.
  const sender = (person?.name ?? name).toLocaleLowerCase('en');
  return run(query, ({ entry }) => entry.from?.toLocaleLowerCase('en').includes(sender) === true, mostCounted);
}

/** The filter that removed most: the one without which most is found. */
async function closestFilter(asked: Asked, sight: Sight, search: Search, sentence: string) {
  const { parsed } = search;
  const without: { filter: Filter; search: Search }[] = [];
  if (parsed.from !== undefined || parsed.to !== undefined) {
    const { from: _from, to: _to, ...rest } = parsed;
    without.push({ filter: 'dates', search: { ...search, parsed: rest } });
  }
  if (search.name !== undefined) {
    const { name: _name, person: _person, ...rest } = search;
    without.push({ filter: 'person', search: rest });
  }
  if (parsed.workload !== undefined) {
    const { workload: _workload, ...rest } = parsed;
    without.push({ filter: 'workload', search: { ...search, parsed: rest } });
  }
  if (parsed.q !== '' && without.length > 0)
    without.push({ filter: 'words', search: { ...search, parsed: { ...parsed, q: '' } } });
  const counted = [];
  for (const each of without) {
    const { hits } = await look(asked, sight, each.search, closestMs);
    if (hits.length > 0)
      counted.push({
        filter: each.filter,
        count: hits.length,
        sentence: sentenceWithout(parsed, each.filter, sentence),
      });
  }
  return counted.toSorted((a, b) => b.count - a.count)[0];
}

/** The sentence again, saying the same but for one thing. */
function sentenceWithout(parsed: ParsedSearch, filter: Filter, sentence: string): string {
  const { q, person } = parsed;
  const dates = parsed.understood.find(({ kind }) => kind === 'dates')?.value ?? '';
  const kind = parsed.workload === undefined ? '' : parsed.workload === 'mail' ? 'mails' : 'files';
  const parts = [
    filter === 'workload' ? '' : kind,
    filter === 'words' ? '' : q,
    filter === 'person' || person === undefined ? '' : `from ${person}`,
    filter === 'dates' ? '' : dates,
  ];
  const said = parts.filter((part) => part !== '').join(' ');
  return said === sentence ? '' : said.slice(0, 400);
}

/** How the sentence was understood, with real dates, so that people can correct it. */
export function interpretation({ texts }: Pick<Asked, 'texts'>, { parsed, deleted, name, person }: Search): string {
  const parts: string[] = [];
  if (parsed.q !== '') parts.push(texts('understood.words', { words: shortened(parsed.q) }));
  if (name !== undefined) parts.push(texts('understood.person', { name: shortened(person?.name ?? name, 80) }));
  if (parsed.workload !== undefined) parts.push(workloadWord(texts, parsed.workload));
  const { from, to } = parsed;
  const last = to === undefined ? undefined : new Date(Date.parse(to) - 1).toISOString();
  const zone = texts.timeZone;
  const day = (iso: string): string =>
    new Intl.DateTimeFormat(texts.locale, {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      timeZone: zone,
    }).format(new Date(iso));
  if (from !== undefined && last !== undefined)
    parts.push(
      day(from) === day(last)
        ? texts('understood.day', { day: day(from), zone })
        : texts('understood.days', { from: day(from), to: day(last), zone }),
    );
  else if (from !== undefined) parts.push(texts('understood.since', { from: day(from), zone }));
  else if (last !== undefined) parts.push(texts('understood.until', { to: day(last), zone }));
  if (deleted) parts.push(texts('understood.deleted'));
  if (parts.length === 0) parts.push(texts('understood.everything'));
  return new Intl.ListFormat(texts.locale, { type: 'unit' }).format(parts);
}

async function result({ services, texts }: Asked, { hits, more, unreadable }: Collected, understood: string) {
  const newest = hits.toSorted((a, b) => sortMoment(b.entry).localeCompare(sortMoment(a.entry)));
  return resultCard(texts, {
    hits: await Promise.all(newest.slice(0, mostShown).map((hit) => shownHit(services.records, hit))),
    understood,
    count: hits.length,
    more,
    unreadable: resourceNames(texts, unreadable),
    consoleUrl: services.consoleUrl('restore'),
  });
}

/** Whose backup of what, in words. */
export const resourceNames = (texts: Asked['texts'], resources: readonly ProtectedResource[]): readonly string[] =>
  resources.map(({ name, workload }) => `${shortened(name, 80)} (${workloadWord(texts, workload)})`);

export async function shownHit(records: Asked['services']['records'], hit: SearchHit): Promise<ShownHit> {
  const owner = (await records.resources.get(hit.resourceId))?.value.name ?? '';
  const date = sortMoment(hit.entry);
  return {
    resourceId: hit.resourceId,
    itemId: hit.entry.id,
    at: hit.pointId,
    name: hit.entry.name,
    workload: hit.workload,
    owner,
    size: hit.entry.size,
    copyAt: hit.takenAt,
    ...(hit.entry.from === undefined ? {} : { from: hit.entry.from }),
    ...(date === '' ? {} : { date }),
  };
}
