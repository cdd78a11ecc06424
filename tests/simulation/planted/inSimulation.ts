/**
 * `node --import plant.ts inSimulation.ts <scenario> <schedules> [fault]`: simulates the scenario over the product with a bug in
 * it until an invariant breaks, or for so many schedules, and prints what broke as one line of JSON. Every schedule
 * follows from its number: twice the same bug, twice the same answer.
 */
import { canMeet, isFaultName, singlesOf } from '../kernel/faults.ts';
import { fateOfChance, heavyRates, type Plan } from '../plan/plan.ts';
import { Bench } from '../run/schedules.ts';
import { seededRandom } from '../../../engine/testing/seededRandom.ts';
import type { Outcome } from '../run/simulate.ts';

/** The first thing that broke, after how many schedules. */
export interface Red {
  readonly schedules: number;
  /** Empty where the scenario could not even be prepared. */
  readonly invariant: string;
  readonly what: string;
}

const DISTURBED_CALLS = 1500;
/** Long enough for whoever does not wait as long as asked to come too early. */
const SHOWN_MS = 120_000;
const [scenario = '', most = '', shownBy] = process.argv.slice(2);
console.log(JSON.stringify(await firstRed()));
// Whoever was killed in a schedule still waits for its last call.
process.exit(0);

async function firstRed(): Promise<Red | null> {
  let schedules = 0;
  try {
    for await (const { violations } of outcomes()) {
      schedules += 1;
      const broken = violations.find(({ invariant }) => invariant !== 'plan');
      if (broken !== undefined) return { schedules, invariant: broken.invariant, what: broken.what };
      if (schedules >= Number(most)) return null;
    }
  } catch (error) {
    return { schedules, invariant: '', what: String(error) };
  }
  return null;
}

/** Undisturbed, then with the fault that shows it at each call, then by turns one fault at one call and a storm of them. */
async function* outcomes(): AsyncGenerator<Outcome> {
  const bench = await Bench.open(scenario);
  const clean = await bench.undisturbed();
  yield clean;
  const disturbed = clean.calls.slice(0, clean.disturbed);
  for (const call of disturbed) {
    if (!isFaultName(shownBy) || !canMeet(call, shownBy)) continue;
    yield await bench.replay({
      scenario,
      seed: 'first',
      faults: [{ call: call.number, fault: shownBy, ms: SHOWN_MS }],
    });
  }
  const random = seededRandom(`planted/${scenario}`);
  for (let seed = 0; ; seed++) {
    const call = random.pick(disturbed);
    const single: Plan = {
      scenario,
      seed: 'first',
      faults: [{ call: call.number, fault: random.pick(singlesOf(call)) }],
    };
    yield await bench.replay(single);
    const storm: Plan = { scenario, seed: `${seed}`, faults: [], triesAgain: true };
    yield await bench.replay(storm, { fate: fateOfChance(`${scenario}/${seed}`, heavyRates, DISTURBED_CALLS) });
  }
}
