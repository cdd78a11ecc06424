/** Takes apart the messages it is told of, one after the other, and says how long each took. */
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { messageParts } from '../../tabs/src/pages/restore/item/messageParts.ts';

parentPort?.on('message', (file: string) => {
  const bytes = readFileSync(file);
  const startedAt = performance.now();
  void messageParts(new Uint8Array(bytes).buffer).then(() => parentPort?.postMessage(performance.now() - startedAt));
});
