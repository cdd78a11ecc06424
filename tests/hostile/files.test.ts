/** Every file of the corpus as content, and every message taken apart as the preview does: in time and in little memory. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createRepository } from '../../engine/repository/openRepository.ts';
import { memoryBlobStore } from '../../engine/testing/memoryBlobStore.ts';
import { memoryKeyWrapper } from '../../engine/testing/memoryKeyWrapper.ts';
import { memoryTableStore } from '../../engine/testing/memoryTableStore.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import { virtualClock } from '../../engine/testing/virtualClock.ts';
import { corpusFiles } from './corpus.ts';

const MOST_MS = 2_000;
const MOST_MB = 256;

it('every file is opaque bytes: stored and given back as it was, in time', async (t) => {
  const files = corpusFiles();
  if (files.length === 0) {
    t.skip('needs ../shared/corpus');
    return;
  }
  const ports = {
    blobs: memoryBlobStore(),
    tables: memoryTableStore(),
    random: seededRandom('hostile files'),
    clock: virtualClock(),
  };
  const repository = await createRepository(ports, { vault: memoryKeyWrapper('vault') }, 'contoso');
  let slowest = { ms: 0, name: '' };
  for (const { name, file } of files) {
    const bytes = readFileSync(file);
    const before = process.cpuUsage();
    const writer = repository.packWriter();
    const stream = await writer.store('original', 'binary', inPieces(bytes));
    await writer.flush();
    const hash = createHash('sha256');
    for await (const piece of repository.readStream(stream)) hash.update(piece);
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    assert.equal(hash.digest('hex'), createHash('sha256').update(bytes).digest('hex'), name);
    assert.ok(ms < MOST_MS, `${name} took ${Math.round(ms)} ms`);
    if (ms > slowest.ms) slowest = { ms, name };
  }
  t.diagnostic(`${files.length} files, slowest ${Math.round(slowest.ms)} ms (${slowest.name})`);
});

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 65_536) yield bytes.subarray(from, from + 65_536);
}

it(`every message is taken apart in ${MOST_MS / 1000} s and ${MOST_MB} MB`, async (t) => {
  const mails = corpusFiles('mail');
  if (mails.length === 0) {
    t.skip('needs ../shared/corpus');
    return;
  }
  // A process that grows beyond its limits ends, and the message it was at is named.
  const worker = new Worker(new URL('./takeApart.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: MOST_MB, maxYoungGenerationSizeMb: 16 },
  });
  let slowest = { ms: 0, name: '' };
  try {
    for (const { name, file } of mails) {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.postMessage(file);
      const ms = await promise.catch((cause: unknown) => assert.fail(`${name}: ${String(cause)}`));
      worker.off('error', reject);
      assert.ok(ms < MOST_MS, `${name} took ${Math.round(ms)} ms`);
      if (ms > slowest.ms) slowest = { ms, name };
    }
  } finally {
    await worker.terminate();
  }
  t.diagnostic(`${mails.length} messages, slowest ${Math.round(slowest.ms)} ms (${slowest.name})`);
});
