import { AuthenticationHandler, type Context, type Middleware } from '@microsoft/microsoft-graph-client';
import { isFault } from '../../engine/fault.ts';
import { callOf } from '../call.ts';
import type { Tokens } from '../tokens.ts';

/**
 * The Graph client's own authentication, and around it: a 401 gets one more try with a fresh token, then it stands.
 * Whatever fails further in is put on the call, because the Graph client would wrap it in an error of its own.
 */
export function authenticate(tokens: Tokens): [Middleware, AuthenticationHandler] {
  let next: Middleware | undefined;
  const outermost: Middleware = {
    async execute(context: Context) {
      const call = callOf(context);
      try {
        await next?.execute(context);
      } catch (error) {
        call.failure = error;
        if (!isFault(error, 'unauthorized') || error.status !== 401) return;
        tokens.discard();
        if (context.options !== undefined) context.options.headers = withoutAuthorization(context.options.headers);
        await next?.execute(context).then(
          () => (call.failure = undefined),
          (again: unknown) => (call.failure = again),
        );
      }
    },
    setNext: (middleware) => (next = middleware),
  };
  return [outermost, new AuthenticationHandler(tokens)];
}

function withoutAuthorization(headers: unknown): Record<string, string> {
  const rest = Object.entries({ ...(headers as Record<string, string> | undefined) });
  return Object.fromEntries(rest.filter(([name]) => name.toLowerCase() !== 'authorization'));
}
