/**
 * `npm test`: every *.test.ts of the repository, group after group, and one closing line `N passed, N failed, N skipped`.
 * `npm test -- unit` runs one group; `npm test -- engine/backup` runs the files below a path; `--kills=20` kills more often,
 * `--hostile` looks at all of the corpus instead of a part.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');

interface Group {
  readonly name: string;
  readonly holds: (file: string) => boolean;
  readonly flags: readonly string[];
  /** Minutes after which the group is ended and counts as failed: a hanging test must not hang a build. */
  readonly minutes: number;
  /** Runs only when named: takes longer than a change is worth waiting for. */
  readonly onRequest?: true;
}

/** How often the tests in `kills` kill. */
const KILLS = Number(process.argv.find((word) => word.startsWith('--kills='))?.slice('--kills='.length) ?? 5);
const WANTED = process.argv.slice(2).filter((word) => !word.startsWith('--'));

/** Needs a process of its own: beside others it would measure theirs too. */
const MEASURES_MEMORY = 'engine/repository/large.test.ts';

/** A file belongs to the first group that holds it. Sized for two cores. */
const GROUPS: readonly Group[] = [
  { name: 'heavy', holds: startsWith('tests/heavy/'), flags: ['--test-concurrency=1'], minutes: 120, onRequest: true },
  { name: 'browser', holds: startsWith('tests/browser/'), flags: ['--test-concurrency=1'], minutes: 18 },
  {
    name: 'kills',
    holds: startsWith('tests/kills/', 'dev/startKilled.test.ts'),
    flags: ['--test-concurrency=1'],
    minutes: 8 + KILLS * 1.5,
  },
  {
    name: 'flows',
    holds: startsWith('tests/flows/', 'dev/start.test.ts'),
    // Flows wait for timers and pauses much of their time.
    flags: ['--test-concurrency=2'],
    minutes: 18,
  },
  // Rooms whose code has no outside: nothing to keep apart, so one process saves a start per file.
  {
    name: 'unit',
    holds: (file) => startsWith('engine/', 'contract/', 'bot/', 'tabs/')(file) && file !== MEASURES_MEMORY,
    flags: ['--test-isolation=none'],
    minutes: 15,
  },
  { name: 'parts', holds: () => true, flags: ['--test-concurrency=1'], minutes: 20 },
];
/**
 * One step after the other; the groups of a step run at once: one that waits much beside one that works, and two that
 * take a processor each. Kills, which measure time, stay alone.
 */
const STEPS = [['flows', 'unit'], ['browser', 'parts'], ['kills'], ['heavy']];

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

function startsWith(...prefixes: string[]): (file: string) => boolean {
  return (file) => prefixes.some((prefix) => file.startsWith(prefix));
}

function testFiles(): string[] {
  const folders = [
    'engine',
    'graph',
    'workloads',
    'azure',
    'contract',
    'bot',
    'api',
    'tabs',
    'cli',
    'dev',
    'bench',
    'tests',
    'appPackage',
    'infra',
    'tools',
  ];
  const present = readdirSync(ROOT).filter((name) => folders.includes(name));
  return present
    .flatMap((folder) =>
      readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        path.join(folder, name),
      ),
    )
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => /\.test\.tsx?$/.test(file) && !/(^|\/)(node_modules|dist)\//.test(file))
    .toSorted();
}

/**
 * Runs the files in a child of their own and reads node's own summary; a child without summary is one failure. What is not
 * `shown` as it comes is shown at the end, in one piece.
 */
async function runGroup(group: Group, files: readonly string[], scratch: string, shown: boolean): Promise<Totals> {
  const summary = path.join(scratch, `${group.name}.tap`);
  const reporters = [
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${summary}`,
  ];
  const heading = `\n── ${group.name}: ${files.length} files`;
  const said = path.join(scratch, `${group.name}.out`);
  const out = shown ? 'inherit' : openSync(said, 'w');
  if (shown) console.log(heading);
  const child = spawn(
    process.execPath,
    ['--test', ...group.flags, `--test-timeout=${group.minutes * 60_000 - 15_000}`, ...reporters, ...files],
    {
      cwd: ROOT,
      env: { ...process.env, KILLS: String(KILLS), ...(process.argv.includes('--hostile') ? { HOSTILE: 'all' } : {}) },
      stdio: ['ignore', out, out],
    },
  );
  const deadline = setTimeout(() => {
    console.error(`The group ${group.name} was not done after ${group.minutes} min and was ended.`);
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
  }, group.minutes * 60_000);
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve));
  clearTimeout(deadline);
  if (!shown) console.log(`${heading}\n${readFileSync(said, 'utf8')}`);
  const totals = readSummary(summary);
  return code !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals;
}

function readSummary(file: string): Totals {
  const lines = readFileSync(file, { encoding: 'utf8', flag: 'a+' }).split('\n');
  const count = (word: string) => Number(lines.findLast((line) => line.startsWith(`# ${word} `))?.split(' ')[2] ?? 0);
  return {
    passed: count('pass'),
    failed: count('fail') + count('cancelled'),
    skipped: count('skipped') + count('todo'),
  };
}

function groupNamed(name: string): Group {
  const group = GROUPS.find((candidate) => candidate.name === name);
  if (group === undefined) throw new Error(`No test group is called ${name}`);
  return group;
}

const groupOf = (file: string): Group | undefined => GROUPS.find((candidate) => candidate.holds(file));

async function main(wanted: readonly string[]): Promise<number> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'holdfast-tests-'));
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  const isWanted = (file: string, group: Group) =>
    (wanted.length === 0 && group.onRequest !== true) ||
    wanted.some((word) => word === group.name || file === word || file.startsWith(`${word.replace(/\/$/, '')}/`));
  const files = testFiles();
  for (const names of STEPS) {
    const step = names
      .map((name) => groupNamed(name))
      .map((group) => ({ group, own: files.filter((file) => groupOf(file) === group && isWanted(file, group)) }))
      .filter(({ own }) => own.length > 0);
    const results = await Promise.all(step.map(({ group, own }, at) => runGroup(group, own, scratch, at === 0)));
    for (const result of results) {
      totals.passed += result.passed;
      totals.failed += result.failed;
      totals.skipped += result.skipped;
    }
  }
  rmSync(scratch, { recursive: true, force: true });
  if (totals.passed + totals.failed === 0) console.error('No test ran: a run that tries nothing proves nothing.');
  console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  return totals.failed === 0 && totals.passed > 0 ? 0 : 1;
}

process.exitCode = await main(WANTED);
