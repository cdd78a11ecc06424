import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { legalName, restoredName } from './names.ts';

describe('names in SharePoint', () => {
  const cases: [string, string][] = [
    ['Report.docx', 'Report.docx'],
    ['会議 📎.txt', '会議 📎.txt'],
    ['a"b*c:d<e>f?g/h\\i|j', 'a_b_c_d_e_f_g_h_i_j'],
    ['tab\there', 'tab_here'],
    [' space ', 'space'],
    ['dots...', 'dots___'],
    ['.', '_'],
    ['..', '__'],
    ['', '_'],
    ['CON', '_CON'],
    ['lpt1', '_lpt1'],
    ['.lock', '_.lock'],
    ['desktop.ini', '_desktop.ini'],
    ['~$open.docx', '_$open.docx'],
    ['my_vti_thing', 'my_vti-thing'],
  ];
  for (const [name, legal] of cases)
    it(`${JSON.stringify(name)} becomes ${JSON.stringify(legal)}`, () => assert.equal(legalName(name, false), legal));

  it('keeps `forms` away from the root of a library', () => {
    assert.deepEqual([legalName('Forms', true), legalName('Forms', false)], ['_Forms', 'Forms']);
  });

  it('is its own nearest legal name, and never longer than 255', () => {
    for (const name of [...cases.map(([odd]) => odd), 'x'.repeat(400) + '.docx', '📎'.repeat(200) + '.txt']) {
      const legal = legalName(name, true);
      assert.equal(legalName(legal, true), legal);
      assert.ok(legal.length <= 255 && legal.length > 0);
    }
  });

  it('puts the day of the restore before the extension', () => {
    assert.equal(restoredName('a.tar.gz', '2026-11-21', 1), 'a.tar (restored 2026-11-21).gz');
    assert.equal(restoredName('.profile', '2026-11-21', 2), '.profile (restored 2026-11-21 2)');
    const long = restoredName('x'.repeat(250) + '.docx', '2026-11-21', 1);
    assert.ok(long.length <= 255 && long.endsWith(' (restored 2026-11-21).docx'));
  });
});
