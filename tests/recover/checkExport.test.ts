import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { troublesOfExport } from './checkExport.ts';
import { messageOf } from './manyItems.ts';

const ITEMS = 12;

describe('what the measurement of an export takes for wrong', () => {
  let target: string;
  const fileOf = (n: number): string => path.join(target, 'Anna Berg', `${n}.eml`);
  before(async () => {
    target = await mkdtemp(path.join(tmpdir(), 'holdfast-check-'));
    await mkdir(path.join(target, 'Anna Berg'));
    for (let n = 0; n < ITEMS; n++) await writeFile(fileOf(n), messageOf(n));
    const lines = Array.from({ length: ITEMS }, (_, n) =>
      JSON.stringify({ path: `Anna Berg/${n}.eml`, stream: 'original', sourceId: `m${n}` }),
    );
    await writeFile(path.join(target, 'Anna Berg.map.jsonl'), `${lines.join('\n')}\n`);
  });
  after(() => rm(target, { recursive: true, force: true }));

  it('finds nothing where every message is there with its bytes', async () => {
    assert.deepEqual(await troublesOfExport(target, ITEMS), []);
  });

  it('finds one that lacks, one too many and one of other bytes', async () => {
    assert.deepEqual(await troublesOfExport(target, ITEMS + 1), [
      `${ITEMS} files instead of ${ITEMS + 1}`,
      `the map has ${ITEMS} lines for ${ITEMS} messages instead of ${ITEMS + 1}`,
      `message ${ITEMS} is not there`,
    ]);
    const whole = await readFile(fileOf(3));
    await writeFile(fileOf(3), whole.fill(0x20, 40, 41));
    assert.deepEqual(await troublesOfExport(target, ITEMS), ['message 3 has other bytes: Anna Berg/3.eml']);
    await rm(fileOf(3));
    assert.deepEqual(await troublesOfExport(target, ITEMS), [
      `${ITEMS - 1} files instead of ${ITEMS}`,
      'message 3 is not there',
    ]);
  });
});
