import type { Dice } from './rudeDice.ts';
import { rudeItem, type Thing } from './rudeItems.ts';

export interface PageBody extends Readonly<Record<string, unknown>> {
  readonly value: readonly Thing[];
  readonly '@odata.nextLink'?: string;
  readonly '@odata.deltaLink'?: string;
}

export const isPage = (body: unknown): body is PageBody =>
  typeof body === 'object' &&
  body !== null &&
  Array.isArray((body as { value?: unknown }).value) &&
  (body as PageBody).value.every((one) => typeof one === 'object' && one !== null && 'id' in one);

/** Where a link that was given out leads: to the tenant, or to what is left of a page of its. */
export type Place =
  | { readonly kind: 'tenant'; readonly link: string; readonly isCursor: boolean }
  | { readonly kind: 'rest'; readonly page: PageBody };

/** Pages in other sizes, orders and with other links than the tenant gives. */
export class RudePages {
  readonly #dice: Dice;
  readonly #places = new Map<string, Place>();
  #made = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** Undefined: the request is not one of the links that were given out. */
  placeOf(target: string): Place | undefined {
    return this.#places.get(target);
  }

  /** A link of the tenant as a client gets it: `asked` is the path and query of the request that it answers. */
  give(place: Place, asked: string, origin: string): string {
    const [path = '', query = ''] = asked.split('?');
    const dice = this.#dice;
    const name = `${path} ${++this.#made}`;
    const kept = query.split('&').filter((pair) => pair !== '' && !/^(\$|%24)?(skip|delta)?token=/i.test(pair));
    const signs = dice.roll('a.encoded', name) ? '%2B%2f-_.~%3d' : '';
    const length = dice.roll('a.longToken', name) ? 6_000 : 20;
    const token = `${signs}${String(this.#made).padStart(length, 'x')}`;
    const type = place.kind === 'tenant' && place.isCursor ? '$deltatoken' : '$skiptoken';
    const pairs = [...kept, `${dice.has('a.encoded') && signs !== '' ? type.replace('$', '%24') : type}=${token}`];
    if (dice.fraction(name) > 0.5) pairs.reverse();
    const target = `${path}?${pairs.join('&')}`;
    this.#places.set(target, place);
    return `${dice.roll('a.host', name) ? origin.replace('localhost', 'LocalHost') : origin}${target}`;
  }

  /** A page of the tenant, as the client gets it. `isNew`: it did not come through here before. */
  page(body: PageBody, asked: string, origin: string, isNew: boolean): PageBody {
    const dice = this.#dice;
    const isFeed = /\/delta(\?|$)/.test(asked);
    const items = isNew ? this.#arranged(body.value, isFeed) : body.value;
    let count = items.length;
    const name = `${asked.slice(0, 400)} ${++this.#made}`;
    if (dice.roll('a.cut', name)) count = Math.min(count, 1 + Math.floor(dice.fraction(name) * 7));
    if (dice.roll('a.empty', name)) count = 0;
    const { '@odata.nextLink': next, '@odata.deltaLink': delta, ...others } = body;
    const shown = { ...others, value: items.slice(0, count) };
    if (count < items.length)
      return {
        ...shown,
        '@odata.nextLink': this.give({ kind: 'rest', page: { ...body, value: items.slice(count) } }, asked, origin),
      };
    if (next !== undefined)
      return {
        ...shown,
        '@odata.nextLink': this.give({ kind: 'tenant', link: next, isCursor: false }, asked, origin),
      };
    if (delta !== undefined)
      return {
        ...shown,
        '@odata.deltaLink': this.give({ kind: 'tenant', link: delta, isCursor: true }, asked, origin),
      };
    return shown;
  }

  #arranged(items: readonly Thing[], isFeed: boolean): readonly Thing[] {
    const dice = this.#dice;
    const named = items.map((item) => rudeItem(dice, item, isFeed));
    if (!isFeed) return named;
    const isUnique = new Set(named.map(({ id }) => id)).size === named.length;
    const first = named[0];
    const ordered =
      isUnique && first !== undefined && dice.roll('b.childrenFirst', String(first.id)) ? named.toReversed() : named;
    return ordered.flatMap((item) => (this.#isTwice(item) ? [formerState(item), item] : [item]));
  }

  #isTwice(item: Thing): boolean {
    return item['deleted'] === undefined && item['@removed'] === undefined && this.#dice.roll('b.twice', item.id, 2);
  }
}

/** The same item as it was a little earlier: what the feed says of it later counts. */
function formerState(item: Thing): Thing {
  const { file } = item;
  if ('subject' in item)
    return { ...item, subject: 'An earlier subject', changeKey: 'CQAAearlier', '@odata.etag': 'W/"CQAAearlier"' };
  if ('displayName' in item) return { ...item, displayName: 'An earlier folder name' };
  return {
    ...item,
    name: 'An earlier name',
    eTag: '"{earlier},1"',
    ...(file === undefined
      ? {}
      : { size: 1, file: { mimeType: 'text/plain', hashes: { quickXorHash: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' } } }),
  };
}
