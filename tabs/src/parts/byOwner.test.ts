import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Resource } from '../../../contract/resources.ts';
import { byOwner } from './byOwner.ts';

const resource = (ownerId: string, name: string, workload: string): Resource => ({
  id: `${ownerId}${workload}`,
  workload,
  kind: 'user',
  name,
  ownerId,
  sourceId: ownerId,
  state: 'protected',
  counts: { items: 0, containers: 0, missing: 0 },
  bytes: 0,
});

it('lists people by name, each once, with what is theirs together', () => {
  const mixed = [
    resource('z', 'Zoë', 'drive'),
    resource('o', 'Åsa', 'drive'),
    resource('b', 'Ben', 'mail'),
    resource('z', 'Zoë', 'mail'),
    resource('a', 'anna', 'mail'),
  ];
  const names = (locale: string): string[] => byOwner(mixed, locale).map((own) => own.map(({ name }) => name).join());
  assert.deepEqual(names('en'), ['anna', 'Åsa', 'Ben', 'Zoë,Zoë']);
  assert.deepEqual(names('sv'), ['anna', 'Ben', 'Zoë,Zoë', 'Åsa'], 'Swedish has Å behind Z');
  assert.deepEqual(
    byOwner(mixed, 'en')
      .at(-1)
      ?.map(({ workload }) => workload),
    ['mail', 'drive'],
  );
});
