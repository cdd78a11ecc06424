import { GraphError } from '../graphError.ts';
import { GRAPH, type Reply, type Request } from './request.ts';

/** A page of a plain list, whose links say how many came before. `kept`: queries that the links repeat. */
export function listPage(request: Request, items: readonly (() => string)[], size: number, context: string): Reply {
  const token = request.query.get('$skiptoken');
  const [skip, again] = (token ?? '0.0').split('.').map(Number);
  if (skip === undefined || again === undefined || !Number.isInteger(skip) || !Number.isInteger(again))
    throw new GraphError(400, 'BadRequest', 'The skip token is not valid.');
  const linkTo = (from: number, times: number): string => {
    const kept = [...request.query].filter(([name]) => name !== '$skiptoken');
    const query = [...kept, ['$skiptoken', `${from}.${times}`]];
    return `${GRAPH}/v1.0${request.path}?${query.map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`).join('&')}`;
  };
  if (request.befalls('emptyPage') !== undefined) return pageOf(context, [], linkTo(skip, again + 1));
  const asked = Number(request.query.get('$top') ?? size);
  const end = skip + Math.max(1, Math.min(size, Number.isInteger(asked) ? asked : size));
  const shown = items.slice(skip, end).map((text) => text());
  if (request.befalls('repeatPage') !== undefined) return pageOf(context, shown, linkTo(skip, again + 1));
  if (request.befalls('sameNextLink') !== undefined) return pageOf(context, shown, linkTo(skip, again));
  return pageOf(context, shown, items.length > end ? linkTo(end, 0) : undefined);
}

export const pageOf = (context: string, items: readonly string[], nextLink?: string, deltaLink?: string): Reply => ({
  status: 200,
  text: `{"@odata.context":"${GRAPH}/v1.0/$metadata#${context}","value":[${items.join(',')}]${
    nextLink === undefined ? '' : `,"@odata.nextLink":${JSON.stringify(nextLink)}`
  }${deltaLink === undefined ? '' : `,"@odata.deltaLink":${JSON.stringify(deltaLink)}`}}`,
});
