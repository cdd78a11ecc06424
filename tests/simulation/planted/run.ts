/** `npm run simulate:planted`: every planted bug must turn its tests red. `-- <name>` runs those whose name holds it. */
import { bugs } from './bugs/index.ts';
import { runBug, runWithout, simulateBug } from './runBug.ts';

const wanted = process.argv.slice(2);
const chosen = bugs.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
if (chosen.length === 0) throw new Error(`No planted bug is called ${wanted.join(' ')}`);

const began = performance.now();
let unproven = 0;
const row = (name: string, seconds: string, by: string): void =>
  console.log(`${name.padEnd(40)} | ${seconds.padStart(7)} | ${by}`);
row('planted bug', 'seconds', 'caught by');
for (const bug of chosen) {
  const { verdict, by, seconds } = await runBug(bug);
  row(bug.name, seconds.toFixed(1), verdict === 'caught' ? by : `${verdict.toUpperCase()}: ${by}`);
  if (verdict !== 'caught') unproven++;
  if (bug.simulated === undefined) continue;
  const { red, seconds: simulated } = await simulateBug(bug, true);
  const calm = red && (await simulateBug(bug, false, red.schedules)).red;
  const found =
    red === undefined
      ? `GREEN: the simulation of ${bug.simulated} saw nothing`
      : calm === undefined
        ? `simulation of ${bug.simulated}: ${red.invariant} ${red.what.slice(0, 60)}… (schedule ${red.schedules})`
        : `BROKEN: the simulation of ${bug.simulated} is red without the bug, too: ${calm.invariant} ${calm.what}`;
  row('', simulated.toFixed(1), found);
  if (red === undefined || calm !== undefined) unproven++;
}

// A test that is red anyway catches nothing.
const runners = new Map(chosen.map(({ caughtBy }) => [`${caughtBy.file} ${caughtBy.only ?? ''}`, caughtBy]));
for (const [name, runner] of runners) {
  const red = await runWithout(runner);
  if (red === undefined) continue;
  unproven++;
  console.log(`${name} is red without any bug: ${red}`);
}
const minutes = (performance.now() - began) / 60_000;
console.log(`${chosen.length} planted bugs, ${unproven} not proven, ${minutes.toFixed(1)} min`);
process.exitCode = unproven === 0 ? 0 : 1;
