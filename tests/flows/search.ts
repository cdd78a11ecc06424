import assert from 'node:assert/strict';
import { availableParallelism, loadavg } from 'node:os';
import { describe, it } from 'node:test';
import type { Item, Resource, SearchAnswer } from '../../contract/resources.ts';
import type { Flow } from './harness.ts';

/** What people wait before they believe that nothing happens; longer on a machine that has twice as much to do as it has processors. */
const patienceMs = () => 2_000 * Math.max(1, (loadavg()[0] ?? 0) / (2 * availableParallelism()));

const wordsOf = (name: string) => new Set(name.toLowerCase().match(/[\p{L}\p{N}]{5,}/gu) ?? []);

/** `itemsOf`: every item of every protected resource. */
export function describeSearch(
  flowOf: () => Flow,
  itemsOf: () => ReadonlyMap<string, { readonly resource: Resource; readonly item: Item }>,
): void {
  describe('a search over the whole tenant', () => {
    it('for a rare word answers within two seconds, finds it, and says while it is still looking', async () => {
      const flow = flowOf();
      const all = [...itemsOf().values()].map(({ resource, item }) => ({ ...item, resource: resource.id }));
      const seen = new Map<string, number>();
      for (const { name } of all) for (const word of wordsOf(name)) seen.set(word, (seen.get(word) ?? 0) + 1);
      // In what is looked at last, so that everything before it has to be read.
      const last = all.toSorted((a, b) => (a.resource < b.resource ? 1 : -1));
      const isAlone = (word: string) =>
        seen.get(word) === 1 && all.filter(({ name }) => name.toLowerCase().includes(word)).length === 1;
      const rare = last.flatMap((item) => [...wordsOf(item.name)].map((word) => ({ item, word })));
      const wanted = rare.find(({ word }) => isAlone(word));
      assert.ok(wanted, 'some word occurs once');

      const answers: { answer: SearchAnswer; ms: number }[] = [];
      let pageToken: string | undefined;
      do {
        const startedAt = performance.now();
        const answer: SearchAnswer = await flow.admin.call('search', {
          query: { q: wanted.word, pageSize: 1, ...(pageToken === undefined ? {} : { pageToken }) },
        });
        answers.push({ answer, ms: performance.now() - startedAt });
        pageToken = answer.nextPageToken;
        assert.equal(answer.searching, pageToken !== undefined, 'it says so exactly while there is more to look at');
      } while (pageToken !== undefined);
      const [first] = answers;
      const slowest = Math.max(...answers.map(({ ms }) => ms));
      console.log(
        `search for "${wanted.word}" over ${all.length} items in ${first?.answer.coverage.resources} resources: first answer ${Math.round(first?.ms ?? 0)} ms, slowest of ${answers.length} ${Math.round(slowest)} ms`,
      );
      assert.ok(slowest < patienceMs(), `${slowest} ms`);
      assert.equal(first?.answer.searching, true);
      assert.deepEqual(
        answers.flatMap(({ answer }) => answer.value.map(({ item, state }) => [item.id, state])),
        [[wanted.item.id, 'same']],
      );
      assert.ok(answers.reduce((sum, { answer }) => sum + answer.coverage.items, 0) >= all.length);
    });
  });
}
