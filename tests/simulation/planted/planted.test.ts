import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { applyPatches } from './applyPatches.ts';
import { bugs } from './bugs/index.ts';
import type { PlantedBug } from './plantedBug.ts';
import { runBug } from './runBug.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const sourceOf = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** Others with every commit, so that all of them come round; `npm run simulate:planted` runs them all. */
function chosenByCommit(count: number): readonly PlantedBug[] {
  // Without a history, as in a source archive, it is always the same five.
  const commit = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).stdout;
  const order = ({ name }: PlantedBug): string => createHash('sha256').update(`${commit}${name}`).digest('hex');
  return bugs.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)).slice(0, count);
}

describe('planted bugs', () => {
  it('have names of their own, and each patch fits the product exactly once', () => {
    assert.equal(new Set(bugs.map(({ name }) => name)).size, bugs.length);
    for (const bug of bugs) {
      assert.ok(bug.patches.length > 0, bug.name);
      for (const { file } of bug.patches) assert.notEqual(applyPatches(bug, file, sourceOf(file)), sourceOf(file));
    }
  });

  it('say so when a patch does not fit any more, or would fit twice', () => {
    const [bug] = bugs;
    const [patch] = bug?.patches ?? [];
    assert.ok(bug && patch);
    const source = sourceOf(patch.file);
    const message = new RegExp(`The patch of "${bug.name}" does not fit any more`);
    assert.throws(() => applyPatches(bug, patch.file, source.replace(patch.find, '')), message);
    assert.throws(() => applyPatches(bug, patch.file, source + source), message);
  });

  for (const bug of chosenByCommit(5))
    it(`are caught: ${bug.name}`, async () => {
      const { verdict, by } = await runBug(bug);
      assert.equal(verdict, 'caught', by);
    });
});
