import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import zlib from 'node:zlib';
import { lru } from '../../../engine/repository/lru.ts';
import { seededRandom, type SeededRandom } from '../../../engine/testing/seededRandom.ts';

let source: SeededRandom = seededRandom('none');

/** What code takes from the platform beside its ports follows from `seed` too, until called anew. */
export function seedGlobals(seed: string): void {
  source = seededRandom(seed);
}

const gzipNow = zlib.gzipSync.bind(zlib);
const gunzipNow = zlib.gunzipSync.bind(zlib);

/** Of so many results each; longer inputs are worked out every time. */
const REMEMBERED = 3000;
const REMEMBERED_BYTES = 8 * 1024;

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** What runs of a scenario have in common is worked out once: the same bytes always come to the same. */
function remembering<Options>(act: (bytes: Uint8Array, options: Options) => Buffer): typeof act {
  const results = lru<Buffer>(REMEMBERED);
  return (bytes, options) => {
    if (bytes.byteLength > REMEMBERED_BYTES) return act(bytes, options);
    const key = `${JSON.stringify(options)}${textOf(bytes)}`;
    const result = results.get(key) ?? act(bytes, options);
    results.set(key, result);
    return Buffer.from(result);
  };
}

const hkdfNow = crypto.hkdfSync.bind(crypto);
const derived = lru<ArrayBuffer>(REMEMBERED);
const secrets = new WeakMap<crypto.KeyObject, string>();

/** The same of keys. */
function hkdf(
  digest: string,
  key: crypto.KeyObject,
  salt: Uint8Array | string,
  info: string,
  length: number,
): ArrayBuffer {
  const secret = secrets.get(key) ?? key.export().toString('base64');
  secrets.set(key, secret);
  const from = typeof salt === 'string' ? `text ${salt}` : `bytes ${textOf(salt)}`;
  const name = JSON.stringify([digest, secret, from, info, length]);
  const result = derived.get(name) ?? hkdfNow(digest, key, salt, info, length);
  derived.set(name, result);
  return result.slice(0);
}

type Done = (error: Error | null, result?: Buffer) => void;
const atOnce =
  (act: (bytes: zlib.InputType) => Buffer) =>
  (bytes: zlib.InputType, ...rest: readonly unknown[]): void => {
    const done = rest.at(-1) as Done;
    try {
      done(null, act(bytes));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  };

/*
 * Threads of zlib and WebAssembly and random bytes of the system would make two runs of one plan differ. Replaced for the whole process:
 * only the simulation's own processes load this.
 */
Object.assign(zlib, {
  gzip: atOnce(gzipNow),
  gunzip: atOnce(gunzipNow),
  zstdCompressSync: remembering(zlib.zstdCompressSync.bind(zlib)),
  zstdDecompressSync: remembering(zlib.zstdDecompressSync.bind(zlib)),
});
Object.assign(crypto, {
  hkdfSync: hkdf,
  randomBytes: (length: number) => Buffer.from(source.bytes(length)),
  randomUUID: () => {
    const hex = Buffer.from(source.bytes(16)).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  },
});
Object.assign(WebAssembly, {
  compile: async (bytes: Uint8Array<ArrayBuffer>) => new WebAssembly.Module(bytes),
  instantiate: async (module: WebAssembly.Module, imports?: WebAssembly.Imports) =>
    new WebAssembly.Instance(module, imports),
});
Math.random = () => source.below(2 ** 32) / 2 ** 32;
syncBuiltinESMExports();
