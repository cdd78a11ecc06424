import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { Agent, request, type Dispatcher } from 'undici';
import type { Headers } from './retryAfter.ts';

/** One request as it leaves, for whoever watches (tests). */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: Buffer | string | Readable | undefined;
}

export interface Received {
  readonly status: number;
  /** Of a body that came encoded, neither its encoding nor its encoded length. */
  readonly headers: Headers;
  /** Decoded, whatever encoding it came in. */
  readonly body: Readable;
}

export interface Transport {
  /** Sends one request, follows nothing. Rejects with undici's error when no answer came. */
  send(order: SentRequest & { readonly signal: AbortSignal }): Promise<Received>;
  close(): Promise<void>;
}

/** After so long without an answer a request has failed. */
export const HEADERS_TIMEOUT_MS = 100_000;
const BODY_TIMEOUT_MS = 120_000;

/**
 * Keep-alive pools over HTTP/1.1. `mayBePrivate` names the `host:port` origins that may resolve to loopback, private or
 * link-local addresses; every other name is checked after it was resolved and before the connection is made, so that a
 * name which suddenly points inside cannot be used to look inside.
 */
export function createTransport(options: {
  readonly mayBePrivate: (hostname: string) => boolean;
  readonly observe?: (sent: SentRequest) => void;
}): Transport {
  const agent = new Agent({
    connections: 64,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: 20_000,
    headersTimeout: HEADERS_TIMEOUT_MS,
    bodyTimeout: BODY_TIMEOUT_MS,
    connect: { timeout: 15_000, lookup: checkedLookup(options.mayBePrivate) },
  });
  return {
    async send({ method, url, headers, body, signal }) {
      options.observe?.({ method, url, headers, body });
      const answer = await request(url, {
        dispatcher: agent,
        method: method as Dispatcher.HttpMethod,
        headers: { ...headers },
        body: body ?? null,
        signal,
      });
      return decoded(answer.statusCode, firstValues(answer.headers), answer.body);
    },
    close: () => agent.close(),
  };
}

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** Some servers, and what stands before them, encode also where they were not asked to. */
function decoded(status: number, headers: Headers, body: Readable): Received {
  const decoder = decoders[headers['content-encoding']?.trim().toLowerCase() ?? ''];
  if (decoder === undefined) return { status, headers, body };
  const { 'content-encoding': _encoding, 'content-length': _length, ...rest } = headers;
  // Its trouble is met by who reads what comes out.
  return { status, headers: rest, body: pipeline(body, decoder(), () => undefined) };
}

function firstValues(headers: Record<string, string | string[] | undefined>): Headers {
  const first: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const one = Array.isArray(value) ? value[0] : value;
    if (one !== undefined) first[name.toLowerCase()] = one;
  }
  return first;
}

const inside = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  inside.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
  ['64:ff9b::', 96],
] as const)
  inside.addSubnet(net, prefix, 'ipv6');

/** True for loopback, private, link-local, shared and multicast addresses, IPv4 in IPv6 included. */
export function isInsideAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return inside.check(mapped, 'ipv4');
  return inside.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function checkedLookup(mayBePrivate: (hostname: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const allowed = mayBePrivate(hostname) ? addresses : addresses.filter(({ address }) => !isInsideAddress(address));
      const [first] = allowed;
      if (first === undefined) {
        const refused = Object.assign(new Error(`${hostname} resolves to an address inside this network`), {
          code: 'EADDRNOTAVAIL',
        });
        callback(refused, '', 0);
      } else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
