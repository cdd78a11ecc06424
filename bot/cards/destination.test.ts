import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, type ResourceId } from '../../engine/model/ids.ts';
import { textsFor } from '../texts.ts';
import { destinationOf } from './restore.ts';

test('where it goes to is said with the name of the folder, as the API names it', () => {
  const resourceId = 'ab'.repeat(16) as ResourceId;
  const at = { createdAt: instant(Date.parse('2026-03-04T09:00:00Z')), sources: [{ id: 'anna', name: 'Anna Berg' }] };
  const said = (destination: Parameters<typeof destinationOf>[1]['destination']) =>
    destinationOf(textsFor('en', 'UTC'), { ...at, destination });
  assert.equal(said({ kind: 'original' }), 'where it was');
  assert.equal(said({ kind: 'newFolder' }), 'a new folder “Restored 2026-03-04”');
  assert.equal(said({ kind: 'newFolder', name: 'Lost' }), 'a new folder “Lost”');
  assert.match(said({ kind: 'resource', resourceId }), /mailbox or drive, folder “Restored 2026-03-04 from Anna Berg”/);
  assert.match(said({ kind: 'resource', resourceId, name: 'Lost' }), /folder “Lost”/);
});
