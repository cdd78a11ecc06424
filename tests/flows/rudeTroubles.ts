import { createHash } from 'node:crypto';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import type { Dice } from './rudeDice.ts';
import type { Asked, Says } from './rudeServer.ts';

export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Says => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: Buffer.from(JSON.stringify(body)),
});

export const graphError = (status: number, code: string, headers: Readonly<Record<string, string>> = {}): Says =>
  json(
    status,
    { error: { code, message: `${code}.`, innerError: { 'request-id': 'r', date: '2026-11-21' } } },
    headers,
  );

const NOTHING = Buffer.alloc(0);
const page = (status: number): Says => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: Buffer.from('<!DOCTYPE html><html><body><h1>Our services aren’t available right now</h1></body></html>'),
});

/** What a request is, so that the same one tried again is known. */
export const nameOf = ({ method, target, body }: Asked): string =>
  `${method} ${target.slice(0, 300)} ${createHash('sha256').update(target).update(body.subarray(0, 4_096)).digest('hex').slice(0, 12)}`;

/** Retry-After in the forms that it has: seconds, a date, nothing, zero. */
const waits = (dice: Dice, name: string): Readonly<Record<string, string>> => {
  const form = dice.pick(['seconds', 'date', 'missing', 'zero', 'nonsense'], `wait ${name}`);
  if (form === 'seconds') return { 'Retry-After': '1' };
  if (form === 'date') return { 'Retry-After': new Date(Date.now() + 1_000).toUTCString() };
  if (form === 'zero') return { 'retry-after': '0' };
  return form === 'missing' ? {} : { 'retry-after': '-1' };
};

/** Trouble that keeps a request from being carried out; undefined when it may go on. */
export function troubleBefore(dice: Dice, asked: Asked): Says | undefined {
  const name = nameOf(asked);
  if (dice.roll('j.refused', name))
    return graphError(401, 'InvalidAuthenticationToken', {
      'www-authenticate': 'Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="',
    });
  if (dice.roll('d.reset', name)) return { status: 0, headers: {}, body: NOTHING, end: 'never' };
  if (dice.roll('d.throttled', name))
    return graphError(
      dice.pick([429, 429, 503], `status ${name}`),
      dice.pick(['TooManyRequests', 'ApplicationThrottled', 'activityLimitReached', 'serviceNotAvailable'], name),
      waits(dice, name),
    );
  if (dice.roll('d.broken', name)) {
    const form = dice.pick(['page', 'empty', 'error', 'gateway'], `broken ${name}`);
    if (form === 'page') return page(dice.pick([500, 502, 503], name));
    if (form === 'empty') return { status: 503, headers: {}, body: NOTHING };
    return form === 'error' ? graphError(500, 'generalException') : graphError(504, 'UnknownError');
  }
  return undefined;
}

/** What becomes of an answer on its way back. */
export function troubleAfter(dice: Dice, asked: Asked, says: Says): Says {
  const name = nameOf(asked);
  if (asked.method !== 'GET' && !asked.target.endsWith('/$batch') && dice.roll('d.lostAnswer', name))
    return { ...says, end: 'never' };
  const slow = dice.roll('d.slow', name) ? { waitMs: 700 } : {};
  if (says.body.length > 1 && says.status < 300 && dice.roll('d.midBody', name))
    return { ...says, ...slow, end: 'middle' };
  return { ...says, ...slow };
}

const encodings = {
  gzip: (body: Buffer) => gzipSync(body, { level: 1 }),
  deflate: (body: Buffer) => deflateSync(body, { level: 1 }),
  br: (body: Buffer) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
};

/** The same answer in another dress: encoded, in chunks, with a byte order mark, dated by another clock. */
export function dressed(dice: Dice, asked: Asked, says: Says): Says {
  const name = nameOf(asked);
  const headers: Record<string, string> = { ...says.headers };
  if (dice.roll('e.skew', name, 1_000))
    headers['date'] = new Date(Date.now() + dice.pick([-240_000, 240_000], name)).toUTCString();
  const isJson = (headers['content-type'] ?? '').startsWith('application/json');
  if (!isJson || says.body.length === 0) return { ...says, headers };
  let { body } = says;
  delete headers['content-length'];
  if (dice.roll('e.bom', name, 1_000)) body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
  const takes = asked.headers['accept-encoding'] ?? '*';
  if (dice.roll('e.encoding', name, 1_000)) {
    const coding = dice.pick(['gzip', 'deflate', 'br'] as const, name);
    if (takes === '*' || takes.includes(coding)) {
      headers['content-encoding'] = coding;
      body = encodings[coding](body);
    }
  }
  return { ...says, headers, body };
}

interface Part {
  readonly id: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The parts of a batch in another order, with some that did not make it. `urlOf`: what a part had asked for. */
export function rudeParts(dice: Dice, parts: readonly Part[], urlOf: (id: string) => string): readonly unknown[] {
  const answered = parts.flatMap((part): unknown[] => {
    const name = `part ${urlOf(part.id)}`;
    if (dice.roll('c.missing', name)) return [];
    if (dice.roll('c.throttled', name))
      return [
        {
          id: part.id,
          status: 429,
          headers: waits(dice, name),
          body: { error: { code: 'TooManyRequests', message: '' } },
        },
      ];
    if (dice.roll('c.broken', name))
      return [
        dice.pick<unknown>(
          [
            { id: part.id, status: 503, headers: waits(dice, name), body: null },
            { id: part.id, status: 504, headers: {}, body: { error: { code: 'UnknownError', message: '' } } },
            { id: part.id, status: 500 },
          ],
          name,
        ),
      ];
    const headers = Object.entries(part.headers ?? {}).map(([key, value]) => [
      dice.roll('c.case', name, 1_000) ? key.toUpperCase() : key,
      value,
    ]);
    return [{ ...part, headers: Object.fromEntries(headers) as unknown }];
  });
  const isTurned = dice.roll('c.order', parts.map(({ id }) => urlOf(id)).join(), 1_000);
  return isTurned ? answered.toReversed() : answered;
}
