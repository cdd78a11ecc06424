/** What a route answers. A stream is read at the reader's pace and given up when the reader is gone. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<Uint8Array>;
}

/** What the server needs of a request; both `Request` and the one of Azure Functions fit. */
export interface HttpCall {
  readonly method: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

export const json = (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): HttpAnswer => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store', ...headers },
  body: JSON.stringify(value),
});

export const empty: HttpAnswer = { status: 204, headers: { 'Cache-Control': 'no-store' } };
