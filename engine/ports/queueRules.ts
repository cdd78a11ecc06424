import { Fault } from '../fault.ts';

/** 64 KiB as the queue keeps it, in base64. */
const largestMessage = 48 * 1024;
const longestDelaySeconds = 7 * 24 * 60 * 60;

/** The message as JSON. Fault `invalid` when it is too large or the delay is out of range. */
export function checkMessage(message: object, delaySeconds = 0): string {
  if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > longestDelaySeconds) {
    throw new Fault('invalid', `A message waits 0 to ${longestDelaySeconds} whole seconds, not ${delaySeconds}`);
  }
  const text = JSON.stringify(message);
  const size = new TextEncoder().encode(text).length;
  if (size > largestMessage) throw new Fault('invalid', `A message has at most ${largestMessage} bytes, not ${size}`);
  return text;
}
