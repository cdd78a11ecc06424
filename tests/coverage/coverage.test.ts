import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { applyPatches } from '../simulation/planted/applyPatches.ts';
import { brokenLine } from './brokenLine.ts';
import { explain } from './explain.ts';
import { readLcov } from './lcov.ts';
import { mutations } from './mutations/index.ts';
import { groups, modulesOf, ROOT } from './modules.ts';

it('an exception means its lines wherever they stand, and is stale when they are gone or stand there twice', () => {
  const source = 'one\n  if (a) {\n    b();\n  }\n  if (c) {\n    d();\n  }\n';
  const of = (...texts: string[]) => explain([{ why: 'because', lines: { 'a.ts': texts } }], () => source);
  const known = of('if (c) {\nd();');
  assert.deepEqual(known.stale, []);
  assert.deepEqual(
    [4, 5, 6, 7].map((line) => known.isExplained('a.ts', line)),
    [false, true, true, false],
  );
  assert.ok(!known.isExplained('b.ts', 5));
  assert.deepEqual(of('if (gone) {', '}').stale, ['a.ts: if (gone) {', 'a.ts: }']);
});

it('a tracefile tells lines and branches of each file', () => {
  const trace =
    'SF:a.ts\nDA:1,2\nDA:2,0\nBRDA:1,0,0,2\nBRDA:2,1,0,0\nBRDA:3,2,0,-\nend_of_record\nSF:b.ts\nend_of_record\n';
  const read = readLcov(trace);
  assert.deepEqual(read.get('a.ts'), {
    file: 'a.ts',
    lines: { taken: 1, of: 2 },
    branches: { taken: 1, of: 3 },
    untaken: [2, 3],
  });
  assert.deepEqual([...read.keys()], ['a.ts', 'b.ts']);
});

it('every pattern of a group means a module, and no module stands in two groups', () => {
  const all = groups.flatMap(modulesOf);
  assert.equal(new Set(all).size, all.length);
  for (const group of groups)
    for (const pattern of group.files) assert.ok(modulesOf({ ...group, files: [pattern] }).length > 0, pattern);
});

it('mutations have names of their own, each fits the product exactly once, and changes it', () => {
  assert.equal(new Set(mutations.map(({ name }) => name)).size, mutations.length);
  for (const mutation of mutations)
    for (const { file } of mutation.patches) {
      const source = readFileSync(path.join(ROOT, file), 'utf8');
      assert.notEqual(applyPatches(mutation, file, source), source, mutation.name);
    }
});

it('a mutation breaks the first line that it takes away or changes', () => {
  const source = 'one();\n  two(a);\n  three();\n';
  const of = (find: string, replace: string) => brokenLine({ find, replace }, source);
  assert.deepEqual(of('  two(a);\n', ''), { number: 2, text: 'two(a);' });
  assert.deepEqual(of('one();\n  two(a)', 'one();\n  two(b)'), { number: 2, text: 'two(a);' });
  assert.deepEqual(of('a);\n  three();', 'a);\n  four();'), { number: 3, text: 'three();' });
  assert.deepEqual(of('one();', 'one();\nmore();'), { number: 1, text: 'one();' });
  const explained = { find: '// Why.\nfour();\n', replace: '' };
  assert.deepEqual(brokenLine(explained, 'three();\n// Why.\nfour();\n'), { number: 3, text: 'four();' });
});
