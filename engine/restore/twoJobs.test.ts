import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isFault } from '../fault.ts';
import type { RequestId } from '../model/ids.ts';
import { rowWriter } from './requestStore.ts';
import { restoreBench } from './testing/restoreBench.ts';

const id = 'a'.repeat(32) as RequestId;

it('keeps the result of an item although a job that stood still goes on with it', async () => {
  const services = await restoreBench();
  const { journal } = services.records.requests;
  const stoodStill = rowWriter(services, id, 'item/0', undefined);
  await stoodStill({ attempts: 0 });
  const successor = rowWriter(services, id, 'item/0', (await journal.get(id, 'item/0'))?.etag);
  await successor({ attempts: 1 });
  await successor({ attempts: 1, result: 'restored' });
  await assert.rejects(stoodStill({ attempts: 1 }), (error) => isFault(error, 'stale-fence'));
  assert.deepEqual((await journal.get(id, 'item/0'))?.value, { attempts: 1, result: 'restored' });
  await assert.rejects(rowWriter(services, id, 'item/0', undefined)({ attempts: 0 }), (error) =>
    isFault(error, 'stale-fence'),
  );
});
