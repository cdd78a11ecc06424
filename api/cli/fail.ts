import { isFault } from '../../engine/fault.ts';
import { SettingsError } from '../settings.ts';

/** Says what is known to go wrong in its own sentence; a defect keeps its stack. Ends with code 1. */
export function fail(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof SettingsError || isFault(error)) console.error(error.message);
  else console.error(error);
}
