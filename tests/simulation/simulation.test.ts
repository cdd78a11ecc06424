import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { readRegressions } from './plan/regressions.ts';
import { Bench } from './run/schedules.ts';
import { emptyTally, type Tally } from './run/tally.ts';
import { scenarios } from './scenarios/index.ts';

/** Of every so many calls one is disturbed here; which ones changes with every commit. `npm run simulate` takes all. */
const STRIDE = 40;
const BY_CHANCE = 5;

/** A number that changes with every commit, and stays while a change is worked at. */
function chosenByCommit(): number {
  try {
    return Number.parseInt(execFileSync('git', ['rev-parse', '--short=7', 'HEAD'], { encoding: 'utf8' }).trim(), 16);
  } catch (error) {
    // A copy without its history takes the same part each time.
    console.log(`no commit to choose by: ${error instanceof Error ? error.message : 'unknown'}`);
    return 1;
  }
}

const inWords = ({ broken }: Tally): string =>
  broken
    .map(
      ({ plan, violations }) =>
        `${JSON.stringify(plan)}\n${violations.map((v) => `${v.invariant}: ${v.what}`).join('\n')}`,
    )
    .join('\n\n');

describe('the simulation', () => {
  const chosen = chosenByCommit();
  for (const { name } of scenarios) {
    it(`keeps every promise of ${name} under a part of all faults`, async () => {
      const bench = await Bench.open(name);
      const undisturbed = await bench.undisturbed();
      assert.deepEqual(undisturbed.violations, []);
      const again = await bench.replay(undisturbed.plan);
      assert.equal(again.traceHash, undisturbed.traceHash, 'one plan, two different runs');
      const tally = emptyTally();
      await bench.everyCall(tally, chosen, STRIDE);
      await bench.chance(tally, { from: chosen, step: 1, to: chosen + BY_CHANCE });
      assert.equal(tally.brokenRuns, 0, inWords(tally));
      assert.ok(tally.schedules > BY_CHANCE && Object.keys(tally.faults).length > 3);
    });
  }

  it('keeps every promise under plans that broke one before', async () => {
    for (const { name, plan } of readRegressions()) {
      const { violations, hits } = await (await Bench.open(plan.scenario)).replay(plan);
      // The product may make other calls today: a fault that finds none any more is no news, a plan that finds none is void.
      assert.ok(hits.length > 0, `${name} disturbs nothing any more`);
      assert.deepEqual(
        violations.filter(({ invariant }) => invariant !== 'plan'),
        [],
        name,
      );
    }
  });

  it('repeats a random run byte for byte', async () => {
    const bench = await Bench.open('delta');
    const tally = emptyTally();
    await bench.chance(tally, { from: chosen, step: 1, to: chosen + 1 });
    const faults = [
      { call: 30, fault: 'fail-after' },
      { call: 70, fault: 'kill-before' },
    ] as const;
    const [one, other] = [
      await bench.replay({ scenario: 'delta', seed: 'again', faults, interleaves: true }),
      await bench.replay({ scenario: 'delta', seed: 'again', faults, interleaves: true }),
    ];
    assert.equal(one.traceHash, other.traceHash);
    const [third] = [await bench.replay({ scenario: 'delta', seed: 'other', faults, interleaves: true })];
    assert.notEqual(third.traceHash, one.traceHash);
  });
});
