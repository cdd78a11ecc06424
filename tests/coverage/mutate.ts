/**
 * `npm run mutate`: breaks one line of the product after the other, on purpose, and each time a test must go red. `-- <word>`
 * takes those whose name holds the word. Ends with 1 when a mutation survives, or a test is red without any.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Planted } from '../simulation/planted/plantedBug.ts';
import { runBug, runWithout } from '../simulation/planted/runBug.ts';
import { brokenLine } from './brokenLine.ts';
import { ROOT } from './modules.ts';
import { mutations } from './mutations/index.ts';

const wanted = process.argv.slice(2);
const chosen = mutations.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
if (chosen.length === 0) throw new Error(`No mutation is called ${wanted.join(' ')}`);

const plant = path.join(import.meta.dirname, 'plantMutation.ts');
const began = performance.now();
let survivors = 0;
const row = (name: string, seconds: string, by: string): void =>
  console.log(`${name.padEnd(76)} | ${seconds.padStart(7)} | ${by}`);
row('mutation, and the line that it breaks', 'seconds', 'caught by');
for (const mutation of chosen) {
  const { verdict, by, seconds } = await runBug(mutation, plant);
  row(mutation.name, seconds.toFixed(1), verdict === 'caught' ? by : `${verdict.toUpperCase()}: ${by}`);
  console.log(placesOf(mutation));
  if (verdict !== 'caught') survivors++;
}

// A test that is red anyway catches nothing.
const runners = new Map(chosen.map(({ caughtBy }) => [`${caughtBy.file} ${caughtBy.only ?? ''}`, caughtBy]));
for (const [name, runner] of runners) {
  const red = await runWithout(runner);
  if (red === undefined) continue;
  survivors++;
  console.log(`${name} is red without any mutation: ${red}`);
}
const minutes = (performance.now() - began) / 60_000;
console.log(`${chosen.length} mutations, ${survivors} not caught, ${minutes.toFixed(1)} min`);
process.exitCode = survivors === 0 ? 0 : 1;

function placesOf({ patches }: Planted): string {
  return patches
    .map((patch) => {
      const { number, text } = brokenLine(patch, readFileSync(path.join(ROOT, patch.file), 'utf8'));
      return `    ${patch.file}:${number}  ${text}`;
    })
    .join('\n');
}
