import assert from 'node:assert/strict';
import { it } from 'node:test';
import { toCsv } from './csv.ts';
import { nameOf } from './saveFile.ts';

/** With its byte order mark, which `text()` would take away. */
const textOf = async (blob: Blob): Promise<string> =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(await blob.arrayBuffer());

it('never lets a cell begin a formula, and keeps numbers numbers', async () => {
  const text = await textOf(
    toCsv(
      ['Name', 'Size'],
      [
        ['=HYPERLINK("http://x")', 12],
        ['@a', -3],
        ['plain', undefined],
      ],
    ),
  );
  assert.equal(text, '\uFEFFName,Size\r\n"\'=HYPERLINK(""http://x"")",12\r\n\'@a,-3\r\nplain,\r\n');
});

it('quotes what would break a line or a cell', async () => {
  const text = await textOf(toCsv(['A'], [['one, two'], ['two\nlines'], [' spaces ']]));
  assert.equal(text, '\uFEFFA\r\n"one, two"\r\n"two\nlines"\r\n" spaces "\r\n');
});

it('reads the name of a file from its header, whatever alphabet it is in', () => {
  assert.equal(nameOf(`attachment; filename="x.eml"; filename*=UTF-8''%E8%A6%8B%E7%A9%8D.eml`), '見積.eml');
  assert.equal(nameOf('attachment; filename="a \\"b\\".zip"'), 'a "b".zip');
  assert.equal(nameOf(null), undefined);
});
