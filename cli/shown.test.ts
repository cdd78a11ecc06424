import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shown, tableShown } from './shown.ts';

describe('what a terminal shows', () => {
  it('stands in columns, with characters that take two of them too', () => {
    const rows = [
      ['Anna Berg', '7'],
      ['佐藤 朋子', '8'],
      ['Zoë', '9'],
    ];
    assert.equal(tableShown(['name', 'n'], rows), 'name       n\nAnna Berg  7\n佐藤 朋子  8\nZoë        9');
  });

  it('neither moves the cursor nor turns the writing direction', () => {
    assert.equal(shown('a\u001B[2Jb\u202Egnp\u2066\n'), 'a\uFFFD[2Jb\uFFFDgnp\uFFFD\uFFFD');
  });
});
