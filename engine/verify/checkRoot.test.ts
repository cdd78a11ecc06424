import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Finding } from '../model/verification.ts';
import { inPieces, noise, publishRound, resource, storedEntry, take, world } from '../repository/testing/world.ts';

it('a pack of another length than its root says is found, shorter or longer, whatever share of the content is read', async () => {
  for (const change of [
    (bytes: Uint8Array) => bytes.subarray(0, -1),
    // What a root needs of it is all there, and still it is not what was written.
    (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc(1)]),
  ]) {
    const made = world('lengths');
    const repository = await made.open();
    const head = await take(repository);
    const writer = repository.packWriter();
    const stream = await writer.store('original', 'binary', inPieces(noise(5_000, 1)));
    const packs = await writer.flush();
    await publishRound(repository, made.random, head, 1, [storedEntry('m1', stream)], [], packs);
    const pack = packs[0]?.pack ?? '';
    const name = `packs/${pack.slice(0, 2)}/${pack}`;
    made.blobs.tamper('repository', name, change);
    for (const level of ['full', 'sampling'] as const) {
      const findings: Finding[] = [];
      const plan = { level, share: level === 'full' ? 1 : 0, seed: 'seed' };
      const over = { resources: [resource], suspects: [] };
      const { verifier } = await made.open();
      for await (const step of verifier.steps(plan, { step: 'keys' }, over)) findings.push(...step.findings);
      const about = findings.find(({ area }) => area === 'pack');
      assert.deepEqual([about?.object, about?.kind], [name, 'corrupt'], level);
      assert.match(about?.detail ?? '', /bytes long instead of/);
    }
  }
});
