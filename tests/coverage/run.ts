/**
 * `npm run coverage`: how much of the modules that keep the promises the engine's unit tests take, module by module. Red
 * when a group is below its goal, a test fails, or an exception no longer says which line it means. `-- --untaken` names
 * every branch that no test took.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exceptions } from './exceptions.ts';
import { explain } from './explain.ts';
import { readLcov } from './lcov.ts';
import type { FileCoverage, Share } from './lcov.ts';
import { GOAL, groups, modulesOf, ROOT } from './modules.ts';

/** Reads a mailbox of 100,000 messages to measure memory: under coverage it measures the coverage. */
const MEASURES_MEMORY = 'engine/repository/large.test.ts';

const isAllNamed = process.argv.includes('--untaken');
const modules = groups.flatMap(modulesOf);
const { code, measured } = measure();
let isRed = code !== 0;

const width = Math.max(...modules.map((file) => file.length)) + 2;
const row = (name: string, lines: string, branches: string): void =>
  console.log(`${name.padEnd(width)} | ${lines.padStart(7)} | ${branches.padStart(18)}`);
row('module', 'lines', 'branches');
const explained = explain(exceptions, (file) => readFileSync(path.join(ROOT, file), 'utf8'));
const untold: string[] = [];
for (const group of groups) {
  const files = modulesOf(group).flatMap((file) => measured.get(file) ?? []);
  console.log('');
  for (const { file, lines, branches, untaken } of files) {
    row(`  ${file}`, percent(lines), `${percent(branches)} of ${branches.of}`);
    untold.push(...untaken.filter((line) => !explained.isExplained(file, line)).map((line) => `${file}:${line}`));
    if (isAllNamed) for (const line of untaken) console.log(`      ${line}: ${textAt(file, line)}`);
  }
  const [lines, branches] = [sumOf(files, 'lines'), sumOf(files, 'branches')];
  row(group.name, percent(lines), `${percent(branches)} of ${branches.of}`);
  if (branches.taken * 100 >= GOAL * branches.of) continue;
  console.log(`  below ${GOAL} %`);
  isRed = true;
}
console.log(
  `\nBranches that no test takes and ${path.relative(ROOT, import.meta.dirname)}/exceptions.ts does not explain: ${untold.length}`,
);
for (const place of untold) console.log(`  ${place}`);
for (const stale of explained.stale) console.log(`An exception means nothing any more: ${stale}`);
isRed ||= explained.stale.length > 0;
if (code !== 0) console.log('The tests themselves are red.');
process.exitCode = isRed ? 1 : 0;

/** Runs the tests once, in one process, and reads what they took. */
function measure(): { readonly code: number | null; readonly measured: ReadonlyMap<string, FileCoverage> } {
  const scratch = mkdtempSync(path.join(tmpdir(), 'coverage-'));
  const trace = path.join(scratch, 'lcov.info');
  const tests = globSync(['engine/**/*.test.ts', 'contract/*.test.ts'], { cwd: ROOT })
    .filter((file) => file !== MEASURES_MEMORY)
    .toSorted();
  try {
    const { status } = spawnSync(
      process.execPath,
      [
        '--test',
        '--test-isolation=none',
        '--experimental-test-coverage',
        ...modules.map((file) => `--test-coverage-include=${file}`),
        '--test-reporter=dot',
        '--test-reporter-destination=stderr',
        '--test-reporter=lcov',
        `--test-reporter-destination=${trace}`,
        ...tests,
      ],
      { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, NODE_TEST_CONTEXT: '' } },
    );
    return { code: status, measured: readLcov(readFileSync(trace, 'utf8')) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function sumOf(files: readonly FileCoverage[], what: 'lines' | 'branches'): Share {
  return {
    taken: files.reduce((sum, file) => sum + file[what].taken, 0),
    of: files.reduce((sum, file) => sum + file[what].of, 0),
  };
}

function percent({ taken, of }: Share): string {
  return of === 0 ? 'none' : `${((100 * taken) / of).toFixed(1)} %`;
}

function textAt(file: string, line: number): string {
  return readFileSync(path.join(ROOT, file), 'utf8').split('\n')[line - 1]?.trim() ?? '';
}
