/**
 * `npm run simulate:long -- --minutes n`: goes on where the last one stopped, and adds up in a file. Layers in turn: random
 * schedules, pairs of faults on the smallest scenarios, several processes in an order that is drawn, and whole years.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { crowdRates, type Rates } from '../plan/plan.ts';
import { keepRegression } from '../plan/regressions.ts';
import { scenarios } from '../scenarios/index.ts';
import { Crew } from './crew.ts';
import { tell } from './report.ts';
import { addUp, emptyTally, type Tally } from './tally.ts';
import type { Work } from './work.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    results: { type: 'string', default: path.resolve(import.meta.dirname, '../../../.holdfast/simulation.json') },
    threads: { type: 'string', default: `${Math.min(2, availableParallelism())}` },
  },
});

/** A year meets little: there is much of it. */
const yearRates: Rates = { error: 1 / 1000, 'kill-before': 1 / 10_000, 'kill-after': 1 / 10_000, twice: 1 / 200 };
const smallest = ['download', 'restore-mail', 'restore-drive'];

interface Layer {
  readonly name: string;
  readonly scenarios: readonly string[];
  /** Schedules of each scenario that make the layer whole; undefined: as many as there are pairs of faults. */
  readonly goal: number | undefined;
  readonly chunk: number;
  work(scenario: string, from: number, to: number, until: number): Work;
}

const all = scenarios.map(({ name }) => name);
const layers: readonly Layer[] = [
  {
    name: 'random schedules',
    scenarios: all,
    goal: Math.ceil(250_000 / all.length),
    chunk: 40,
    work: (scenario, from, to, until) => ({ kind: 'chance', scenario, until, from, to, options: {} }),
  },
  {
    name: 'pairs of faults',
    scenarios: smallest,
    goal: undefined,
    chunk: 1000,
    work: (scenario, from, to, until) => ({ kind: 'pair', scenario, until, from, to }),
  },
  {
    name: 'up to 8 processes',
    scenarios: all,
    goal: Math.ceil(10_000 / all.length),
    chunk: 20,
    work: (scenario, from, to, until) => ({
      kind: 'chance',
      scenario,
      until,
      from,
      to,
      options: { rates: crowdRates, calls: 600, most: 8 },
    }),
  },
  {
    name: 'years',
    scenarios: ['year'],
    goal: 20,
    chunk: 2,
    work: (scenario, from, to, until) => ({
      kind: 'chance',
      scenario,
      until,
      from,
      to,
      options: { rates: yearRates, calls: Infinity },
    }),
  },
];

interface Results {
  /** How far each scenario of each layer came. */
  readonly next: Record<string, number>;
  /** How many pairs of faults each scenario has, where that was seen. */
  readonly pairs: Record<string, number>;
  readonly tallies: Record<string, Tally>;
  seconds: number;
}

function readResults(): Results {
  try {
    return JSON.parse(readFileSync(values.results, 'utf8')) as Results;
  } catch (error) {
    console.log(`a new results file: ${error instanceof Error ? error.message : 'unknown'}`);
    return { next: {}, pairs: {}, tallies: {}, seconds: 0 };
  }
}

const results = readResults();
const goalOf = ({ goal }: Layer, scenario: string): number => goal ?? results.pairs[scenario] ?? Infinity;
const startedAt = Date.now();
const until = startedAt + Number(values.minutes) * 60_000;
const crew = new Crew(Number(values.threads));
const now = emptyTally();

for (let round = 0; Date.now() < until; round++) {
  let isWhole = true;
  for (const layer of layers) {
    const scenario = layer.scenarios[round % layer.scenarios.length];
    if (scenario === undefined || Date.now() >= until) continue;
    const place = `${layer.name}/${scenario}`;
    const from = results.next[place] ?? 0;
    if (from >= goalOf(layer, scenario)) continue;
    isWhole = false;
    const tally = await crew.do(layer.work(scenario, from, from + layer.chunk, until));
    addUp(now, tally);
    const { broken, ...counts } = tally;
    // A chunk that time cut short is done again, and counts then.
    if (Date.now() < until) {
      results.next[place] = from + layer.chunk;
      if (tally.pairs !== undefined) results.pairs[scenario] = tally.pairs;
      addUp((results.tallies[layer.name] ??= emptyTally()), { ...counts, broken: [] });
    }
    for (const { plan, violations } of broken)
      console.log(`broken: ${keepRegression(plan, violations)}\n  ${violations[0]?.invariant}: ${violations[0]?.what}`);
    mkdirSync(path.dirname(values.results), { recursive: true });
    writeFileSync(values.results, `${JSON.stringify(results, undefined, 1)}\n`);
  }
  if (isWhole && round >= all.length) break;
}
await crew.dismiss();

const seconds = (Date.now() - startedAt) / 1000;
results.seconds += seconds;
writeFileSync(values.results, `${JSON.stringify(results, undefined, 1)}\n`);
console.log('\nthis time');
tell(now, seconds);
console.log(`\nin all, ${(results.seconds / 60).toFixed(0)} minutes`);
for (const layer of layers) {
  const { name, scenarios: names } = layer;
  const sum = (of: (scenario: string) => number): number => names.reduce((all, scenario) => all + of(scenario), 0);
  const goal = sum((scenario) => goalOf(layer, scenario));
  const done = sum((scenario) => Math.min(goalOf(layer, scenario), results.next[`${name}/${scenario}`] ?? 0));
  const tally = results.tallies[name] ?? emptyTally();
  const share = Number.isFinite(goal) ? ((100 * done) / goal).toFixed(1) : '0.0';
  console.log(`${name.padEnd(20)} ${tally.schedules} schedules, ${tally.brokenRuns} broken, ${share} % of the way`);
}
process.exitCode = now.brokenRuns > 0 || now.schedules === 0 ? 1 : 0;
