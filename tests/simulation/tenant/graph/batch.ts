import type { Reply } from './request.ts';

/** One request of a batch. */
export interface Part {
  readonly id: string;
  readonly method: string;
  /** After the version, with its query. */
  readonly target: string;
  /** The same without its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const MOST_PARTS = 20;

export function batchParts(text: string): readonly Part[] {
  const { requests = [] } = (text === '' ? {} : JSON.parse(text)) as {
    readonly requests?: readonly {
      readonly id: string;
      readonly method: string;
      readonly url: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }[];
  };
  if (requests.length > MOST_PARTS) throw new TypeError(`A batch of ${requests.length} requests`);
  return requests.map(({ id, method, url, headers = {}, body }) => ({
    id,
    method,
    target: url,
    path: url.split('?')[0] ?? '',
    headers,
    body: body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body)),
  }));
}

/** Parts without a reply are left out. */
export function batchReply(parts: readonly { readonly id: string; readonly reply: Reply | undefined }[]): Reply {
  const responses = parts.flatMap(({ id, reply }) => {
    if (reply === undefined) return [];
    const { status, headers = {}, text, bytes, contentType = 'application/json' } = reply;
    const all = JSON.stringify({ ...headers, ...(text === undefined ? {} : { 'Content-Type': contentType }) });
    const isJson = contentType === 'application/json';
    const body = bytes?.toString('base64') ?? (isJson ? undefined : text);
    const shown = body === undefined ? (text ?? 'null') : JSON.stringify(body);
    return [`{"id":${JSON.stringify(id)},"status":${status},"headers":${all},"body":${shown}}`];
  });
  return { status: 200, text: `{"responses":[${responses.join(',')}]}` };
}
