import type { SignInDirectory } from '../entra/directory.ts';
import type { TokenMaker } from '../entra/tokens.ts';
import type { Faults } from '../graph/faults.ts';
import type { Recorder } from '../graph/recorder.ts';
import type { TenantState } from '../graph/tenantState.ts';
import type { Throttle } from '../graph/throttle.ts';
import { readBody, sendJson, type Handler } from '../http/listen.ts';
import { controlRoutes } from './routes.ts';

export interface ControlParts {
  readonly state: TenantState;
  readonly recorder: Recorder;
  readonly faults: Faults;
  readonly throttle: Throttle;
  readonly directory: SignInDirectory;
  readonly tokens: TokenMaker;
}

/** What the control page was asked to do makes no sense; the message says why. */
export class ControlError extends Error {}

/** One control endpoint: gets the JSON body and the query, gives JSON. */
export type ControlRoute = (body: Record<string, unknown>, query: URLSearchParams) => unknown;

/** Plain http on loopback: changes, faults and questions that Microsoft 365 has no API for. */
export function controlHandler(parts: ControlParts): Handler {
  const routes = controlRoutes(parts);
  return async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://any');
    const route = routes[`${request.method} ${url.pathname}`];
    if (route === undefined) return sendJson(response, 404, { error: `No such control endpoint: ${request.method} ${url.pathname}`, endpoints: Object.keys(routes) });
    try {
      const text = (await readBody(request, 64 * 1024 * 1024))?.toString('utf8') ?? '';
      const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      sendJson(response, 200, (await route(body, url.searchParams)) ?? {});
    } catch (error) {
      sendJson(response, error instanceof ControlError || error instanceof SyntaxError ? 400 : 500, { error: error instanceof Error ? error.message : String(error) });
    }
  };
}
