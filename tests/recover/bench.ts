/**
 * `npm run bench:recover [-- ITEMS [NODE]]`: makes a repository of that many messages (default 100,000) in a temporary
 * folder, exports it with dist/recover.mjs on the Node that is named (default: this one), and again, when all is there.
 * Ends with 1 when an export does not give every message with its bytes, or takes more than ten minutes for 100,000.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemRandom } from '../../azure/systemRandom.ts';
import { createRepository } from '../../engine/repository/openRepository.ts';
import { formatRecoveryKey, makeRecoveryKey, recoveryKeyWrapper } from '../../engine/repository/recoveryKey.ts';
import { memoryTableStore } from '../../engine/testing/memoryTableStore.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import { virtualClock } from '../../engine/testing/virtualClock.ts';
import { bundleRecover } from '../../tools/packaging/recover.ts';
import { troublesOfExport } from './checkExport.ts';
import { diskBlobs } from './diskBlobs.ts';
import { manyMessages } from './manyItems.ts';

const SECONDS_FOR_100_000 = 600;
/** What starting up and reading the roots may take, however few the messages. */
const SECONDS_AT_LEAST = 30;

const items = Number(process.argv[2] ?? 100_000);
if (!Number.isSafeInteger(items) || items < 1) throw new Error('Say how many messages: npm run bench:recover -- 5000');
const most = Math.max(SECONDS_AT_LEAST, (items / 100_000) * SECONDS_FOR_100_000);
const troubles: string[] = [];
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
    const child = spawn(node, args, { stdio: ['ignore', 'inherit', 'pipe'] });
    let [peak, told] = [0, ''];
    child.stderr.on('data', (piece: Buffer) => {
      process.stderr.write(piece);
      told += piece.toString();
    });
    const watch = setInterval(() => {
      void readFile(`/proc/${child.pid}/status`, 'utf8').then(
        (status) => (peak = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? peak)),
        () => undefined,
      );
    }, 200);
    const code = await new Promise((resolve) => child.once('close', resolve));
    clearInterval(watch);
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `${round}: exit ${String(code)}, ${seconds.toFixed(1)} s, ${Math.round(items / seconds)} items/s, peak RSS ${Math.round(peak / 1024)} MB`,
    );
    if (code !== 0) troubles.push(`${round}: exit ${String(code)}`);
    if (seconds > most) troubles.push(`${round}: ${seconds.toFixed(0)} s, more than ${most.toFixed(0)} s`);
    const [written, kept] = round === 'first' ? [items, 0] : [0, items];
    const outcome = `${written.toLocaleString('en')} ${written === 1 ? 'file' : 'files'} written, ${kept.toLocaleString('en')} there already`;
    if (!told.includes(outcome)) troubles.push(`${round}: it does not say "${outcome}"`);
    for (const trouble of await troublesOfExport(path.join(folder, 'out'), items))
      troubles.push(`${round}: ${trouble}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
if (troubles.length === 0) console.log('every message is there, a sample compared byte by byte');
for (const trouble of troubles.slice(0, 20)) console.error(`WRONG ${trouble}`);
process.exitCode = troubles.length === 0 ? 0 : 1;
