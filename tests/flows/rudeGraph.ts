import type { ForeignTenant } from './foreignTenant.ts';
import { rudeDownload, RudeUploads } from './rudeContent.ts';
import { Dice } from './rudeDice.ts';
import { RudeIds } from './rudeIds.ts';
import { rudeItem, type Thing } from './rudeItems.ts';
import { isPage, type Place, RudePages } from './rudePages.ts';
import { type Asked, listenAs, type Says, Upstream } from './rudeServer.ts';
import { dressed, graphError, json, rudeParts, troubleAfter, troubleBefore } from './rudeTroubles.ts';

export interface RudeGraph {
  /** What an admin would set to meet this Graph instead of the tenant's. */
  readonly settings: Readonly<Record<string, string>>;
  /** Who signs the tokens of people. */
  readonly issuer: string;
  readonly dice: Dice;
  readonly ids: RudeIds;
  /** What a client did that no client may: such as changing a link that it was given. */
  readonly complaints: readonly string[];
  /** Requests whose `METHOD target` matches are answered so from now on, whoever asks again; without any, none is. */
  always(...refusals: readonly { readonly match: RegExp; readonly says: Says }[]): void;
  /** No more troubles from now on. */
  calm(): void;
  stop(): Promise<void>;
}

/**
 * The demo tenant behind another Graph: what comes through is the same data, said in forms and with troubles that the real
 * service is documented or known to have. Groups of rules, each on when its letter is in `letters`: a pages and links,
 * b change feeds, c batches, d connections and throttles, e encodings and clocks, f properties, g ids, h content links,
 * i dead cursors, j tokens, k uploads.
 */
export async function startRudeGraph(
  { tenant, settings }: ForeignTenant,
  { seed, letters }: { readonly seed: string; readonly letters: string },
): Promise<RudeGraph> {
  const dice = new Dice(seed, letters);
  const calm = new Dice(seed, '');
  let troubles = dice;
  const ids = new RudeIds(dice.has('g.ids'));
  const pages = new RudePages(dice);
  const uploads = new RudeUploads(dice);
  const upstream = new Upstream(tenant.caPath);
  const complaints: string[] = [];
  let refusals: readonly { readonly match: RegExp; readonly says: Says }[] = [];
  const refused = ({ method, target }: Asked): Says | undefined =>
    refusals.find(({ match }) => match.test(`${method} ${target}`))?.says;
  /** Which file a download link is of, so that trouble with one ends. */
  const linkOf = new Map<string, string>();

  const outward = (text: string): string =>
    text.replaceAll(tenant.graphUrl, graph.origin).replaceAll(tenant.contentUrl, content.origin);
  const ask = (asked: Asked): Promise<Says> => {
    const [path = '', query] = asked.target.split('?');
    const isJson = (asked.headers['content-type'] ?? '').startsWith('application/json');
    const ifMatch = asked.headers['if-match']?.replace(/^W\//, '');
    return upstream.ask(tenant.graphUrl, {
      ...asked,
      target: `${ids.realPath(path)}${query === undefined ? '' : `?${query}`}`,
      headers: { ...asked.headers, ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }) },
      body:
        isJson && asked.body.length > 0
          ? encoded(ids.realBody(batchInward(JSON.parse(asked.body.toString()))))
          : asked.body,
    });
  };

  /** The URLs inside a batch name ids too. */
  const batchInward = (body: unknown): unknown => {
    const { requests } = body as { requests?: { url: string }[] };
    if (!Array.isArray(requests)) return body;
    const real = ({ url, ...rest }: { url: string }) => {
      const [path = '', query] = url.split('?');
      return { ...rest, url: `${ids.realPath(path)}${query === undefined ? '' : `?${query}`}` };
    };
    return { requests: requests.map(real) };
  };

  const rudeJson = (body: unknown, asked: Asked): unknown => {
    if (isPage(body)) {
      const given = ids.givenBody(body) as typeof body;
      return pages.page(given, asked.target, graph.origin, true);
    }
    const isItem =
      typeof body === 'object' &&
      body !== null &&
      'id' in body &&
      ('name' in body || 'subject' in body || 'eTag' in body);
    return isItem ? rudeItem(dice, ids.givenBody(body) as Thing, false) : ids.givenBody(body);
  };

  const batch = async (asked: Asked): Promise<Says> => {
    const says = await ask(asked);
    if (says.status !== 200) return says;
    const { requests } = JSON.parse(asked.body.toString()) as { requests: { id: string; url: string }[] };
    const { responses } = JSON.parse(says.body.toString()) as {
      responses: { id: string; status: number; body?: unknown }[];
    };
    const urlOf = (id: string) => requests.find((request) => request.id === id)?.url ?? '';
    const parts = responses.map((part) => ({
      ...part,
      ...(part.status < 300 ? { body: rudeJson(part.body, { ...asked, target: `/v1.0${urlOf(part.id)}` }) } : {}),
    }));
    return json(200, { responses: rudeParts(troubles, parts, urlOf) });
  };

  /** A dead place in a change feed, in the words of mail or of drives; with the place to start over, or without. */
  const dead = (asked: Asked): Says | undefined => {
    const [path = ''] = asked.target.split('?');
    const place = pages.placeOf(asked.target);
    const phase = place === undefined ? 'first' : place.kind === 'tenant' && place.isCursor ? 'cursor' : 'middle';
    if (!path.endsWith('/delta') || !troubles.roll('i.resync', `${path} ${phase}`)) return undefined;
    if (!path.includes('/drives/'))
      return dice.pick(
        [
          graphError(410, 'SyncStateNotFound'),
          graphError(410, 'syncStateNotFound'),
          graphError(400, 'SyncStateInvalid'),
          graphError(410, 'resyncRequired'),
        ],
        `${path} ${phase}`,
      );
    const code = dice.pick(['resyncRequired', 'resyncChangesApplyDifferences', 'resyncChangesUploadDifferences'], path);
    const isNamed = dice.fraction(`location ${path} ${phase}`) > 0.5;
    const link = pages.give(
      { kind: 'tenant', link: `${tenant.graphUrl}${ids.realPath(path)}`, isCursor: false },
      path,
      graph.origin,
    );
    return graphError(410, code, isNamed ? { Location: link } : {});
  };

  const answerGraph = async (asked: Asked): Promise<Says> => {
    const trouble = refused(asked) ?? troubleBefore(troubles, asked) ?? dead(asked);
    if (trouble !== undefined) return dressed(dice, asked, trouble);
    if (asked.target.endsWith('/$batch'))
      return dressed(dice, asked, troubleAfter(troubles, asked, await batch(asked)));
    const place = asked.method === 'GET' ? pages.placeOf(asked.target) : undefined;
    if (place === undefined && /(skip|delta)?token=/i.test(asked.target))
      complaints.push(`${asked.method} ${asked.target.slice(0, 300)} is no link that was given`);
    return dressed(dice, asked, troubleAfter(troubles, asked, await fromPlace(asked, place)));
  };

  const fromPlace = async (asked: Asked, place: Place | undefined): Promise<Says> => {
    if (place?.kind === 'rest') return json(200, pages.page(place.page, asked.target, graph.origin, false));
    const says =
      place === undefined
        ? await ask(asked)
        : await upstream.ask(tenant.graphUrl, { ...asked, target: place.link.slice(tenant.graphUrl.length) });
    const location = says.headers['location'];
    if (location !== undefined && location.startsWith(tenant.contentUrl)) {
      const [path = ''] = asked.target.split('?');
      linkOf.set(location.slice(tenant.contentUrl.length), path);
      return { ...says, headers: { ...says.headers, location: outward(location) } };
    }
    const isJson = (says.headers['content-type'] ?? '').startsWith('application/json') && says.status < 300;
    if (!isJson || says.body.length === 0 || asked.target.endsWith('/$value')) return says;
    const body = rudeJson(JSON.parse(says.body.toString()), asked);
    const text = outward(JSON.stringify(body));
    return { ...says, headers: withoutLength(says.headers), body: Buffer.from(text) };
  };

  /** Links know no tokens: what is left of the troubles of Graph is throttles and connections. */
  const contentTrouble = (asked: Asked): Says | undefined => {
    const trouble = troubleBefore(troubles, asked);
    return trouble?.status === 401 ? undefined : trouble;
  };

  const answerContent = async (asked: Asked): Promise<Says> => {
    const trouble = refused(asked) ?? contentTrouble(asked);
    if (trouble !== undefined) return trouble;
    const isJson = (asked.headers['content-type'] ?? '').startsWith('application/json');
    const through = (one: Asked) => upstream.ask(tenant.contentUrl, one);
    const onward = isJson ? { ...asked, body: encoded(ids.realBody(JSON.parse(asked.body.toString()))) } : asked;
    if (asked.method === 'GET' && !/^\/(upload|attachment)\//.test(asked.target))
      return dressed(
        dice,
        asked,
        await rudeDownload(troubles, asked, linkOf.get(asked.target.replace(/^\/moved/, '')) ?? '', through),
      );
    const says = /^\/(upload|attachment)\//.test(asked.target)
      ? await (troubles === calm ? through(onward) : uploads.answer(onward, through))
      : await through(onward);
    const given = isJsonAnswer(says)
      ? {
          ...says,
          headers: withoutLength(says.headers),
          body: encoded(ids.givenBody(JSON.parse(says.body.toString()))),
        }
      : says;
    return dressed(dice, asked, troubleAfter(troubles, asked, given));
  };

  const answerSignIn = async (asked: Asked): Promise<Says> => {
    if (asked.target.split('?')[0]?.endsWith('/token') !== true) {
      const says = await upstream.ask(tenant.authorityUrl, asked);
      const text = says.body.toString().replaceAll(tenant.authorityUrl, authority.origin);
      return { ...says, headers: withoutLength(says.headers), body: Buffer.from(text) };
    }
    if (troubles.roll('j.signIn', 'token', 3))
      return dice.pick(
        [
          json(429, { error: 'temporarily_unavailable' }, { 'Retry-After': '1' }),
          { status: 503, headers: {}, body: Buffer.alloc(0) },
        ],
        String(Math.random()),
      );
    const body = new URLSearchParams(asked.body.toString());
    if (body.get('scope')?.startsWith(graph.origin) === true) body.set('scope', `${tenant.graphUrl}/.default`);
    return upstream.ask(tenant.authorityUrl, { ...asked, body: Buffer.from(body.toString()) });
  };

  const graph = await listenAs('localhost', tenant.caPath, answerGraph);
  const content = await listenAs('127.0.0.1', tenant.caPath, answerContent);
  const authority = await listenAs('localhost', tenant.caPath, answerSignIn);
  return {
    settings: {
      ...settings,
      GRAPH_ENDPOINT: graph.origin,
      AUTHORITY_HOST: authority.origin,
      CONTENT_HOSTS: new URL(content.origin).host,
    },
    issuer: `${authority.origin}/${tenant.tenantId}/v2.0`,
    dice,
    ids,
    complaints,
    always: (...next) => void (refusals = next),
    calm: () => (troubles = calm),
    async stop() {
      await Promise.all([graph.stop(), content.stop(), authority.stop()]);
      await upstream.close();
    },
  };
}

const encoded = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));

const isJsonAnswer = ({ headers, body, status }: Says): boolean =>
  status < 300 && body.length > 0 && (headers['content-type'] ?? '').startsWith('application/json');

const withoutLength = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'content-length'));
