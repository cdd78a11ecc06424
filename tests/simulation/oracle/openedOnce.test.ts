import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openedOnce } from './openedOnce.ts';

it('what was opened once is opened again when one bit of it differs, and under another name', async () => {
  let opened = 0;
  const look = (name: string, bytes: Uint8Array) => openedOnce(name, bytes, async () => ++opened);
  const sealed = Uint8Array.of(1, 2, 3);
  assert.equal(await look('a', sealed), 1);
  assert.equal(await look('a', sealed.slice()), 1);
  assert.equal(await look('b', sealed), 2);
  sealed[1] = 3;
  assert.equal(await look('a', sealed), 3, 'the caller changed its bytes');
  assert.equal(await look('a', Uint8Array.of(1, 3)), 4);
  await assert.rejects(openedOnce('c', sealed, () => Promise.reject(new Error('damaged'))));
  assert.equal(await look('c', sealed), 5, 'what did not open is not kept');
});
