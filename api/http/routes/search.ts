import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { SearchAnswer, SearchHit } from '../../../contract/resources.ts';
import type { Received } from '../../../contract/route.ts';
import type { routes } from '../../../contract/routes.ts';
import type { ResourceId } from '../../../engine/model/ids.ts';
import type { ProtectedResource } from '../../../engine/model/resource.ts';
import { everyResource } from '../../../engine/records/everyResource.ts';
import type { Mark } from '../../../engine/search/newestFirst.ts';
import { matcher } from '../../../engine/search/searchPoints.ts';
import { maySee, maySeeNames, seesTenant, sharedSettings } from '../../access.ts';
import { scan, type ScanHit, type ScanPlace, type ScanStep } from '../../search/scan.ts';
import { searchSessions } from '../../search/sessions.ts';
import type { Services } from '../../services.ts';
import { json } from '../answer.ts';
import type { Caller } from '../caller.ts';
import type { Handler } from '../handler.ts';
import { decodePlace, defaultPageSize, encodePlace } from '../paging.ts';
import { presentItem, presentPoint } from '../present.ts';

type Query = Received<typeof routes.search>['query'];

/** A page is answered after this long with what was found so far. */
const BUDGET_MS = 1_500;
/** At least so long it looks on from the place where another process stopped, once it has come there again. */
const BEYOND_MS = 500;

const tokenSchema = z.strictObject({
  s: z.string(),
  l: z.string(),
  e: z.string().optional(),
  p: z.union([
    z.strictObject({ after: z.tuple([z.string(), z.string(), z.string()]).optional() }),
    z.strictObject({ of: z.string(), rows: z.number().int().min(0) }),
  ]),
});

export function searchRoute(now: () => number): Handler<'search'> {
  const sessions = searchSessions(now);
  return async ({ services, caller }) =>
    async ({ query }) => {
      let until = now() + BUDGET_MS;
      const { resources, hidden } = await searchable(services, caller, query);
      const order = {
        resources,
        repository: services.repository,
        matches: matcher({
          q: query.q ?? '',
          ...(query.from === undefined ? {} : { from: query.from }),
          ...(query.to === undefined ? {} : { to: query.to }),
        }),
        deleted: query.deleted === true,
        now,
      };
      const token = decodePlace(tokenSchema, query.pageToken);
      const key = JSON.stringify([caller.id, { ...query, pageToken: undefined, pageSize: undefined }]);
      const kept = token === undefined ? undefined : sessions.take(token.s, key);
      const from = token === undefined || kept !== undefined ? undefined : placeOf(token);
      const steps = kept ?? scan(order, from);

      // Whoever begins anew at a place gets beyond it, or a search that other processes go on with might never end.
      let isBeyond = from === undefined;
      const isOver = (place: ScanPlace): boolean => {
        if (!isBeyond && !isDeepStrictEqual(place, from)) {
          isBeyond = true;
          until = Math.max(until, now() + BEYOND_MS);
        }
        return isBeyond && now() >= until;
      };
      const page = await readPage(steps, query.pageSize ?? defaultPageSize, isOver);
      const answer: SearchAnswer = {
        value: page.hits.map(present),
        searching: page.place !== undefined,
        coverage: {
          resources: resources.length,
          searched: page.place === undefined ? resources.length : page.resourcesDone,
          items: page.looked,
        },
        understood: understood(query),
        ...incompleteOf(page.unreadable, hidden),
      };
      if (page.place === undefined) return json(answer);
      const session = Buffer.from(services.random.bytes(9)).toString('base64url');
      await sessions.keep(session, key, steps);
      return json({ ...answer, nextPageToken: tokenOf(page.place, session) });
    };
}

/** What the caller may see by name: a list without names must not answer questions about names either. */
async function searchable(
  services: Services,
  caller: Caller,
  query: Query,
): Promise<{ resources: ProtectedResource[]; hidden: readonly ResourceId[] }> {
  const settings = await sharedSettings(services.records);
  const found: ProtectedResource[] = [];
  const filter = query.workload === undefined ? {} : { workload: query.workload };
  const { resources, unreadable } = await everyResource(services.records, filter);
  for (const resource of resources) {
    if (!maySee(caller, resource, settings) || !maySeeNames(caller, resource, settings)) continue;
    if (query.resourceId !== undefined && resource.id !== query.resourceId) continue;
    if (query.owner !== undefined && !isOwner(resource, query.owner)) continue;
    found.push(resource);
  }
  // Whose a record is that does not open nobody knows: it is named to those who see them all.
  const hidden = seesTenant(caller) ? unreadable : [];
  return {
    resources: found.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    hidden: hidden.filter((id) => query.resourceId === undefined || query.resourceId === id),
  };
}

function incompleteOf(
  damaged: readonly ProtectedResource[],
  hidden: readonly ResourceId[],
): Pick<SearchAnswer, 'incomplete'> {
  const incomplete = [
    ...damaged.map(({ id, name, workload }) => ({ resourceId: id, name, workload })),
    ...hidden.map((id) => ({ resourceId: id, name: id, workload: '' })),
  ];
  return incomplete.length === 0 ? {} : { incomplete };
}

function isOwner({ ownerId, address, name }: ProtectedResource, owner: string): boolean {
  const wanted = owner.normalize('NFKC').toLowerCase();
  return (
    ownerId === owner || address?.toLowerCase() === wanted || name.normalize('NFKC').toLowerCase().includes(wanted)
  );
}

interface SearchPage {
  readonly hits: readonly ScanHit[];
  readonly looked: number;
  readonly resourcesDone: number;
  readonly unreadable: readonly ProtectedResource[];
  /** Absent when everything was looked at. */
  readonly place?: ScanPlace;
}

async function readPage(
  steps: AsyncGenerator<ScanStep>,
  size: number,
  isOver: (place: ScanPlace) => boolean,
): Promise<SearchPage> {
  const hits: ScanHit[] = [];
  const damaged = new Map<ResourceId, ProtectedResource>();
  let looked = 0;
  for (;;) {
    const step = await steps.next();
    const unreadable = (): readonly ProtectedResource[] => [...damaged.values()];
    if (step.done === true) return { hits, looked, resourcesDone: 0, unreadable: unreadable() };
    for (const resource of step.value.unreadable) damaged.set(resource.id, resource);
    looked += step.value.looked;
    if (step.value.hit !== undefined) hits.push(step.value.hit);
    if (hits.length >= size || isOver(step.value.place))
      return {
        hits,
        looked,
        resourcesDone: step.value.resourcesDone,
        unreadable: unreadable(),
        place: step.value.place,
      };
  }
}

const tokenOf = (place: ScanPlace, session: string): string =>
  encodePlace({
    s: session,
    l: place.lot,
    ...(place.last === undefined ? {} : { e: place.last }),
    p: place.part === 'deleted' ? { of: place.resource, rows: place.rows } : { after: place.after },
  });

const placeOf = ({ l, e, p }: z.infer<typeof tokenSchema>): ScanPlace => {
  const lot = { lot: l as ResourceId, ...(e === undefined ? {} : { last: e as ResourceId }) };
  if ('of' in p) return { ...lot, part: 'deleted', resource: p.of as ResourceId, rows: p.rows };
  return { ...lot, part: 'newest', ...(p.after === undefined ? {} : { after: p.after as unknown as Mark }) };
};

function present({ resource, point, entry, parents, deletedAt }: ScanHit): SearchHit {
  return {
    resourceId: resource.id,
    item: presentItem(entry, { parents, showNames: true, ...(deletedAt === undefined ? {} : { deletedAt }) }),
    point: presentPoint(point),
    state: deletedAt === undefined ? 'same' : 'deleted',
  };
}

function understood({ q, workload, owner, from, to, deleted }: Query): string[] {
  return [
    ...(q === undefined || q.trim() === '' ? [] : [`name, subject or people contain ${q}`]),
    ...(workload === undefined ? [] : [`in ${workload}`]),
    ...(owner === undefined ? [] : [`of ${owner}`]),
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(to === undefined ? [] : [`before ${to}`]),
    deleted === true ? 'including deleted' : 'not deleted',
  ];
}
