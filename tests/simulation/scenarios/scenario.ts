import type { Call } from '../kernel/boundary.ts';
import type { FaultName } from '../kernel/faults.ts';
import type { World, WorldOptions } from '../kernel/world.ts';
import type { NewPerson } from '../tenant/controls.ts';
import type { Inspector } from '../oracle/inspector.ts';
import type { Findings } from '../oracle/violations.ts';

/** One thing that the product does, small enough to disturb it at every call. */
export interface Scenario {
  /** As in plans: `delta`. */
  readonly name: string;
  readonly people: readonly NewPerson[];
  /** Default: one and the same. */
  readonly tenantId?: string;
  /** Another deployment, of another tenant, with a storage account of its own; prepared as this one is. */
  readonly beside?: Scenario;
  readonly options?: Partial<
    Pick<WorldOptions, 'hosts' | 'isAlone' | 'restartMs' | 'environment' | 'limits' | 'timerMs'>
  >;
  /** Longest virtual time that it may take; default 4 days. */
  readonly longestMs?: number;
  /** What happens is drawn from the seed: there is no one end that all runs come to. */
  readonly isDrawn?: true;
  /** How many of its older points are left depends on when things happen: only what resources show now must be equal. */
  readonly pastMayDiffer?: true;
  /** Why an item cannot be read depends on what the source said last: only which ones are named must be equal. */
  readonly reasonsMayDiffer?: true;
  /** Nobody could tell what this fault makes of this call from the truth: it never befalls it. */
  cannotTell?(call: Call, fault: FaultName): boolean;
  /** Done once, undisturbed; every run starts from what it leaves. */
  prepare(world: World): Promise<void>;
  /** What happens while calls are disturbed, beside the timers. Ends when nobody asks for anything more. */
  act?(world: World, inspector: Inspector): Promise<void>;
  /** Has what this is about come to pass? Faults may keep a timer from starting it for a while. Default: yes. */
  hasBegun?(inspector: Inspector): Promise<boolean>;
  /** What must hold in the end, beside all that holds always. */
  check?(world: World, inspector: Inspector, findings: Findings): Promise<void>;
}
