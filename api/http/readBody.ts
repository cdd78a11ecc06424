import type { HttpCall } from './answer.ts';
import { badInput, Refusal } from './problem.ts';

/** Every body of this API is a form that a person could have filled in, or a list of ids. */
const MOST_BYTES = 1_048_576;

/** The parsed body; undefined when there is none. Stops reading at the limit. */
export async function readJson(call: HttpCall): Promise<unknown> {
  const text = await readText(call);
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw notJson();
    throw error;
  }
}

/** The body as text; empty when there is none. Stops reading at the limit. */
export async function readText(call: HttpCall): Promise<string> {
  const announced = Number(call.headers.get('content-length') ?? 0);
  if (announced > MOST_BYTES) throw tooLarge();
  const pieces: Uint8Array[] = [];
  let length = 0;
  if (call.body !== null)
    for await (const piece of call.body) {
      length += piece.byteLength;
      if (length > MOST_BYTES) throw tooLarge();
      pieces.push(piece);
    }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
  } catch (error) {
    if (error instanceof TypeError) throw notJson();
    throw error;
  }
}

const notJson = () => badInput([{ field: 'body', message: 'is not JSON in UTF-8' }]);
const tooLarge = () => new Refusal(413, `The body is larger than ${MOST_BYTES / 1024} KiB. Send less at once.`);
