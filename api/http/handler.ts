import type { Received } from '../../contract/route.ts';
import type { RouteName, routes } from '../../contract/routes.ts';
import type { Front, Services } from '../services.ts';
import type { HttpAnswer, HttpCall } from './answer.ts';
import type { Caller } from './caller.ts';

type Table = typeof routes;
/** Routes that need no token. */
export type OpenRoute = {
  [Name in RouteName]: Table[Name] extends { readonly allow: 'anyone' } ? Name : never;
}[RouteName];

/** A call whose caller may call this route, and whose path has the right form. */
export interface Asked<Name extends RouteName> {
  readonly caller: Name extends OpenRoute ? Caller | undefined : Caller;
  readonly params: Received<Table[Name]>['params'];
  readonly services: Name extends OpenRoute ? undefined : Services;
  readonly front: Front;
  readonly call: HttpCall;
  /** Ends when the reader is gone. */
  readonly isHead: boolean;
}

/** Second half: query and body are of the right form. */
export type Answering<Name extends RouteName> = (
  received: Pick<Received<Table[Name]>, 'query' | 'body'>,
) => Promise<HttpAnswer>;

/**
 * First finds what the path names and checks rights on it (404, 403), then answers. In between the body is read and
 * parsed (400), so that nobody learns from a complaint about a body what they may not see.
 */
export type Handler<Name extends RouteName> = (asked: Asked<Name>) => Promise<Answering<Name>>;

export type Handlers<Names extends RouteName = RouteName> = { readonly [Name in Names]: Handler<Name> };
