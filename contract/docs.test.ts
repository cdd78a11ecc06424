import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { paths } from './paths.ts';

it('docs/api.md names every route, and none that is gone', () => {
  const text = readFileSync(new URL('../docs/api.md', import.meta.url), 'utf8');
  const named = [...text.matchAll(/^\| `((?:GET|POST|PUT|PATCH|DELETE) \/[^`]*)`/gm)].map((match) => match[1]);
  assert.deepEqual(
    named.toSorted(),
    Object.values(paths)
      .map(({ method, path }) => `${method} ${path}`)
      .toSorted(),
  );
});
