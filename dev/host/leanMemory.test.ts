import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { LEAN_ALLOCATOR, LEAN_HEAP } from './workerProcess.ts';

const textOf = (file: string): string => readFileSync(path.join(import.meta.dirname, '../..', file), 'utf8');

/** Reads many megabytes in short-lived buffers, and says how many bytes of them there were at most. */
const PASSING_BUFFERS = `
  let most = 0;
  for (let at = 0; at < 4000; at++) {
    new Uint8Array(64 * 1024);
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }
  console.log(most);
`;

describe('the settings that keep a worker small', () => {
  it('are the same here, in Azure and in the guide', () => {
    const template = textOf('infra/modules/functionApp.bicep');
    assert.ok(template.includes(`languageWorkers__node__arguments: '${LEAN_HEAP.join(' ')}'`));
    for (const [name, value] of Object.entries(LEAN_ALLOCATOR))
      assert.ok(template.includes(`${name}: '${value}'`), name);
    assert.ok(textOf('docs/deploy.md').includes(`languageWorkers__node__arguments = ${LEAN_HEAP.join(' ')}`));
  });

  it('are known to Node, and let little garbage of buffers gather', () => {
    const mostWith = (options: readonly string[]): number =>
      Number(spawnSync(process.execPath, [...options, '-e', PASSING_BUFFERS], { encoding: 'utf8' }).stdout);
    const [lean, plain] = [mostWith(LEAN_HEAP), mostWith([])];
    assert.ok(lean < 24 * 1024 ** 2, `${lean} bytes`);
    assert.ok(plain > 32 * 1024 ** 2, `${plain} bytes`);
  });
});
