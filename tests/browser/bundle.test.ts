import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { before, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { builtConsole } from './consoleBuild.ts';

let folder = '';
before(async () => {
  folder = await builtConsole();
});

/** Scripts that a script loads at once, not those that wait until they are wanted. */
const importsOf = (source: string): string[] =>
  [
    ...source.matchAll(
      /(?:^|[;}\s])(?:import|export)[^'"()]*?from\s*["']\.\/([^"']+\.js)["']|(?:^|[;}\s])import\s*["']\.\/([^"']+\.js)["']/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? '');

it('starts with at most 250 KB of zipped script', async () => {
  const html = await readFile(path.join(folder, 'index.html'), 'utf8');
  const wanted = [...html.matchAll(/assets\/([\w.-]+\.js)/g)].map((match) => match[1] ?? '');
  assert.ok(wanted.length > 0);
  const sizes = new Map<string, number>();
  while (wanted.length > 0) {
    const name = wanted.pop() ?? '';
    if (sizes.has(name)) continue;
    const source = readFileSync(path.join(folder, 'assets', name));
    sizes.set(name, gzipSync(source).byteLength);
    wanted.push(...importsOf(source.toString()));
  }
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  assert.ok(total <= 250 * 1024, `${Math.round(total / 1024)} KB in ${[...sizes.keys()].join(', ')}`);
});

it('carries no script inside its pages, which the policy would stop', async () => {
  for (const name of ['index.html', 'sign-in.html']) {
    const html = await readFile(path.join(folder, name), 'utf8');
    for (const [, attributes = '', inside = ''] of html.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)) {
      assert.match(attributes, /\bsrc=/, name);
      assert.equal(inside.trim(), '', name);
    }
  }
});
