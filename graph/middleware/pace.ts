import type { Context, Middleware } from '@microsoft/microsoft-graph-client';
import { callOf } from '../call.ts';
import type { Pacing } from '../pacing/lane.ts';

/** Every try of a call waits its turn in the lane of its scope, and holds its place until its answer is read. */
export function pace(pacing: Pacing): Middleware {
  let next: Middleware | undefined;
  return {
    async execute(context: Context) {
      const call = callOf(context);
      const { scope, priority, signal, cost, body } = call;
      const uploadBytes = body === undefined ? 0 : Buffer.byteLength(body);
      call.leave = await pacing.enter({ scope, priority, signal, cost, uploadBytes });
      try {
        await next?.execute(context);
      } catch (error) {
        call.leave();
        throw error;
      }
      if (call.answer !== undefined) pacing.saw(call.scope, call.answer.headers);
      // A streaming answer is in flight until its reader is done.
      const stream = call.answer?.stream;
      if (stream === undefined) call.leave();
      else stream.once('close', call.leave);
    },
    setNext: (middleware) => (next = middleware),
  };
}
