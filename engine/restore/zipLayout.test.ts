import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import { zipBytes, zipLayout } from './zipLayout.ts';

const contents = ['', 'one', 'zwei\n'.repeat(1000), '三'].map((text) => Buffer.from(text));
const files = contents.map((content, index) => ({
  path: `Folder ${index}/Ünïcode ${index}.txt`,
  size: content.length,
  crc32: crc32(content),
  modifiedAt: '2026-11-21T10:20:30.000Z',
}));
const slice = async function* (index: number, from: number, to: number): AsyncIterable<Uint8Array> {
  const content = contents[index];
  assert.ok(content !== undefined);
  yield content.subarray(from, to);
};
const collect = async (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(bytes));

test('an independent reader finds every file with its name, bytes and checksum', async () => {
  const layout = zipLayout(files);
  const archive = await collect(zipBytes(layout, 0, layout.size, slice));
  assert.equal(archive.length, layout.size);
  const zip = await yauzl.fromBufferPromise(archive);
  const seen: string[] = [];
  for await (const entry of zip.eachEntry()) {
    const index = seen.push(entry.fileName) - 1;
    const stream = await zip.openReadStreamPromise(entry);
    assert.deepEqual(Buffer.concat(await stream.toArray()), contents[index]);
    assert.equal(entry.crc32, files[index]?.crc32);
  }
  assert.deepEqual(
    seen,
    files.map((file) => file.path),
  );
});

test('any range of the archive equals that part of the whole', async () => {
  const layout = zipLayout(files);
  const whole = await collect(zipBytes(layout, 0, layout.size, slice));
  for (const [from, to] of [
    [0, 1],
    [29, 31],
    [40, 700],
    [layout.size - 30, layout.size],
    [5_000, layout.size],
  ] as const) {
    assert.deepEqual(await collect(zipBytes(layout, from, to, slice)), whole.subarray(from, to));
  }
});

test('sizes and offsets beyond 4 GiB are written in ZIP64 fields', async () => {
  const big = 5 * 2 ** 30;
  const layout = zipLayout([
    { path: 'big.bin', size: big, crc32: 1 },
    { path: 'after.txt', size: 3, crc32: 2 },
  ]);
  assert.ok(layout.size > big);
  const directory = await collect(
    zipBytes(layout, big, layout.size, async function* (_index, from, to) {
      yield Buffer.alloc(Math.min(to - from, 100));
    }),
  );
  assert.ok(directory.includes(Buffer.from('504b0606', 'hex')), 'there is a ZIP64 end of directory');
  const sizes = Buffer.alloc(16);
  sizes.writeBigUInt64LE(BigInt(big), 0);
  sizes.writeBigUInt64LE(BigInt(big), 8);
  assert.ok(directory.includes(sizes), 'the true size stands in the extra field');
});
