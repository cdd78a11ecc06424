import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import type { StoredStream } from '../model/stream.ts';
import { inPieces, noise, world } from './testing/world.ts';

/** A stream of several chunks, and what is handed out of a changed description of it. */
async function stored() {
  const repository = await world('readStream').open();
  const writer = repository.packWriter();
  const bytes = noise(5_000_000, 3);
  const stream = await writer.store('original', 'binary', inPieces(bytes));
  await writer.flush();
  const read = async (changed: StoredStream) => {
    const pieces: Uint8Array[] = [];
    let fault: unknown;
    try {
      for await (const piece of repository.readStream(changed)) pieces.push(piece);
    } catch (error) {
      fault = error;
    }
    return { given: Buffer.concat(pieces), fault };
  };
  return { stream, bytes, read };
}

describe('reading a stream', () => {
  it('hands out every byte', async () => {
    const { stream, bytes, read } = await stored();
    assert.ok(stream.parts.length > 2);
    const { given, fault } = await read(stream);
    assert.equal(fault, undefined);
    assert.ok(given.equals(bytes));
  });

  it('never hands out the end of what has another hash than it had', async () => {
    const { stream, bytes, read } = await stored();
    for (const changed of [
      { ...stream, sha256: '0'.repeat(64) },
      // Each part is what it was, and they are put together in another order.
      { ...stream, parts: stream.parts.toReversed() },
      { ...stream, parts: stream.parts.slice(0, -1) },
    ]) {
      const { given, fault } = await read(changed);
      assert.ok(isFault(fault, 'corrupt'));
      assert.ok(given.length < bytes.length);
    }
  });

  it('hands out nothing of a chunk that is another', async () => {
    const { stream, read } = await stored();
    const [first, ...rest] = stream.parts;
    assert.ok(first?.chunk !== undefined && rest[0]?.chunk !== undefined);
    const { given, fault } = await read({ ...stream, parts: [{ ...first, chunk: rest[0].chunk }, ...rest] });
    assert.ok(isFault(fault, 'corrupt') && /holds another chunk/.test(fault.message));
    assert.equal(given.length, 0);
  });
});
