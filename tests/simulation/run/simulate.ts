import type { Call } from '../kernel/boundary.ts';
import type { Fate } from '../kernel/boundary.ts';
import type { PlannedFault } from '../kernel/faults.ts';
import { World } from '../kernel/world.ts';
import { endsOtherwise } from '../kernel/troubles.ts';
import { checkAudit, watchHidden } from '../oracle/auditChecks.ts';
import { checkConverged } from '../oracle/converged.ts';
import { checkDowngrades } from '../oracle/downgrades.ts';
import { watchKeys } from '../oracle/keyChecks.ts';
import { SweepChecks } from '../oracle/sweepChecks.ts';
import { allEnded, allFollowed, checkRuns, logicalState, newestRun } from '../oracle/endState.ts';
import { differences } from '../oracle/differences.ts';
import { Inspector } from '../oracle/inspector.ts';
import { PointChecks } from '../oracle/pointChecks.ts';
import { checkSecrets } from '../oracle/secrets.ts';
import { StateChecks } from '../oracle/stateChecks.ts';
import { Findings, type Violation } from '../oracle/violations.ts';
import { fateOfPlan, type Plan } from '../plan/plan.ts';
import type { StartedHow } from '../../../engine/backup/startRun.ts';
import { backUp } from '../scenarios/acts.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { Prepared } from './prepare.ts';

const DAY = 86_400_000;
/** A run that gets nowhere has failed after a day; nothing may take longer than this. */
const LONGEST_MS = 4 * DAY;

/** Newest points that are read once more after a sweep. */
const POINTS_READ_AGAIN = 20;

/** What became of one plan. */
export interface Outcome {
  readonly plan: Plan;
  readonly calls: readonly Call[];
  /** So many of them came before faults stopped. */
  readonly disturbed: number;
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
  /** For whoever wants to see more of the end. */
  look?(inspector: Inspector): Promise<void>;
}

/** Runs one plan over a fork of what was prepared. */
export async function simulate(prepared: Prepared, plan: Plan, options: SimulateOptions = {}): Promise<Outcome> {
  const { scenario, land, startAt } = prepared;
  const fate = options.fate ?? fateOfPlan(plan.faults);
  let isCalm = false;
  const findings: Findings = new Findings(() => world.boundary.calls.length);
  const world: World = new World(land, {
    ...scenario.options,
    ...(prepared.beside && { beside: prepared.beside }),
    ...(plan.hosts !== undefined && { hosts: plan.hosts }),
    seed: plan.seed,
    startAt,
    fate(call) {
      const befalls = isCalm ? undefined : fate(call);
      return befalls === undefined || scenario.cannotTell?.(call, befalls.fault) === true ? undefined : befalls;
    },
    triesAgain: plan.triesAgain === true,
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

  const hidden = watchHidden(world);
  watchKeys(world.land.blobs, findings);
  const sweeps = new SweepChecks(world.land, world.time, inspector, findings);
  const checks = {
    isOwing: () => state.isOwing || sweeps.isOwing,
    async settle() {
      await state.settle();
      await sweeps.settle();
    },
  };

  await toTheEnd(
    world,
    inspector,
    checks,
    findings,
    scenario,
    () => scenario.act?.(world, inspector) ?? Promise.resolve(),
  );
  // When faults have stopped one more run brings everything to where an undisturbed one would have.
  const newest = await newestRun(inspector);
  isCalm = true;
  const disturbed = world.boundary.calls.length;
  const again = (how: StartedHow): Promise<void> =>
    toTheEnd(world, inspector, checks, findings, scenario, async () => void (await backUp(world, how)));
  if (newest !== undefined && newest.status !== 'complete') await again({});
  // Who was lied to cannot know it; and where somebody worked meanwhile there is no undisturbed run to compare with.
  const isMisled = world.boundary.hits.some(({ fault }) => endsOtherwise(fault));
  if (isMisled && newest !== undefined) {
    await again({ compare: true });
    await checkConverged(inspector, world.land.tenant, findings);
  }
  world.deployment.stop();
  await checkRuns(inspector, findings);
  await state.readAgain(POINTS_READ_AGAIN);
  await options.look?.(inspector);
  await scenario.check?.(world, inspector, findings);
  checkSecrets(world, findings);
  await checkAudit(world, inspector, hidden, findings);
  await checkDowngrades(world, inspector, findings);
  findings.check(
    'I30',
    world.nonces.reused.length === 0,
    () => `one nonce, two contents: ${world.nonces.reused.join()}`,
  );
  // I16 says what is gone; here it is put down to the list that was cut short.
  if (world.boundary.hits.some(({ fault }) => fault === 'cut-list'))
    findings.check(
      'I19',
      !findings.violations.some(({ invariant }) => invariant === 'I16'),
      () => 'a list was cut short, and what is needed was removed',
    );
  for (const violation of world.land.tenant.violations)
    if (!(isTooEarly(violation) && hasNotHeard(world))) findings.broken('I35', violation);

  const end = JSON.stringify(await logicalState(inspector, scenario));
  const { expected } = options;
  if (expected !== undefined && !isMisled)
    findings.check('I15', end === expected, () =>
      differences(JSON.parse(end), JSON.parse(expected)).join(' · ').replace(/^/, 'the end is not as undisturbed: '),
    );
  for (const fault of plan.faults)
    if (!world.boundary.hits.some(({ call }) => call === fault.call))
      findings.broken('plan', `${fault.fault} at call ${fault.call} was planned and never came`);
  return {
    plan,
    calls: world.boundary.calls,
    disturbed,
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
  checks: { isOwing(): boolean; settle(): Promise<void> },
  findings: Findings,
  scenario: Scenario,
  act: () => Promise<void>,
): Promise<void> {
  let isThrough = false;
  // By then each of the timers has fired once at least, and takes up what was left behind.
  const firstTick = world.time.now + (scenario.options?.timerMs ?? 5 * 60_000);
  world.time.at(firstTick, () => undefined);
  act().then(
    () => (isThrough = true),
    (error: unknown) => {
      isThrough = true;
      findings.broken('I36', `nobody was answered: ${wordsOf(error)}`);
    },
  );
  let looked = '';
  const isOver = async (): Promise<boolean> => {
    if (checks.isOwing()) await checks.settle();
    if (findings.violations.length > 20) return true;
    if (!isThrough || !world.isIdle) return false;
    const isPastTick = world.time.now >= firstTick;
    const state = `${world.land.tables.writes} ${isPastTick}`;
    if (looked === state) return false;
    looked = state;
    if (!(await allEnded(inspector)) || !(await (scenario.hasBegun?.(inspector) ?? true))) return false;
    return isPastTick || (await allFollowed(inspector));
  };
  const longestMs = scenario.longestMs ?? LONGEST_MS;
  const came = await world.run(world.time.now + longestMs, isOver);
  findings.check('I36', came, () => `no end after ${longestMs / DAY} days`);
}

const isTooEarly = (violation: string): boolean => violation.includes('before the time that');

/** Of a throttle that one process met, others learn from a row: not before it is written, and not when it is not answered. */
const hasNotHeard = ({ boundary, deployment }: World): boolean =>
  deployment.starts > 1 &&
  boundary.hits.some(({ call }) => boundary.calls[call - 1]?.about.startsWith('leases/pacing/') === true);

const wordsOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
