import type { SignInDirectory } from '../entra/directory.ts';
import type { SigningKeys } from '../entra/keys.ts';
import type { TokenMaker } from '../entra/tokens.ts';
import type { Faults } from '../graph/faults.ts';
import type { Recorder } from '../graph/recorder.ts';
import type { TenantState } from '../graph/tenantState.ts';
import type { Throttle } from '../graph/throttle.ts';

/** What the control endpoints act on. */
export interface ControlParts {
  readonly state: TenantState;
  readonly recorder: Recorder;
  readonly faults: Faults;
  readonly throttle: Throttle;
  readonly directory: SignInDirectory;
  readonly tokens: TokenMaker;
  readonly keys: SigningKeys;
}

/** One control endpoint: gets the JSON body and the query, gives JSON. */
export type ControlRoute = (body: Record<string, unknown>, query: URLSearchParams) => unknown;
export type ControlRoutes = Readonly<Record<string, ControlRoute>>;
