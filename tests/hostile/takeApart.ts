/** Takes apart the messages it is told of, one after the other, and says what each took of a processor, in milliseconds. */
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { messageParts } from '../../tabs/src/pages/restore/item/messageParts.ts';

parentPort?.on('message', (file: string) => {
  const bytes = readFileSync(file);
  const before = process.threadCpuUsage();
  void messageParts(new Uint8Array(bytes).buffer).then(() => {
    const { user, system } = process.threadCpuUsage(before);
    parentPort?.postMessage((user + system) / 1000);
  });
});
