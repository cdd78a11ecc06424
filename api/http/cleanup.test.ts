import assert from 'node:assert/strict';
import { it } from 'node:test';
import { instant } from '../../engine/model/ids.ts';
import { furnished, refusedWith } from '../testing/furnished.ts';
import { ben, carl } from '../testing/people.ts';
import type { ApiWorld } from '../testing/world.ts';

const packOf = ({ blobs }: ApiWorld): string =>
  [...blobs.stored('repository', 'packs/')][0]?.name ?? assert.fail('something is stored');

it('tells what the last cleanup came to, why it refused, and takes the list as it is when told why', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const auditor = world.client(await world.signIn.person(ben, ['Backup.Auditor']));
  const { sweep } = world.services;
  const first = await auditor.call('getCleanup', {});
  assert.deepEqual(first, { isRunning: false, nextAt: instant(world.clock.now()) });

  await sweep.onNudge();
  const clean = await auditor.call('getCleanup', {});
  assert.equal(clean.last?.refused, undefined);
  assert.equal(clean.last?.listingShrank, false);
  assert.equal(Date.parse(clean.nextAt), Date.parse(clean.last?.startedAt ?? '') + 25 * 3_600_000);
  const order = { body: { reason: 'Tidied by hand' } };
  await assert.rejects(admin.call('acceptListing', order), refusedWith(409, /did not find/));

  await world.clock.advance(26 * 3_600_000);
  world.blobs.tamper('repository', packOf(world), () => undefined);
  await sweep.onNudge();
  const client = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const refused = await client.call('getCleanup', {});
  assert.equal(refused.last?.listingShrank, true);
  assert.match(refused.last?.refused ?? '', /accept the list as it is/);
  assert.equal(refused.last?.finishedAt, undefined);

  const watching = world.client(await world.signIn.person(ben, ['Backup.Auditor']));
  await assert.rejects(watching.call('acceptListing', order), refusedWith(403));
  const accepted = await client.call('acceptListing', order);
  assert.equal(accepted.nextAt, instant(world.clock.now()), 'it is tried again with the next tick');
  const [deed] = (await client.call('listAudit', { query: { action: 'sweep.acceptListing' } })).value;
  assert.deepEqual([deed?.who, deed?.result], [carl, 'done']);
});
