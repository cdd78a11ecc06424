import type { Planted } from './plantedBug.ts';

/** `source` of `file` with the bug in it. Throws where a patch does not fit exactly once. */
export function applyPatches(bug: Pick<Planted, 'name' | 'patches'>, file: string, source: string): string {
  return bug.patches
    .filter((patch) => patch.file === file)
    .reduce((text, { find, replace }) => {
      const matches = text.split(find).length - 1;
      if (matches !== 1) {
        const found = matches === 0 ? 'is not there' : `is there ${matches} times`;
        throw new Error(`The patch of "${bug.name}" does not fit any more: what it looks for in ${file} ${found}.`);
      }
      return text.replace(find, () => replace);
    }, source);
}
