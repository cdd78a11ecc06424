/** `node api/cli/check.ts`: tries every permission and dependency of the configured tenant and says what is missing. */
import { check } from '../check.ts';
import { consoleLog } from '../consoleLog.ts';
import { readSettings } from '../settings.ts';
import { fail } from './fail.ts';

try {
  const { lines, isFine } = await check(readSettings(), consoleLog);
  for (const line of lines) console.log(line);
  if (!isFine) process.exitCode = 1;
} catch (error) {
  fail(error);
}
