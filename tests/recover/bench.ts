/**
 * `npm run bench:recover [-- ITEMS [NODE]]`: makes a repository of that many messages (default 100,000) in a temporary
 * folder, exports it with dist/recover.mjs on the Node that is named (default: this one), and again, when all is there.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemRandom } from '../../azure/systemRandom.ts';
import { createRepository } from '../../engine/repository/openRepository.ts';
import { formatRecoveryKey, makeRecoveryKey, recoveryKeyWrapper } from '../../engine/repository/recoveryKey.ts';
import { memoryTableStore } from '../../engine/testing/memoryTableStore.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import { virtualClock } from '../../engine/testing/virtualClock.ts';
import { bundleRecover } from '../../tools/packaging/recover.ts';
import { diskBlobs } from './diskBlobs.ts';
import { manyMessages } from './manyItems.ts';

const items = Number(process.argv[2] ?? 100_000);
const node = process.argv[3] ?? process.execPath;
const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-recover-'));
try {
  const { file } = await bundleRecover(path.resolve(import.meta.dirname, '../..'), path.join(folder, 'recover.mjs'));
  const key = makeRecoveryKey(systemRandom);
  const keyFile = path.join(folder, 'key.txt');
  await writeFile(keyFile, formatRecoveryKey(key));
  const random = seededRandom('bench');
  const ports = {
    blobs: diskBlobs(path.join(folder, 'copy')),
    tables: memoryTableStore(),
    random: systemRandom,
    clock: virtualClock(),
  };
  const began = performance.now();
  const repository = await createRepository(
    ports,
    { recovery: recoveryKeyWrapper(key, systemRandom) },
    'contoso.onmicrosoft.com',
  );
  const { bytes } = await manyMessages(repository, random, items);
  console.log(
    `made ${items} messages, ${(bytes / 1e9).toFixed(2)} GB, in ${((performance.now() - began) / 1000).toFixed(0)} s`,
  );
  for (const round of ['first', 'again']) {
    const started = performance.now();
    const args = [
      file,
      'export',
      '--from',
      path.join(folder, 'copy'),
      '--key-file',
      keyFile,
      '--to',
      path.join(folder, 'out'),
    ];
    const child = spawn(node, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    let peak = 0;
    const watch = setInterval(() => {
      void readFile(`/proc/${child.pid}/status`, 'utf8').then(
        (status) => (peak = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? peak)),
        () => undefined,
      );
    }, 200);
    const code = await new Promise((resolve) => child.once('exit', resolve));
    clearInterval(watch);
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `${round}: exit ${String(code)}, ${seconds.toFixed(1)} s, ${Math.round(items / seconds)} items/s, peak RSS ${Math.round(peak / 1024)} MB`,
    );
  }
  const made = await readdir(path.join(folder, 'out'), { recursive: true });
  console.log(`${made.length} names below the target`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
