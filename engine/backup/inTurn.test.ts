import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Workload } from '../model/ids.ts';
import { inTurn } from './inTurn.ts';

it('begins with each workload, and keeps the order within one', () => {
  const of = (workload: string, ...names: string[]) => names.map((name) => ({ workload: workload as Workload, name }));
  const planned = [...of('mail', 'a', 'b', 'c'), ...of('drive', 'd', 'e'), ...of('site', 'f')];
  assert.deepEqual(
    inTurn(planned).map(({ name }) => name),
    ['a', 'd', 'f', 'b', 'e', 'c'],
  );
});
