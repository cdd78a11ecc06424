import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../fault.ts';
import type { PointId } from '../model/ids.ts';
import { anna, restoreBench } from '../restore/testing/restoreBench.ts';
import { deletedHits, matcher } from './searchPoints.ts';

const mail = { name: 'Quarterly report 2026 (final).docx', kind: 'message', container: false, size: 1 };

test('every word counts, stars and question marks stand for anything, phrases stay together', () => {
  const isFound = (q: string) => matcher({ q })({ ...mail, from: 'Anna Berg <anna@contoso.example>' });
  for (const q of [
    '',
    'REPORT',
    'quart*2026',
    '*',
    'r?port',
    '"report 2026"',
    'final anna',
    '*.docx',
    'a.b*g',
    '(final)',
  ])
    assert.equal(isFound(q), q !== 'a.b*g', q);
  for (const q of ['report ben', '2026*quart', '"2026 report"', 'docx*anna', 'reportx'])
    assert.equal(isFound(q), false, q);
});

test('a word full of stars is looked up in the time that its length takes', () => {
  const matches = matcher({ q: `${'*a'.repeat(100)}*b` });
  const started = performance.now();
  assert.equal(matches({ ...mail, name: 'a'.repeat(2_000) }), false);
  assert.ok(performance.now() - started < 1_000);
});

test('a point that expired is looked for once, however many deleted items began in it', async () => {
  const bench = await restoreBench(['one', 'two', 'three']);
  const { repository, mailbox } = bench;
  await bench.loses(mailbox, 0, 1, 2);
  const point = await repository.points.find(mailbox.id, 'latest');
  const asked: string[] = [];
  let fault: Fault | undefined = new Fault('not-found', 'This restore point has expired');
  const find = async (...[resource, at]: Parameters<typeof repository.points.find>) => {
    asked.push(at);
    if (fault !== undefined) throw fault;
    return repository.points.find(resource, at as PointId);
  };
  const told: string[] = [];
  const services = {
    records: bench.records,
    catalog: repository.catalog,
    repository: { points: { ...repository.points, find } },
    unreadable: ({ name }: { readonly name: string }) => told.push(name),
  };
  const hits = async () => (await Array.fromAsync(deletedHits(mailbox, point, () => true, services))).length;
  assert.deepEqual([await hits(), asked.length, told], [0, 1, []]);
  fault = new Fault('corrupt', 'This restore point is damaged', { origin: 'storage' });
  assert.deepEqual([await hits(), asked.length, told], [0, 2, [anna.name]]);
  fault = undefined;
  assert.deepEqual([await hits(), asked.length], [3, 3]);
});
