import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ReadContext } from '../../engine/connector.ts';
import { simWorld } from '../../tests/simulation/tenant/simWorld.ts';

const reading: ReadContext = { signal: new AbortController().signal, options: {}, priority: 'incremental' };

it('counts a message as gone that was deleted from Deleted Items too, though the mailbox still gives it by its id', async () => {
  const { connector, resource, tenant } = simWorld('mail');
  const { mail } = tenant;
  const [inBin, recoverable] = [mail.put(resource.sourceId), mail.put(resource.sourceId)];
  mail.remove(resource.sourceId, inBin);
  mail.remove(resource.sourceId, recoverable);
  mail.remove(resource.sourceId, recoverable);
  const located = await connector.locate(resource, [inBin, recoverable], reading);
  assert.equal(located.get(inBin)?.parentSourceId, mail.folderOf(resource.sourceId, 'deleteditems'));
  assert.deepEqual([located.has(recoverable), located.get(recoverable)], [true, undefined]);
  assert.deepEqual(tenant.violations, []);
});
