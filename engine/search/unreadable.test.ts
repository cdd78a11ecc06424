import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import { restoreBench } from '../restore/testing/restoreBench.ts';
import { createRepository } from '../repository/openRepository.ts';
import { memoryKeyWrapper } from '../testing/memoryKeyWrapper.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { searchPoints } from './searchPoints.ts';

type Bench = Awaited<ReturnType<typeof restoreBench>>;

/** Flips a bit in, or removes, every blob of the repository whose name begins so. */
function damage({ blobs }: Bench, prefix: string, how: 'flipped' | 'gone'): void {
  const names = blobs
    .dump()
    .flatMap(({ container, name }) => (container === 'repository' && name.startsWith(prefix) ? [name] : []));
  assert.ok(names.length > 0, prefix);
  for (const name of names)
    blobs.tamper('repository', name, (bytes) => {
      if (how === 'gone') return undefined;
      const flipped = Uint8Array.from(bytes);
      flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1;
      return flipped;
    });
}

/** In a process that has read nothing yet. */
async function search({ records, blobs, tables, clock }: Bench, deleted = false) {
  const ports = { blobs, tables, clock, random: seededRandom(8) };
  const repository = await createRepository(ports, { vault: memoryKeyWrapper() }, 'tenant');
  const unreadable = new Set<string>();
  const services = { repository, records, catalog: repository.catalog };
  const hits = await Array.fromAsync(
    searchPoints({ q: '', deleted }, { ...services, unreadable: ({ name }) => unreadable.add(name) }),
  );
  const strict = await Array.fromAsync(searchPoints({ q: '', deleted }, services)).then(
    () => undefined,
    (error: unknown) => error,
  );
  const names = hits.flatMap(({ entry }) => (entry.container ? [] : [entry.name]));
  return { names: names.toSorted(), unreadable: [...unreadable], strict };
}

describe('a search over copies of which one cannot be read', () => {
  for (const how of ['flipped', 'gone'] as const)
    it(`shows what the others hold and names it: ${how}`, async () => {
      const bench = await restoreBench(['one', 'two']);
      assert.deepEqual(await search(bench), {
        names: ['hello 0', 'one 0', 'two 1'],
        unreadable: [],
        strict: undefined,
      });
      damage(bench, `points/${bench.mailbox.id}/`, how);
      const { names, unreadable, strict } = await search(bench);
      assert.deepEqual([names, unreadable], [['hello 0'], ['Anna Berg']]);
      // A restore of everything that matches does not quietly leave out half of it.
      assert.ok(isFault(strict, 'corrupt', 'missing'), String(strict));
    });

  it('does the same when the head opens and its pages do not', async () => {
    const bench = await restoreBench(['one', 'two']);
    damage(bench, 'packs/', 'gone');
    const { names, unreadable, strict } = await search(bench);
    assert.deepEqual([names, unreadable.toSorted()], [[], ['Anna Berg', 'Ben Ode']]);
    assert.ok(isFault(strict, 'corrupt', 'missing'), String(strict));
  });
});
