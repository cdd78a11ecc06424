import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import zlib from 'node:zlib';
import { seededRandom, type SeededRandom } from '../../../engine/testing/seededRandom.ts';

let source: SeededRandom = seededRandom('none');

/** What code takes from the platform beside its ports follows from `seed` too, until called anew. */
export function seedGlobals(seed: string): void {
  source = seededRandom(seed);
}

const gzipNow = zlib.gzipSync.bind(zlib);
const gunzipNow = zlib.gunzipSync.bind(zlib);

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
Object.assign(zlib, { gzip: atOnce(gzipNow), gunzip: atOnce(gunzipNow) });
Object.assign(crypto, {
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
