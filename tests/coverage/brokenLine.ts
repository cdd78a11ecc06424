import type { Patch } from '../simulation/planted/plantedBug.ts';

export interface BrokenLine {
  readonly number: number;
  /** Without its indent. */
  readonly text: string;
}

/** The first line of code of `source` that a patch takes away or changes; `source` holds what the patch looks for. */
export function brokenLine({ find, replace }: Pick<Patch, 'find' | 'replace'>, source: string): BrokenLine {
  let same = 0;
  while (same < find.length && find[same] === replace[same]) same++;
  // What is only added comes before the line that follows.
  const at = source.indexOf(find) + Math.min(same, find.length - 1);
  const lines = source.split('\n').map((line) => line.trim());
  let number = source.slice(0, at).split('\n').length;
  while (lines[number - 1]?.startsWith('//') === true) number++;
  return { number, text: lines[number - 1] ?? '' };
}
