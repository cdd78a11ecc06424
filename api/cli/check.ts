/** `npm run check`: tries every permission and dependency of a deployment and says what is missing. */
import { check } from '../check.ts';
import { consoleLog } from '../consoleLog.ts';
import { cliSettings } from './cliSettings.ts';
import { fail } from './fail.ts';

try {
  const { lines, isFine } = await check(await cliSettings(), consoleLog);
  for (const line of lines) console.log(line);
  if (!isFine) process.exitCode = 1;
} catch (error) {
  fail(error);
}
