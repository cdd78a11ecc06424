import { Fault } from '../fault.ts';

/** One Put of at most this: larger blobs would cost a write per block and could be seen half made. */
export const largestPut = 32 * 1024 * 1024;

const invalid = (message: string): Fault => new Fault('invalid', message, { origin: 'engine' });

/** Fault `invalid` for a name that Azure does not take, or that a URL would fold together with another one. */
export function checkBlobName(name: string): void {
  if (!/^(?!.*(?:\/\/|\.\.|[./]$))[A-Za-z0-9][A-Za-z0-9 ._~:=+@,/-]{0,1023}$/.test(name)) {
    throw invalid(`"${name}" is no name for a blob`);
  }
}

/** Faults `invalid` and `too-large` for what does not fit into one request. */
export function checkPut(name: string, bytes: Uint8Array): void {
  checkBlobName(name);
  if (bytes.length > largestPut) {
    throw new Fault('too-large', `Blob ${name} has ${bytes.length} bytes, more than one request may carry`);
  }
}

/** Fault `invalid` for a range that is none. */
export function checkRange({ from, length }: { readonly from: number; readonly length: number }): void {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(length) || from < 0 || length < 0) {
    throw invalid(`${from}+${length} is no range of a blob`);
  }
}
