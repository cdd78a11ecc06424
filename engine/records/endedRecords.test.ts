import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { allPages } from '../backup/allPages.ts';
import { instant, type RequestId, type RunId } from '../model/ids.ts';
import { boundary } from '../testing/boundary.ts';
import { aRun, aRunResource, recordsWorld, type RecordsWorld } from '../testing/recordsWorld.ts';
import { makeRecords } from './makeRecords.ts';
import { rebuildRecords } from './rebuildRecords.ts';

const request = (state: string, createdAt: number, more: object = {}) => ({
  request: { state, createdAt: instant(createdAt), ...more },
});

/** Runs and requests as people see them, in the order of the lists. */
async function seen(world: RecordsWorld) {
  const { runs, requests } = makeRecords(world);
  const listed = await Array.fromAsync(allPages((token) => runs.list(token)));
  return {
    runs: listed,
    rows: await Promise.all(
      listed.map(({ id }) => Array.fromAsync(allPages((token) => runs.resources.list(id, token)))),
    ),
    open: (await runs.open()).map(({ value }) => value.id),
    requests: await Array.fromAsync(allPages((token) => requests.list(token))),
  };
}

/** Three runs and three requests that ended; one run and one request that did not when `going`. */
async function history(world: RecordsWorld, going: boolean): Promise<void> {
  const { runs, requests } = makeRecords(world);
  for (let n = 1; n <= (going ? 4 : 3); n++) {
    const run = aRun(`run${n}`, n * 1000, { state: 'running', planned: true });
    await runs.create(run);
    await runs.resources.plan(run.id, [aRunResource(run.id, 'a'), aRunResource(run.id, 'b')]);
    const stored = await runs.get(run.id);
    const beating = await runs.update({ ...run, heartbeatAt: instant(n * 1000 + 1) }, stored?.etag ?? '');
    if (n < 4) await runs.update({ ...run, state: 'completed', status: 'complete' }, beating.etag);

    const id = `request${n}` as RequestId;
    await world.clock.sleep(1000);
    const { etag } = await requests.create(id, request('planning', world.clock.now()));
    const at = world.clock.now();
    const running = await requests.update(id, request('running', at), etag);
    if (n === 4) continue;
    const done = await requests.update(id, request('done', at), running);
    if (n === 2) await requests.update(id, request('done', at, { undo: { state: 'done' } }), done);
  }
}
const ends = (world: RecordsWorld): readonly string[] =>
  world.blobs.dump().flatMap(({ name }) => (name.startsWith('ended/') ? [name] : []));

describe('runs and requests that ended', () => {
  it('are back with their rows after the tables were lost, in the same lists', async () => {
    for (const options of [{}, { pageSize: 2, emptyPages: true }]) {
      const world = recordsWorld(options);
      await history(world, false);
      const before = await seen(world);
      assert.deepEqual([before.runs.length, before.requests.length], [3, 3]);
      world.tables.drop('records');
      assert.deepEqual(await rebuildRecords(world), { rows: 0, runs: 3, requests: 3, lost: 0 });
      // Their journals are no part of it, and each request says so.
      const requests = before.requests.map(({ id, value }) => {
        const { request: shown } = value as ReturnType<typeof request>;
        return { id, value: { request: { ...shown, journalLost: true } } };
      });
      const rebuilt = { ...before, requests };
      assert.deepEqual(await seen(world), rebuilt);
      assert.deepEqual(await rebuildRecords(world), { rows: 0, runs: 0, requests: 0, lost: 0 });
      assert.deepEqual(await seen(world), rebuilt);
    }
  });

  it('cost one blob for each end, none for heartbeats, and what was under way is all that is lost', async () => {
    const world = recordsWorld();
    await history(world, true);
    assert.equal(ends(world).length, 3 + 3 + 1);
    world.tables.drop('records');
    await rebuildRecords(world);
    const { runs, open, requests } = await seen(world);
    assert.deepEqual(
      runs.map(({ id }) => id),
      ['run3', 'run2', 'run1'] as RunId[],
    );
    assert.deepEqual(open, []);
    assert.equal(requests.length, 3);
  });

  it('end all the same while storage takes no blobs, and are kept with the next one that ends', async () => {
    const world = recordsWorld();
    let isAway = true;
    const away = boundary(({ name }) => (isAway && name === 'blobs.create' ? 'fail-before' : undefined));
    const { runs, requests } = makeRecords({ ...world, blobs: away.wrap('blobs', world.blobs) });
    const endRun = async (id: string): Promise<void> => {
      await runs.create(aRun(id, 0));
      await runs.update(
        aRun(id, 0, { state: 'completed', status: 'failed' }),
        (await runs.get(id as RunId))?.etag ?? '',
      );
    };
    const endRequest = async (id: string): Promise<void> => {
      const { etag } = await requests.create(id as RequestId, request('running', 0));
      await requests.update(id as RequestId, request('failed', 0), etag);
    };
    await endRun('run1');
    await endRequest('request1');
    assert.deepEqual([(await runs.get('run1' as RunId))?.value.status, ends(world)], ['failed', []]);
    isAway = false;
    await endRun('run2');
    await endRequest('request2');
    assert.equal(ends(world).length, 4);
    await endRun('run3');
    assert.equal(ends(world).length, 5);
  });

  it('stay as the table has them, and one damaged blob hides no other', async () => {
    const world = recordsWorld();
    await history(world, true);
    const before = await seen(world);
    await rebuildRecords(world);
    assert.deepEqual(await seen(world), before);
    const [damaged = ''] = ends(world);
    world.blobs.tamper('repository', damaged, (bytes) => bytes.subarray(1));
    world.tables.drop('records');
    const { runs, requests, lost } = await rebuildRecords(world);
    assert.deepEqual([runs + requests, lost], [5, 1]);
  });

  it('are kept once and as they count, however many end them at the same moment', async () => {
    const world = recordsWorld();
    const { runs, requests } = makeRecords(world);
    const id = 'run1' as RunId;
    await runs.create(aRun(id, 0));
    const asked = 'request1' as RequestId;
    const { etag: first } = await requests.create(asked, request('running', 0));
    const etag = (await runs.get(id))?.etag ?? '';
    const closers = ['complete', 'partial', 'failed'] as const;
    const endings = await Promise.allSettled([
      ...closers.map((status) => runs.update(aRun(id, 0, { state: 'completed', status }), etag)),
      ...(['done', 'cancelled'] as const).map((state) => requests.update(asked, request(state, 0), first)),
    ]);
    assert.equal(endings.filter(({ status }) => status === 'fulfilled').length, 2);
    assert.equal(ends(world).length, 2);
    const { runs: listed, requests: wishes } = await seen(world);
    world.tables.drop('records');
    await rebuildRecords(world);
    const after = await seen(world);
    const stateOf = (wish: unknown) => (wish as { value: ReturnType<typeof request> }).value.request.state;
    assert.deepEqual([after.runs, after.requests.map(stateOf)], [listed, wishes.map(stateOf)]);
  });

  it('come back as they ended last, at one moment or by a clock that is behind', async () => {
    for (const secondsBehind of [0, 3600]) {
      const world = recordsWorld();
      const clock = world.clock.fork();
      clock.set(clock.now() - secondsBehind * 1000);
      const behind = makeRecords({ ...world, clock }).requests;
      const { requests } = makeRecords(world);
      const ids = Array.from({ length: 12 }, (_, n) => `request${n}` as RequestId);
      for (const id of ids) {
        const { etag } = await requests.create(id, request('running', 0));
        const done = await requests.update(id, request('done', 0), etag);
        await behind.update(id, request('done', 0, { undo: { state: 'done' } }), done);
      }
      const undone = async () =>
        (await seen(world)).requests.flatMap(({ value }) => {
          const { undo } = (value as { request: { undo?: { state?: string } } }).request;
          return undo?.state ?? 'not undone';
        });
      world.tables.drop('records');
      await rebuildRecords(world);
      assert.deepEqual(
        await undone(),
        ids.map(() => 'done'),
      );

      // What ended before the tables were lost is counted on.
      for (const id of ids) {
        const before = await behind.get(id);
        await behind.update(id, request('done', 0, { undo: { state: 'failed' } }), before?.etag ?? '');
      }
      world.tables.drop('records');
      await rebuildRecords(world);
      assert.deepEqual(
        await undone(),
        ids.map(() => 'failed'),
      );
    }
  });

  it('are counted on from their blobs where the row that counts them is damaged', async () => {
    const world = recordsWorld();
    const { requests } = makeRecords(world);
    const id = 'request1' as RequestId;
    const { etag } = await requests.create(id, request('running', 0));
    const done = await requests.update(id, request('done', 0), etag);
    world.tables.tamper('records', 'requests', `ends:${id}`, (row) => ({
      ...row,
      columns: { value0: new Uint8Array(40) },
    }));
    await requests.update(id, request('done', 0, { undo: { state: 'done' } }), done);
    assert.deepEqual(
      ends(world).map((name) => name.slice(0, 'ended/request/request1/n00000001'.length)),
      ['ended/request/request1/n00000001', 'ended/request/request1/n00000002'],
    );
  });

  it('are read by names of an earlier version, and a numbered one is newer than those', async () => {
    const world = recordsWorld();
    const keep = async (name: string, state: string) => {
      const bytes = gzipSync(JSON.stringify(request(state, 0)));
      await world.blobs.create('repository', name, world.sealer.sealColumn('records', name, bytes));
    };
    await keep('ended/request/old/2026-03-01T00:00:00.000Z-00000000', 'declined');
    await keep('ended/request/old/2026-03-02T00:00:00.000Z-00000000', 'cancelled');
    await keep('ended/request/both/2099-03-01T00:00:00.000Z-ffffffff', 'failed');
    await keep('ended/request/both/n00000001-2026-03-01T00:00:00.000Z-00000000', 'done');
    await rebuildRecords(world);
    const states = (await seen(world)).requests.map(({ id, value }) => [
      id,
      (value as ReturnType<typeof request>).request.state,
    ]);
    assert.deepEqual(Object.fromEntries(states), { old: 'cancelled', both: 'done' });
  });

  it('are kept with the next one when the process died right after an end, or between blob and mark', async () => {
    for (const [name, kind] of [
      ['blobs.create', 'kill-before'],
      ['blobs.create', 'kill-after'],
    ] as const) {
      const world = recordsWorld();
      const dying = boundary((call) => (call.name === name ? kind : undefined));
      const { runs } = makeRecords({ ...world, blobs: dying.wrap('blobs', world.blobs) });
      await runs.create(aRun('run1', 0));
      const etag = (await runs.get('run1' as RunId))?.etag ?? '';
      await assert.rejects(dying.run(() => runs.update(aRun('run1', 0, { state: 'completed' }), etag)));
      const next = makeRecords(world).runs;
      await next.create(aRun('run2', 0));
      await next.update(aRun('run2', 0, { state: 'completed' }), (await next.get('run2' as RunId))?.etag ?? '');
      assert.equal(ends(world).length, 2, kind);
    }
  });

  it('of which one is damaged keeps no other from ending', async () => {
    for (const [partition, key] of [
      ['runs', 'run:run1'],
      ['run-run1', 'a'],
    ] as const) {
      const world = recordsWorld();
      const away = boundary(({ name }) => (name === 'blobs.create' ? 'fail-before' : undefined));
      const endRun = async ({ runs }: ReturnType<typeof makeRecords>, id: string): Promise<void> => {
        await runs.create(aRun(id, 0));
        await runs.resources.plan(id as RunId, [aRunResource(id as RunId, 'a')]);
        await runs.update(aRun(id, 0, { state: 'completed' }), (await runs.get(id as RunId))?.etag ?? '');
      };
      await endRun(makeRecords({ ...world, blobs: away.wrap('blobs', world.blobs) }), 'run1');
      world.tables.tamper('records', partition, key, (row) => ({
        ...row,
        columns: { ...row.columns, value0: new Uint8Array(40) },
      }));
      await endRun(makeRecords(world), 'run2');
      await endRun(makeRecords(world), 'run3');
      assert.equal(ends(world).length, 2, key);
    }
  });
});
