/**
 * `npm run simulate`: every boundary call of every scenario with each of four faults, then random schedules at the rates of
 * figure G3. Ends with 1 when an invariant broke, and keeps the smallest plan that breaks it in `regressions/`.
 *
 * `--scenario name` one scenario · `--schedules n` so many random ones · `--minutes n` no longer than this
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { keepRegression } from '../plan/regressions.ts';
import { scenarios } from '../scenarios/index.ts';
import { Crew } from './crew.ts';
import { tell } from './report.ts';
import { addUp, emptyTally } from './tally.ts';

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true },
    schedules: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: '30' },
    threads: { type: 'string', default: `${Math.min(2, availableParallelism())}` },
  },
});

const names = values.scenario ?? scenarios.map(({ name }) => name);
const startedAt = Date.now();
const until = startedAt + Number(values.minutes) * 60_000;
const crew = new Crew(Number(values.threads));
const total = emptyTally();

for (const scenario of names) {
  const tally = await crew.do({ kind: 'single', scenario, until });
  addUp(total, tally);
  console.log(`${scenario}: every call, ${tally.schedules} schedules, ${tally.brokenRuns} broken`);
}
const each = Math.ceil(Number(values.schedules) / names.length);
for (const scenario of names) {
  const tally = await crew.do({ kind: 'chance', scenario, until, from: 0, to: each, options: {} });
  addUp(total, tally);
  console.log(`${scenario}: by chance, ${tally.schedules} schedules, ${tally.brokenRuns} broken`);
}
await crew.dismiss();

for (const { plan, violations } of total.broken) {
  console.log(`\nbroken: ${keepRegression(plan, violations)}`);
  for (const { invariant, what, call } of violations.slice(0, 3))
    console.log(`  ${invariant} at call ${call}: ${what}`);
}
tell(total, (Date.now() - startedAt) / 1000);
const isCut = Date.now() >= until;
if (isCut) console.log(`time ran out after ${values.minutes} minutes: not everything was tried`);
process.exitCode = total.brokenRuns > 0 || total.schedules === 0 || isCut ? 1 : 0;
