import { singleFaultsOf, singlesOf, type PlannedFault } from '../kernel/faults.ts';
import { seededRandom } from '../../../engine/testing/seededRandom.ts';
import { fateOfChance, heavyRates, type Plan, type Rates } from '../plan/plan.ts';
import { shrink } from '../plan/shrink.ts';
import { scenarioOf } from '../scenarios/index.ts';
import { prepare, type Prepared } from './prepare.ts';
import { simulate, type Outcome, type SimulateOptions } from './simulate.ts';
import { count, type Tally } from './tally.ts';

/** Broken plans of one scenario that are made small and kept; more of them say the same again. */
const MOST_KEPT = 3;
/** So many calls are disturbed: in half of the runs the first ones, else from one on that is drawn of this share of all. */
const DISTURBED_CALLS = 100;
const LATEST_FIRST = 0.7;

export interface ChanceOptions {
  readonly rates?: Rates;
  /** After so many calls nothing befalls anybody any more. */
  readonly calls?: number;
  /** Most processes at a time. With more than one, which of the calls that wait goes next is drawn too. */
  readonly most?: number;
  readonly isOver?: () => boolean;
}

const crowd = (most: number, seed: number): Pick<Plan, 'hosts' | 'interleaves'> =>
  most === 1 ? {} : { hosts: 2 + (seed % (most - 1)), interleaves: true };

/** A scenario made ready, and what it comes to undisturbed. */
export class Bench {
  readonly prepared: Prepared;
  readonly #undisturbed = new Map<string, Outcome>();
  #kept = 0;

  private constructor(prepared: Prepared) {
    this.prepared = prepared;
  }

  static async open(scenario: string): Promise<Bench> {
    return new Bench(await prepare(scenarioOf(scenario)));
  }

  get name(): string {
    return this.prepared.scenario.name;
  }

  async undisturbed(seed = 'first'): Promise<Outcome> {
    const known = this.#undisturbed.get(seed) ?? (await simulate(this.prepared, this.#plan(seed, [])));
    this.#undisturbed.set(seed, known);
    return known;
  }

  /** Every `step`-th call, from `first` on, with each of four faults. */
  async everyCall(tally: Tally, first: number, step: number, isOver = () => false): Promise<void> {
    const clean = await this.undisturbed();
    for (const call of clean.calls.slice(0, clean.disturbed)) {
      if (call.number % step !== first % step) continue;
      for (const fault of singlesOf(call)) {
        if (isOver()) return;
        if (this.prepared.scenario.cannotTell?.(call, fault) === true) continue;
        await this.#try(tally, 'single', this.#plan('first', [{ call: call.number, fault }]));
      }
    }
  }

  /** Runs under chance, by seeds `from`, `from + step`, … below `to`. */
  async chance(
    tally: Tally,
    seeds: { readonly from: number; readonly step: number; readonly to: number },
    { rates = heavyRates, calls = DISTURBED_CALLS, most = 1, isOver = () => false }: ChanceOptions = {},
  ): Promise<void> {
    for (let seed = seeds.from; seed < seeds.to && !isOver(); seed += seeds.step) {
      const plan = { ...this.#plan(`${seed}`, []), triesAgain: true, ...crowd(most, seed) };
      const first = calls === DISTURBED_CALLS ? await this.#firstDisturbed(seed) : 1;
      await this.#try(tally, 'chance', plan, fateOfChance(`${this.name}/${seed}`, rates, calls, first));
    }
  }

  async #firstDisturbed(seed: number): Promise<number> {
    const { disturbed } = await this.undisturbed();
    const latest = 1 + Math.floor(disturbed * LATEST_FIRST);
    return Math.max(1, seededRandom(`${this.name}/${seed}/first`).below(2 * latest) - latest);
  }

  /** Two faults, each pair of calls and kinds by its number, from `from` up to `to`. Answers how many pairs there are. */
  async pairs(tally: Tally, from: number, to: number, step: number, isOver = () => false): Promise<number> {
    const { calls, disturbed } = await this.undisturbed();
    const single = calls
      .slice(0, disturbed)
      .flatMap(({ number, kind }) => singleFaultsOf[kind].map((fault): PlannedFault => ({ call: number, fault })));
    const all = single.length ** 2;
    for (let pair = from; pair < Math.min(to, all) && !isOver(); pair += step) {
      const [one, other] = [single[Math.floor(pair / single.length)], single[pair % single.length]];
      if (one === undefined || other === undefined || one.call >= other.call) continue;
      await this.#try(tally, 'pair', this.#plan('first', [one, other]));
    }
    return all;
  }

  /** Replays a plan as it stands. */
  async replay(plan: Plan, options: SimulateOptions = {}): Promise<Outcome> {
    if (this.prepared.scenario.isDrawn === true) return simulate(this.prepared, plan, options);
    const { state } = await this.undisturbed();
    return simulate(this.prepared, plan, { expected: state, ...options });
  }

  #plan(seed: string, faults: readonly PlannedFault[]): Plan {
    return { scenario: this.name, seed, faults };
  }

  async #try(tally: Tally, kind: string, plan: Plan, fate?: ReturnType<typeof fateOfChance>): Promise<void> {
    const outcome = await this.replay(plan, fate === undefined ? {} : { fate });
    // After one fault the other may find its call no more: then this was a single one.
    if (kind === 'pair' && outcome.hits.length < plan.faults.length) return;
    count(tally, kind, outcome);
    if (outcome.violations.length === 0 || this.#kept >= MOST_KEPT) return;
    this.#kept += 1;
    tally.broken.push(await this.#smallest({ ...plan, faults: outcome.hits }, outcome));
  }

  async #smallest(plan: Plan, outcome: Outcome): Promise<Tally['broken'][number]> {
    const invariants = new Set(outcome.violations.map(({ invariant }) => invariant));
    const faults = await shrink(plan.faults, async (fewer) => {
      const { violations } = await this.replay({ ...plan, faults: fewer });
      return violations.some(({ invariant }) => invariant !== 'plan' && invariants.has(invariant));
    });
    const smallest = { ...plan, faults };
    const { violations } = await this.replay(smallest);
    return { plan: smallest, violations: violations.length > 0 ? violations : outcome.violations };
  }
}
