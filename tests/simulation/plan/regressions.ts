import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { faultNames } from '../kernel/faults.ts';
import type { Violation } from '../oracle/violations.ts';
import type { Plan } from './plan.ts';

export const regressionFolder = path.resolve(import.meta.dirname, '../regressions');

const planShape = z.strictObject({
  scenario: z.string(),
  seed: z.string(),
  faults: z.array(z.strictObject({ call: z.int().positive(), fault: z.enum(faultNames), ms: z.number().optional() })),
  interleaves: z.boolean().optional(),
  triesAgain: z.boolean().optional(),
  hosts: z.int().positive().optional(),
});
const fileShape = z.strictObject({
  /** What was broken when it was found. */
  broke: z.string(),
  plan: planShape,
});

export interface Regression {
  readonly name: string;
  readonly broke: string;
  readonly plan: Plan;
}

/** Plans that broke something once. */
export function readRegressions(): readonly Regression[] {
  return readdirSync(regressionFolder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => {
      const { broke, plan } = fileShape.parse(JSON.parse(readFileSync(path.join(regressionFolder, name), 'utf8')));
      const { interleaves, triesAgain, hosts, faults, ...rest } = plan;
      return {
        name,
        broke,
        plan: {
          ...rest,
          faults: faults.map(({ ms, ...fault }) => ({ ...fault, ...(ms !== undefined && { ms }) })),
          ...(interleaves !== undefined && { interleaves }),
          ...(triesAgain !== undefined && { triesAgain }),
          ...(hosts !== undefined && { hosts }),
        },
      };
    });
}

/** Keeps a plan that broke something; answers the file. */
export function keepRegression(plan: Plan, violations: readonly Violation[], folder = regressionFolder): string {
  const broke = violations
    .map(({ invariant, what }) => `${invariant}: ${what}`)
    .join('\n')
    .slice(0, 600);
  const text = `${JSON.stringify({ broke, plan }, undefined, 2)}\n`;
  const id = createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 8);
  const file = path.join(folder, `${plan.scenario}-${violations[0]?.invariant ?? 'unknown'}-${id}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, text);
  return file;
}
