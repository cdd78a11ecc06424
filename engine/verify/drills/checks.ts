import type { DrillCheck } from '../../model/drill.ts';

export const right = (property: string): DrillCheck => ({ property, isRight: true });

export const compared = (
  property: string,
  expected: string | number | undefined,
  found: string | number | undefined,
): DrillCheck =>
  expected === found
    ? right(property)
    : { property, isRight: false, expected: String(expected ?? ''), found: String(found ?? '') };
