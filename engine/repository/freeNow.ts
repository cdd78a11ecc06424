/**
 * Gives the memory of `bytes` back at once: the collector lets tens of megabytes of such pieces gather before it looks.
 * `bytes` and all other views of that memory are empty afterwards: only for memory that the caller owns alone, and never
 * for what was handed to a socket or a file.
 */
export function freeNow(bytes: Uint8Array): void {
  // Short Buffers are pieces of memory that they share.
  if (bytes.byteLength >= Buffer.poolSize && bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
}
