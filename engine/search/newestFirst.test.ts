import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ItemId, ResourceId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import type { EntryPage, PointReader } from '../repository/repository.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { compareMarks, newestFirst, type Mark, type Opened } from './newestFirst.ts';

const entry = (id: string, parent: string, minute: number): Entry => ({
  id: id as ItemId,
  sourceId: id,
  parentId: parent as ItemId,
  name: id,
  kind: 'message',
  container: false,
  size: 1,
  receivedAt: new Date(minute * 60_000).toISOString(),
  versionTag: '1',
  streams: [],
});

/** A point as pages hold it: container after container, newest first in each, cut wherever a page is full. */
function point(
  id: string,
  folders: Readonly<Record<string, readonly number[]>>,
  perPage: number,
  reads: string[],
): Opened {
  const sorted = Object.entries(folders).flatMap(([folder, minutes]) =>
    minutes.toSorted((a, b) => b - a).map((minute, index) => entry(`${folder}${index}`, folder, minute)),
  );
  const pages = Array.from({ length: Math.ceil(sorted.length / perPage) }, (_, number): EntryPage => {
    const entries = sorted.slice(number * perPage, (number + 1) * perPage);
    const [first, last] = [entries[0], entries.at(-1)];
    const isOne = first?.parentId === last?.parentId;
    return {
      ...(isOne && first?.receivedAt && last?.receivedAt ? { newest: first.receivedAt, oldest: last.receivedAt } : {}),
      async read() {
        reads.push(`${id}/${number}`);
        return entries;
      },
    };
  });
  return { id: id as ResourceId, reader: { pages: () => pages } as unknown as PointReader };
}

async function merged(points: readonly Opened[], matches: (facts: { name: string }) => boolean, after?: Mark) {
  const steps = await Array.fromAsync(newestFirst(points, matches, after, 40));
  const marks = steps.flatMap(({ found }): Mark[] =>
    found === undefined ? [] : [[found.entry.receivedAt ?? '', found.point.id, found.entry.id]],
  );
  return { steps, marks };
}

test('merges folders and mailboxes by moment, and goes on from any step without loss or repetition', async () => {
  const random = seededRandom(3);
  const folder = (most: number) => Array.from({ length: random.below(most) }, () => random.below(400));
  for (let round = 0; round < 20; round++) {
    const points = ['r1', 'r2', 'r3'].map((id) =>
      point(id, { a: folder(120), b: folder(9), c: folder(60), d: folder(3) }, 10 + random.below(80), []),
    );
    const matches = round % 2 === 0 ? () => true : ({ name }: { name: string }) => /[05]$/.test(name);
    const { steps, marks } = await merged(points, matches);
    const all = (
      await Promise.all(
        points.flatMap(({ id, reader }) => reader.pages().map(async (page) => ({ id, page: await page.read() }))),
      )
    )
      .flatMap(({ id, page }) => page.filter(matches).map((each): Mark => [each.receivedAt ?? '', id, each.id]))
      .toSorted(compareMarks);
    assert.deepEqual(marks, all);
    assert.equal(steps.at(-1)?.done ?? 3, 3);
    let given = 0;
    for (const { mark, found } of steps) {
      if (found !== undefined) given++;
      if (random.chance(0.05)) assert.deepEqual((await merged(points, matches, mark)).marks, marks.slice(given));
    }
  }
});

test('reads a page when its newest entry may be the next one, and not before', async () => {
  const reads: string[] = [];
  const minutes = (from: number) => Array.from({ length: 1000 }, (_, index) => from + index);
  const points = [point('r1', { a: minutes(5000) }, 100, reads), point('r2', { b: minutes(5500) }, 100, reads)];
  for await (const { found } of newestFirst(points, () => true)) if (found !== undefined) break;
  assert.deepEqual(reads, ['r2/0']);
  reads.length = 0;
  for await (const { found } of newestFirst(points, ({ name }) => name === 'a0')) if (found !== undefined) break;
  // Everything newer than what was looked for, once, in the order of time.
  assert.deepEqual(reads, ['r2/0', 'r2/1', 'r2/2', 'r2/3', 'r2/4', 'r1/0']);
});
