/**
 * Loaded before everything else in a process: its calendar stands as many milliseconds ahead as the file says that
 * SHIFT_FILE names. Nothing else changes: pauses and timeouts take as long as they take.
 */
import { readFileSync } from 'node:fs';

const file = process.env['SHIFT_FILE'];
const LOOKED_FOR_MS = 100;
const TrueDate = Date;
let shift = 0;
let lookedAt = -Infinity;

function now(): number {
  const time = TrueDate.now();
  if (file !== undefined && time - lookedAt > LOOKED_FOR_MS) {
    lookedAt = time;
    shift = Number(readFileSync(file, 'utf8'));
  }
  return time + shift;
}

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, given: unknown[], newTarget) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget) as Date,
  apply: () => new TrueDate(now()).toString(),
  get: (target, name): unknown => (name === 'now' ? now : Reflect.get(target, name)),
});
