import type { z } from 'zod';
import type { RouteName } from './paths.ts';
import type { Role } from './roles.ts';

/** One operation of the API, as data: the server registers from it, the document and the console's client follow from it. */
export interface Route {
  readonly summary: string;
  /** `anyone` needs no token. A member always sees own data only; what is not theirs is not found. */
  readonly allow: 'anyone' | readonly Role[];
  /** May a token of an application, without a person, call this? */
  readonly apps?: boolean;
  /** A value of the wrong form is not found (404), never bad input. */
  readonly params?: z.ZodObject;
  /** Names that are not in here are refused (400); absent: no names at all. */
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Headers with a meaning here. */
  readonly headers?: readonly ('If-Match' | 'Idempotency-Key' | 'Range' | 'If-Range')[];
  readonly answer: Answer;
}

export type Answer =
  | { readonly kind: 'json'; readonly status: 200 | 201 | 202; readonly schema: z.ZodType }
  | { readonly kind: 'empty'; readonly status: 204 }
  /** Streams at the reader's pace. HEAD answers the same headers; ranges give 206 and 416. */
  | { readonly kind: 'bytes'; readonly status: 200; readonly mediaTypes: readonly string[] }
  /** JSON, or a file with `format=csv`. */
  | { readonly kind: 'report'; readonly status: 200; readonly schema: z.ZodType };

export type Routes = { readonly [Name in RouteName]: Route };

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
type Sent<Schema> = Schema extends z.ZodType ? z.input<Schema> : undefined;
type At<R, Key extends string> = R extends { readonly [K in Key]: infer Value } ? Value : undefined;

/** What the server has in hand after parsing. */
export interface Received<R> {
  readonly params: Parsed<At<R, 'params'>>;
  readonly query: Parsed<At<R, 'query'>>;
  readonly body: Parsed<At<R, 'body'>>;
}

type Part<Key extends string, Value> = Value extends undefined
  ? { readonly [K in Key]?: undefined }
  : Record<string, never> extends Value
    ? { readonly [K in Key]?: Value }
    : { readonly [K in Key]: Value };

/** What a caller hands over. */
export type Input<R> = Part<'params', Sent<At<R, 'params'>>> &
  Part<'query', Sent<At<R, 'query'>>> &
  Part<'body', Sent<At<R, 'body'>>>;

/** What a caller gets back; `undefined` for an empty answer and for bytes. */
export type Output<R> = R extends {
  readonly answer: { readonly kind: 'json' | 'report'; readonly schema: infer Schema };
}
  ? Parsed<Schema>
  : undefined;
