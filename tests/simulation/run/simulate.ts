import type { Call } from '../kernel/boundary.ts';
import type { Fate } from '../kernel/boundary.ts';
import type { PlannedFault } from '../kernel/faults.ts';
import { World } from '../kernel/world.ts';
import { allEnded, checkRuns, logicalState, newestRun } from '../oracle/endState.ts';
import { Inspector } from '../oracle/inspector.ts';
import { PointChecks } from '../oracle/pointChecks.ts';
import { StateChecks } from '../oracle/stateChecks.ts';
import { Findings, type Violation } from '../oracle/violations.ts';
import { fateOfPlan, type Plan } from '../plan/plan.ts';
import { backUp } from '../scenarios/acts.ts';
import type { Prepared } from './prepare.ts';

const DAY = 86_400_000;
/** A run that gets nowhere has failed after a day; nothing may take longer than this. */
const LONGEST_MS = 4 * DAY;

/** What became of one plan. */
export interface Outcome {
  readonly plan: Plan;
  readonly calls: readonly Call[];
  readonly hits: readonly PlannedFault[];
  readonly violations: readonly Violation[];
  readonly checked: ReadonlyMap<string, number>;
  /** Equal for two runs of one plan. */
  readonly traceHash: string;
  readonly trace: readonly string[];
  /** What resources show in the end. */
  readonly state: string;
}

export interface SimulateOptions {
  /** In place of the plan's own faults. */
  readonly fate?: Fate;
  /** State of the undisturbed run, which this one must come to as well. */
  readonly expected?: string;
  readonly keepsTrace?: boolean;
}

/** Runs one plan over a fork of what was prepared. */
export async function simulate(prepared: Prepared, plan: Plan, options: SimulateOptions = {}): Promise<Outcome> {
  const { scenario, land, startAt } = prepared;
  const findings: Findings = new Findings(() => world.boundary.calls.length);
  const world: World = new World(land, {
    ...scenario.options,
    ...(plan.hosts !== undefined && { hosts: plan.hosts }),
    seed: plan.seed,
    startAt,
    fate: options.fate ?? fateOfPlan(plan.faults),
    interleaves: plan.interleaves === true,
    keepsTrace: options.keepsTrace === true,
    onDefect: (where, error) => findings.broken('defect', `${where}: ${wordsOf(error)}`),
  });
  const inspector = await Inspector.open(world.land, world.clock);
  const state = new StateChecks(
    world.land,
    inspector,
    new PointChecks(inspector, world.land.tenant, findings),
    findings,
  );

  await toTheEnd(world, inspector, state, findings, () => scenario.act?.(world) ?? Promise.resolve());
  // When faults have stopped one more run brings everything to where an undisturbed one would have.
  const newest = await newestRun(inspector);
  if (newest !== undefined && newest.status !== 'complete')
    await toTheEnd(world, inspector, state, findings, async () => void (await backUp(world)));
  world.deployment.stop();
  await checkRuns(inspector, findings);
  await scenario.check?.(world, inspector, findings);
  for (const violation of world.land.tenant.violations) findings.broken('I35', violation);

  const end = JSON.stringify(await logicalState(inspector));
  if (options.expected !== undefined)
    findings.check('I15', end === options.expected, () => `the end is ${end}, undisturbed ${options.expected}`);
  for (const fault of plan.faults)
    if (!world.boundary.hits.some(({ call }) => call === fault.call))
      findings.broken('plan', `${fault.fault} at call ${fault.call} was planned and never came`);
  return {
    plan,
    calls: world.boundary.calls,
    hits: world.boundary.hits,
    violations: findings.violations,
    checked: findings.checked,
    traceHash: world.trace.digest(),
    trace: world.trace.lines,
    state: end,
  };
}

/** Lets `act` happen and everything that follows from it, and checks what holds after every mutation. I36: it comes to an end. */
async function toTheEnd(
  world: World,
  inspector: Inspector,
  state: StateChecks,
  findings: Findings,
  act: () => Promise<void>,
): Promise<void> {
  let isThrough = false;
  // The timers fire once at least.
  const firstTick = world.time.now + 6 * 60_000;
  act().then(
    () => (isThrough = true),
    (error: unknown) => {
      isThrough = true;
      findings.broken('I36', `nobody was answered: ${wordsOf(error)}`);
    },
  );
  let looked = -1;
  const isOver = async (): Promise<boolean> => {
    if (state.isOwing) await state.settle();
    if (findings.violations.length > 20) return true;
    if (!isThrough || !world.isIdle || world.time.now < firstTick) return false;
    if (looked === world.land.tables.writes) return false;
    looked = world.land.tables.writes;
    return allEnded(inspector);
  };
  const came = await world.run(world.time.now + LONGEST_MS, isOver);
  findings.check('I36', came, () => `no end after ${LONGEST_MS / DAY} days`);
}

const wordsOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
