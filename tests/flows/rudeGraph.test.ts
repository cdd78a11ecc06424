/**
 * Engine, workloads and Graph client against a Graph that is not the demo tenant's own: the same data in other forms and
 * with more troubles. `RUDE_SEEDS=1,2,3` tries other seeds, `RUDE_LETTERS=abc` some groups of rules only (rudeGraph.ts).
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Destination } from '../../engine/model/restoreRequest.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import { assertSameSet } from './harness.ts';
import { lasting } from './restoreMail.ts';
import { graphError } from './rudeTroubles.ts';
import { rudeWorld, type RudeWorld } from './rudeWorld.ts';

const SEEDS = (process.env['RUDE_SEEDS'] ?? '1').split(',');
const LETTERS = process.env['RUDE_LETTERS'] ?? 'abcdefghijk';

const OWNER = 'ines.vogt';
const OTHER = 'hugo.santos';

for (const seed of SEEDS)
  describe(`a Graph of another make, seed ${seed}, rules ${LETTERS}`, () => {
    let world: RudeWorld;

    before(async () => {
      world = await rudeWorld(seed, LETTERS);
    });

    after(async () => {
      if (process.env['RUDE_SHOW'] !== undefined) console.log(world?.rude.dice.fired);
      await world?.stop();
    });

    it('is backed up whole', async () => {
      await world.assertWhole(await world.backUp());
    });

    it('is followed through a day of changes', async () => {
      const { tenant } = world;
      await tenant.post('churn', { count: 80, seed });
      await tenant.post('files', { user: OWNER, path: '/Large.bin', size: 12_000_000 });
      const folder = await tenant.post<{ id: string }>('folders', { user: OWNER, action: 'create', name: 'Later' });
      await tenant.post('messages', { user: OWNER, folder: folder.id, message: { subject: 'In a new folder' } });
      await world.assertWhole(await world.backUp());
    });

    it('gets files and mail back where they were, once each', async () => {
      for (const workload of ['drive', 'mail'] as const) {
        const resource = await world.resource(workload, OWNER);
        const lost = await contentsOf(workload, OWNER);
        await empty(workload, OWNER);
        await giveBack(resource, { kind: 'original' }, lost.length);
        assertSameSet(await contentsOf(workload, OWNER), lost);
      }
    });

    it('gets them into a new folder and into the place of somebody else', async () => {
      for (const workload of ['drive', 'mail'] as const) {
        const [resource, other] = [await world.resource(workload, OWNER), await world.resource(workload, OTHER)];
        const own = await hashesOf(workload, OWNER);
        const others = await hashesOf(workload, OTHER);
        await giveBack(resource, { kind: 'newFolder', name: 'Brought back' }, own.length);
        assertSameSet(await hashesOf(workload, OWNER), [...own, ...own]);
        await giveBack(resource, { kind: 'resource', resourceId: other.id, name: 'From Ines' }, own.length);
        assertSameSet(await hashesOf(workload, OTHER), [...others, ...own]);
      }
    });

    it('is backed up whole after that, and nothing was asked that may not be asked', async () => {
      world.rude.calm();
      await world.assertWhole(await world.backUp());
      assert.deepEqual(world.rude.complaints, []);
      assert.deepEqual(await world.tenant.complaints(), []);
    });

    const contentsOf = async (workload: 'drive' | 'mail', user: string): Promise<unknown[]> =>
      workload === 'mail'
        ? (await world.tenant.messages(user)).filter(({ folder }) => folder !== '').map(lasting)
        : (await world.tenant.files(user))
            .filter(({ folder }) => !folder)
            .map(({ path, size, sha256, fileSystemInfo }) => ({ path, size, sha256, fileSystemInfo }));

    const hashesOf = async (workload: 'drive' | 'mail', user: string) =>
      ((await contentsOf(workload, user)) as { sha256?: string }[]).map(({ sha256 }) => sha256);

    const empty = async (workload: 'drive' | 'mail', user: string) => {
      if (workload === 'drive') await world.tenant.post('mass-delete', { user, share: 1 });
      else
        for (const { id, folder } of await world.tenant.messages(user))
          if (folder !== '') await world.tenant.post('messages/change', { user, id, action: 'remove' });
    };

    const giveBack = async ({ id }: ProtectedResource, destination: Destination, count: number): Promise<void> => {
      const { request, results } = await world.restore(id, destination);
      const odd = results.filter(({ outcome }) => outcome !== 'restored').slice(0, 5);
      assert.deepEqual(
        [request.state, request.counts?.restored],
        ['done', count],
        JSON.stringify([request.trouble, odd]),
      );
    };
  });

describe('a Graph that refuses some things for good', () => {
  let world: RudeWorld;
  before(async () => {
    world = await rudeWorld('1', 'abef');
  });
  after(() => world?.stop());

  it('costs those alone: the run says so by name, and the next one gets them when it may', async () => {
    const { rude, tenant } = world;
    const [file] = (await tenant.files(OWNER)).filter(({ folder }) => !folder);
    const [closed, gone] = await Promise.all([tenant.user(OTHER), tenant.user('felix.bauer')]);
    assert.ok(file);
    rude.always(
      { match: new RegExp(`/items/${file.id}/content`), says: graphError(403, 'accessDenied') },
      { match: new RegExp(`/users/${closed.id}/mailFolders`), says: graphError(403, 'ErrorAccessDenied') },
      { match: new RegExp(`/users/${gone.id}/mailFolders`), says: graphError(404, 'MailboxNotEnabledForRESTAPI') },
    );
    const run = await world.backUp();
    assert.equal(run.status, 'partial');
    assert.deepEqual(await world.namesOf(run), {
      items: [file.name],
      resources: [`${closed.name} failed`, `${gone.name} failed`, 'Ines Vogt partial'].toSorted(),
    });
    rude.always();
    await world.assertWhole(await world.backUp());
  });
});
