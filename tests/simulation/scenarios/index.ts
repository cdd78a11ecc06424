import { delta } from './delta.ts';
import { firstBackup } from './firstBackup.ts';
import type { Scenario } from './scenario.ts';

/** Every scenario. A new one is one file and one line here. */
export const scenarios: readonly Scenario[] = [firstBackup, delta];

export function scenarioOf(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined)
    throw new Error(`There is no scenario ${name}; there are ${scenarios.map((s) => s.name).join(', ')}`);
  return found;
}
