import type { Entry } from './callBook.ts';
import type { Operation } from './calls.ts';
import type { Limits, Reply, Request } from './graph/request.ts';
import { HANDLERS, type Route } from './graph/routes.ts';
import { GraphError } from './graphError.ts';
import type { SignInService } from './signInService.ts';
import type { SimTenant } from './simTenant.ts';
import type { Troubles } from './troubles.ts';
import type { World } from './world.ts';
import type { TargetWrite } from './writes.ts';

/** What every request has to do with. */
export interface Surroundings {
  readonly world: World;
  readonly limits: Limits;
  readonly signIn: SignInService;
  readonly writes: TargetWrite[];
  readonly sent: { mails: number; invitations: number };
  readonly tenant: () => SimTenant;
}

type Given = Pick<Request, 'headers' | 'body' | 'path' | 'query'> & { readonly entry: Entry };

/** The effect of one request, and what it answers. */
export function carryOut(
  { world, limits, writes, sent }: Surroundings,
  route: Route,
  operation: Exclude<Operation, 'batch'>,
  { entry, ...given }: Given,
  troubles: Troubles,
): Reply {
  const request: Request = {
    ...given,
    world,
    limits,
    call: entry,
    params: route.params,
    befalls: (kind) => troubles.of(kind),
    wrote: (write) =>
      void writes.push({ ...write, app: entry.app, call: entry.number, at: world.now(), seq: world.history.seq }),
    hides: (ids) => void (entry.hidden = [...entry.hidden, ...ids]),
    reached: (how) => (sent[how] += 1),
  };
  try {
    return HANDLERS[operation](request);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return { status: error.status, headers: error.headers, text: error.body };
  }
}
