import { Fault, isFault } from '../../engine/fault.ts';

/** A body that breaks off this often without a byte in between is not going to arrive. */
const MOST_BREAKS = 5;

/**
 * The bytes of a body that may break off: opened again where it stopped, as long as it gets further. A body that never
 * gets further is the item's own trouble (Fault `corrupt`, code `BreaksOff`), so that it does not hold up the others.
 */
export async function* persistently(
  first: AsyncIterable<Uint8Array>,
  from: number,
  reopen: (from: number) => Promise<AsyncIterable<Uint8Array>>,
): AsyncGenerator<Uint8Array> {
  let at = from;
  let breaks = 0;
  for (let body = first; ;) {
    try {
      for await (const chunk of body) {
        breaks = 0;
        at += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      if (!isFault(error, 'unavailable')) throw error;
      breaks += 1;
      if (breaks === MOST_BREAKS)
        throw new Fault('corrupt', `The content breaks off at byte ${at}, again and again`, {
          origin: 'graph',
          code: 'BreaksOff',
          cause: error,
        });
    }
    body = await reopen(at);
  }
}
