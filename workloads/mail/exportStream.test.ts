import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../../engine/fault.ts';
import { streamExport } from './exportStream.ts';

async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readAll(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

const copy = Buffer.from(Uint8Array.from({ length: 1_000 }, (_, at) => (at * 7) & 255));
const item = { itemId: 'A "quoted" \\ id', changeKey: 'CQAA', data: copy.toString('base64') };

describe('an export that is read as it comes', () => {
  for (const size of [1, 2, 3, 7, 64, 5_000])
    it(`gives the copy and its version, cut every ${size} bytes`, async () => {
      for (const value of [item, { data: item.data, changeKey: 'CQAA', itemId: 'x' }]) {
        const stream = await streamExport(cut(JSON.stringify({ '@odata.context': 'data', value: [value] }), size));
        assert.equal(stream.error(), undefined);
        assert.deepEqual(await readAll(stream.bytes), copy);
        assert.equal(stream.changeKey(), 'CQAA');
      }
    });

  it('reads slashes that JSON escaped', async () => {
    const stream = await streamExport(
      cut(
        `{"value":[{"changeKey":"C","data":"${Buffer.from([255, 255, 255]).toString('base64').replaceAll('/', '\\/')}"}]}`,
        4,
      ),
    );
    assert.deepEqual(await readAll(stream.bytes), Buffer.from([255, 255, 255]));
  });

  it('reads characters that JSON wrote by their number, wherever the answer is cut', async () => {
    const bytes = Buffer.from([251, 239, 190, 251, 239]);
    const data = bytes.toString('base64').replaceAll('+', '\\u002B').replaceAll('=', '\\u003d');
    for (let size = 1; size < 20; size++) {
      const stream = await streamExport(cut(`{"value":[{"changeKey":"C","data":"${data}"}]}`, size));
      assert.deepEqual(await readAll(stream.bytes), bytes);
    }
  });

  it('takes no copy that is not base64 to its last character', async () => {
    const good = Buffer.from(Uint8Array.from({ length: 20 }, (_, at) => at * 11)).toString('base64');
    const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{3}=)?$/;
    for (let at = 0; at <= good.length; at++)
      for (const stray of [
        '',
        '\0',
        '\n',
        ' ',
        '-',
        '_',
        '=',
        'A',
        'B',
        '%',
        '\u00e4',
        '\\\\',
        '\\n',
        '\\u005c',
        '\\u00e4',
      ])
        for (const data of [
          good.slice(0, at) + stray + good.slice(at),
          good.slice(0, at) + stray + good.slice(at + 1),
        ]) {
          const isWritten = isBase64.test(data) && Buffer.from(data, 'base64').toString('base64') === data;
          for (const size of [3, 7, 500]) {
            const stream = await streamExport(cut(`{"value":[{"changeKey":"C","data":"${data}"}]}`, size));
            const read = readAll(stream.bytes);
            if (isWritten) assert.deepEqual(await read, Buffer.from(data, 'base64'));
            else
              await assert.rejects(
                read,
                (error) => isFault(error, 'corrupt') && error.code === 'NotBase64',
                `${JSON.stringify(data)} in pieces of ${size}`,
              );
          }
        }
  });

  it('names the error that came instead, however it is written', async () => {
    for (const name of ['error', 'Error']) {
      const stream = await streamExport(
        cut(JSON.stringify({ value: [{ itemId: 'x', [name]: { code: 'ErrorItemNotFound', message: 'data' } }] }), 5),
      );
      assert.equal(stream.error(), 'ErrorItemNotFound');
    }
    assert.equal((await streamExport(cut('{"value":[{"itemId":"x"}]}', 5))).error(), 'NotExported');
  });

  it('fails when the answer breaks off', async () => {
    const stream = await streamExport(cut(JSON.stringify({ value: [item] }).slice(0, 300), 50));
    await assert.rejects(readAll(stream.bytes), (error) => isFault(error, 'unavailable'));
  });
});
