import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Red } from './inSimulation.ts';
import type { Planted, PlantedBug, Runner } from './plantedBug.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const mostMs = 60_000;

/** `caught`: a test went red. `green`: the bug passed unseen. `broken`: no test said anything, the run itself failed. */
export type Verdict = 'caught' | 'green' | 'broken';

export interface BugRun {
  readonly verdict: Verdict;
  /** The first test that went red, or what was wrong with the run. */
  readonly by: string;
  readonly seconds: number;
}

/** Plants the bug that PLANTED_BUG names before a test file is loaded. */
const plantOfBugs = path.join(import.meta.dirname, 'plant.ts');

/**
 * Runs the tests that must catch `bug` over the product with the bug in it, in a process of their own. `plant`: the file
 * that finds it by its name.
 */
export async function runBug(bug: Planted, plant = plantOfBugs): Promise<BugRun> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'planted-'));
  const log = path.join(scratch, 'planted');
  const began = performance.now();
  try {
    const { code, output, isTooLong } = await runFile(bug.caughtBy, {
      flags: ['--import', plant],
      env: { PLANTED_BUG: bug.name, PLANTED_LOG: log },
    });
    const seconds = (performance.now() - began) / 1000;
    const planted = new Set(readFileSync(log, { encoding: 'utf8', flag: 'a+' }).split('\n'));
    const unread = bug.patches.find(({ file }) => !planted.has(file));
    if (isTooLong) return { verdict: 'broken', by: `nothing was said within ${mostMs / 1000} s`, seconds };
    const red = firstRed(output);
    if (unread !== undefined && code === 0)
      return { verdict: 'broken', by: `${unread.file} was never loaded by ${bug.caughtBy.file}`, seconds };
    if (code === 0) return { verdict: 'green', by: `${bug.caughtBy.file} saw nothing`, seconds };
    if (red === undefined) return { verdict: 'broken', by: lastWords(output), seconds };
    return { verdict: 'caught', by: `${bug.caughtBy.file}: ${red}`, seconds };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Runs the same tests over the product as it is; undefined when they pass, else what went red. */
export async function runWithout(runner: Runner): Promise<string | undefined> {
  const { code, output } = await runFile(runner, { flags: [], env: {} });
  if (code === 0 && /^ok \d/m.test(output)) return undefined;
  return firstRed(output) ?? lastWords(output);
}

/** The simulation looks at a bug for at most so many schedules. */
const SCHEDULES = 80;

/** What the simulation of its scenario finds with `bug` in the product, or without it; undefined when nothing breaks. */
export async function simulateBug(
  { name, simulated: scenario = '', shownBy }: PlantedBug,
  isPlanted: boolean,
  schedules = SCHEDULES,
): Promise<{ readonly red: Red | undefined; readonly seconds: number }> {
  const began = performance.now();
  const plant = isPlanted ? ['--import', plantOfBugs] : [];
  const fault = shownBy === undefined ? [] : [shownBy];
  const { output, isTooLong } = await run(
    [...plant, path.join(import.meta.dirname, 'inSimulation.ts'), scenario, `${schedules}`, ...fault],
    isPlanted ? { PLANTED_BUG: name } : {},
  );
  const said = output.trimEnd().split('\n').at(-1) ?? '';
  if (isTooLong || !/^(null|\{.*\})$/.test(said))
    throw new Error(`The simulation of ${scenario} said nothing: ${said}`);
  return { red: (JSON.parse(said) as Red | null) ?? undefined, seconds: (performance.now() - began) / 1000 };
}

interface Ran {
  readonly code: number | null;
  readonly output: string;
  readonly isTooLong: boolean;
}

const runFile = (
  { file, only }: Runner,
  { flags, env }: { readonly flags: readonly string[]; readonly env: Record<string, string> },
): Promise<Ran> =>
  run([...flags, '--test-reporter=tap', ...(only === undefined ? [] : [`--test-name-pattern=${only}`]), file], env);

async function run(args: readonly string[], env: Record<string, string>): Promise<Ran> {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...env, NODE_TEST_CONTEXT: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  let isTooLong = false;
  const deadline = setTimeout(() => {
    isTooLong = true;
    child.kill('SIGKILL');
  }, mostMs);
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  clearTimeout(deadline);
  return { code, output, isTooLong };
}

/** The innermost test that failed first: it comes before the group that holds it. */
const firstRed = (output: string): string | undefined => /^\s*not ok \d+ - (.+)$/m.exec(output)?.[1];

const lastWords = (output: string): string => {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.find((line) => /Error/.test(line)) ?? lines.at(-1) ?? 'it ended without a word';
};
