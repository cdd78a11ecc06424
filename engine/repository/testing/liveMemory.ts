import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that are really in use: heap and buffers after a collection. Takes some 100 ms. */
export function liveMemory(): number {
  collectGarbage();
  // Buffers are swept beside the program; a second collection waits for the first one's.
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
