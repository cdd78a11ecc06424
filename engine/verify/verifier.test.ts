import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ItemId, PackId, ResourceId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import { addTally, noTally, type Finding, type VerifyPlan, type VerifyTally } from '../model/verification.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { TableStore } from '../ports/tableStore.ts';
import type { OpenRepository } from '../repository/openRepository.ts';
import { otherRow } from '../repository/testing/otherRow.ts';
import {
  entry,
  everyEntry,
  folderEntry,
  idFor,
  inPieces,
  noise,
  publishRound,
  resource,
  storedEntry,
  take,
  world,
  type World,
} from '../repository/testing/world.ts';

const full: VerifyPlan = { level: 'full', share: 1, seed: 'seed' };
const sampling: VerifyPlan = { level: 'sampling', share: 0.3, seed: 'seed' };

async function verify(repository: OpenRepository, plan = full): Promise<{ findings: Finding[]; looked: VerifyTally }> {
  const findings = new Map<string, Finding>();
  let looked = noTally;
  for await (const step of repository.verifier.steps(plan, { step: 'keys' }, { resources: [resource], suspects: [] })) {
    for (const finding of step.findings) findings.set(finding.key, finding);
    looked = addTally(looked, step.looked);
  }
  return { findings: [...findings.values()], looked };
}

interface Built extends World {
  readonly repository: OpenRepository;
  readonly points: readonly string[];
  readonly ids: Readonly<Record<string, ItemId>>;
}

/** Three points: m1, m2 and a folder in the first; m2 changes and m3 comes; m1 goes. The catalog follows. */
async function build(through: { blobs?: BlobStore; tables?: TableStore } = {}): Promise<Built> {
  const made = world('verify');
  const repository = await made.open(through);
  let head = await take(repository);
  const points: string[] = [];
  const store = async (name: string, seed: number, size = 5000, more: Partial<Entry> = {}) => {
    const writer = repository.packWriter();
    const stream = await writer.store('original', 'binary', inPieces(noise(size, seed)));
    return { entry: storedEntry(name, stream, more), packs: await writer.flush() };
  };
  const rounds: (() => Promise<{ entries: Entry[]; gone: string[]; packs: readonly never[] }>)[] = [
    async () => {
      const [one, two] = [await store('m1', 1), await store('m2', 2)];
      return {
        entries: [folderEntry('inbox'), one.entry, two.entry],
        gone: [],
        packs: [...one.packs, ...two.packs] as never[],
      };
    },
    async () => {
      const [two, three] = [await store('m2', 22, 6000, { versionTag: '2' }), await store('m3', 3)];
      return { entries: [two.entry, three.entry], gone: [], packs: [...two.packs, ...three.packs] as never[] };
    },
    async () => ({ entries: [entry('empty')], gone: ['m1'], packs: [] }),
  ];
  for (const [index, round] of rounds.entries()) {
    const { entries, gone, packs } = await round();
    const published = await publishRound(repository, made.random, head, index + 1, entries, gone.map(idFor), packs);
    head = published.head;
    points.unshift(published.point.id);
    await repository.catalog.apply(resource, published.point.id);
  }
  const ids = Object.fromEntries(['m1', 'm2', 'm3', 'inbox', 'empty'].map((name) => [name, idFor(name)]));
  return { ...made, repository, points, ids };
}

/** Opened anew, so that no cache of the builder helps. */
const again = (built: Built): Promise<OpenRepository> => built.open();

const packOf = async (built: Built, at: number, name: string): Promise<PackId> => {
  const reader = await built.repository.points.open(resource, built.points[at] as never);
  const found = (await everyEntry(reader)).find((each) => each.name === name);
  assert.ok(found?.streams[0]?.parts[0]);
  return found.streams[0].parts[0].place.pack;
};
const packBlob = (pack: PackId): string => `packs/${pack.slice(0, 2)}/${pack}`;
const flip = (bytes: Uint8Array, at = bytes.length >> 1): Uint8Array => {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
};
const itemNames = (findings: readonly Finding[], area: Finding['area']): string[] =>
  [...new Set(findings.flatMap((each) => (each.area === area && each.item ? [each.item.name] : [])))].toSorted();

describe('verification', () => {
  it('finds nothing where nothing happened, and looks at everything', async () => {
    const built = await build();
    const { findings, looked } = await verify(await again(built));
    assert.deepEqual(findings, []);
    assert.equal(looked.points, 3);
    assert.equal(looked.bytes, 5000 + 5000 + 6000 + 5000);
    assert.equal(looked.streams, 4);
    assert.ok(looked.catalogRows >= 6);
    assert.deepEqual((await verify(await again(built), sampling)).findings, []);
  });

  it('writes nothing: neither blobs nor rows', async () => {
    const built = await build();
    const pack = await packOf(built, 0, 'm3');
    built.blobs.tamper('repository', packBlob(pack), (bytes) => flip(bytes, 100));
    const writes = built.blobs.writes;
    const rows = JSON.stringify(built.tables.dump());
    const refuse = (): never => {
      throw new Error('a write');
    };
    const repository = await built.open();
    const reading = await built.open({
      blobs: { ...built.blobs, create: refuse, replace: refuse, remove: refuse },
      tables: { ...built.tables, change: refuse, transact: refuse },
    });
    assert.ok((await verify(reading)).findings.length > 0);
    await verify(repository, sampling);
    assert.equal(built.blobs.writes, writes);
    assert.equal(JSON.stringify(built.tables.dump()), rows);
  });

  it('names every item of a damaged or missing pack, its versions and all points that hold them', async () => {
    for (const change of [
      (bytes: Uint8Array) => flip(bytes, 60),
      () => undefined,
      (bytes: Uint8Array) => bytes.subarray(0, 50),
    ]) {
      const built = await build();
      const pack = await packOf(built, 2, 'm1');
      built.blobs.tamper('repository', packBlob(pack), change);
      for (const plan of [full, sampling]) {
        const { findings } = await verify(await again(built), plan);
        // A sample that did not meet the bit may go past it; whatever is missing or of another length is seen by it too.
        if (plan === sampling && findings.length === 0) continue;
        const [m1] = findings.filter((each) => each.area === 'content');
        assert.ok(m1?.item, 'the item is named');
        assert.equal(m1.item.name, 'm1');
        assert.equal(m1.item.id, built.ids['m1']);
        assert.equal(m1.object, packBlob(pack));
        assert.deepEqual(m1.points, built.points.slice(1), 'both points that hold it');
        assert.equal(m1.inNewest, false);
        assert.ok(m1.kind === 'missing' || m1.kind === 'corrupt');
        assert.deepEqual(itemNames(findings, 'content'), ['m1'], 'and nobody else');
      }
    }
  });

  it('tells a former version that is damaged from the present one that is whole', async () => {
    const built = await build();
    const pack = await packOf(built, 2, 'm2');
    built.blobs.tamper('repository', packBlob(pack), (bytes) => flip(bytes, 60));
    const { findings } = await verify(await again(built));
    const [m2] = findings.filter((each) => each.area === 'content');
    assert.equal(m2?.item?.versionTag, '1');
    assert.deepEqual(m2?.points, [built.points[2]]);
    assert.equal(m2?.inNewest, false);
  });

  it('names every item of a point whose root is damaged, gone, swapped or put back', async () => {
    const built = await build();
    const name = (at: number): string => `points/${resource}/${built.points[at] ?? ''}`;
    const other = built.blobs.dump().find((blob) => blob.name === name(2))?.bytes;
    assert.ok(other);
    for (const change of [flip, () => undefined, () => other, (bytes: Uint8Array) => bytes.subarray(0, 40)]) {
      const damaged = await build();
      damaged.blobs.tamper('repository', `points/${resource}/${damaged.points[1] ?? ''}`, change);
      const { findings } = await verify(await again(damaged));
      const about = findings.find((each) => each.area === 'point' && each.item === undefined);
      assert.equal(about?.object, `points/${resource}/${damaged.points[1] ?? ''}`);
      assert.equal(about?.unnamed, undefined);
      assert.deepEqual(itemNames(findings, 'point'), ['inbox', 'm1', 'm2', 'm3']);
    }
  });

  it('names every item of a damaged page, and says how many it cannot name without the catalog', async () => {
    for (const withCatalog of [true, false]) {
      const built = await build();
      const metas = built.blobs.dump().filter(({ name, bytes }) => name.startsWith('packs/') && bytes[5] === 2);
      let named = 0;
      for (const meta of metas) {
        const damaged = await build();
        damaged.blobs.tamper('repository', meta.name, () => undefined);
        if (!withCatalog)
          for (const row of damaged.tables.dump())
            if (row.table === 'catalog')
              await damaged.tables.change('catalog', row.partition, { kind: 'remove', key: row.key });
        const { findings } = await verify(await again(damaged));
        const pages = findings.filter((each) => each.area === 'page' && each.item === undefined);
        assert.ok(pages.length > 0, meta.name);
        assert.ok(pages.every((each) => each.object === meta.name && each.kind === 'missing'));
        const unnamed = pages.reduce((sum, each) => sum + (each.unnamed ?? 0), 0);
        named += itemNames(findings, 'page').length;
        assert.equal(unnamed > 0, !withCatalog, `${unnamed} without a name`);
      }
      assert.equal(named > 0, withCatalog);
    }
  });

  it('sees the tables put back, a row changed and a head that is lost', async () => {
    const built = await build();
    const rows = built.tables.dump();
    const before = rows.filter(({ table, partition }) => table === 'resources' && partition === resource);
    const head = await built.repository.points.head(resource);
    // A later take-over and round, then the tables as they were.
    const taken = await take(built.repository, 'later');
    assert.equal(taken.fence, head.fence + 1);
    await publishRound(built.repository, built.random, taken, 9, [entry('m9')]);
    for (const row of built.tables.dump())
      if (row.table === 'resources' && row.partition === resource)
        await built.tables.change('resources', resource, { kind: 'remove', key: row.key });
    for (const { key, columns } of before)
      await built.tables.change('resources', resource, { kind: 'insert', row: { partition: resource, key, columns } });
    const { findings } = await verify(await again(built));
    const [back] = findings.filter((each) => each.area === 'head');
    assert.equal(back?.kind, 'differs');
    assert.equal(back?.points.length, 1);
    assert.match(back?.detail ?? '', /older than the repository/);

    await built.tables.change('resources', resource, { kind: 'remove', key: 'head' });
    const lost = (await verify(await again(built))).findings.find((each) => each.area === 'head');
    assert.equal(lost?.kind, 'missing');
  });

  it('sees a head that counts other commits than its newest slice', async () => {
    const built = await build();
    const { step } = await built.repository.points.head(resource);
    built.tables.tamper('resources', resource, 'head', (row) => ({
      ...row,
      columns: { ...row.columns, step: step + 1 },
    }));
    const { findings } = await verify(await again(built));
    assert.deepEqual(
      findings.map(({ area, kind, object }) => [area, kind, object]),
      [['head', 'differs', `resources/${resource}/head`]],
    );
  });

  it('sees a row of a point that says something else than its root, and one that does not open', async () => {
    const built = await build();
    const row = built.tables.dump().find(({ key }) => key.startsWith('point/') && key.endsWith(built.points[1] ?? '-'));
    assert.ok(row);
    await built.tables.change('resources', resource, {
      kind: 'put',
      row: await otherRow(built.repository, row, { status: 'partial' }),
    });
    const { findings } = await verify(await again(built));
    assert.deepEqual(
      findings.map(({ area, kind, points }) => [area, kind, points]),
      [['point', 'differs', [built.points[1]]]],
    );
    await built.tables.change('resources', resource, {
      kind: 'put',
      row: { partition: resource, key: row.key, columns: { ...row.columns, sealed: new Uint8Array(40) } },
    });
    const damaged = (await verify(await again(built))).findings.find((each) => each.area === 'head');
    assert.deepEqual([damaged?.kind, damaged?.points], ['corrupt', [built.points[1]]]);
  });

  it('sees catalog rows that lack, differ or are too many', async () => {
    const built = await build();
    const row = built.tables.dump().find(({ table, key }) => table === 'catalog' && key.startsWith(`v/${idFor('m3')}`));
    assert.ok(row);
    await built.tables.change('catalog', resource, { kind: 'remove', key: row.key });
    const lacking = (await verify(await again(built))).findings;
    assert.deepEqual(itemNames(lacking, 'catalog'), ['m3']);
    await built.tables.change('catalog', resource, {
      kind: 'put',
      row: { partition: resource, key: row.key, columns: { ...row.columns, sealed: new Uint8Array(60) } },
    });
    assert.deepEqual(itemNames((await verify(await again(built))).findings, 'catalog'), ['m3']);
    await built.tables.change('catalog', resource, {
      kind: 'put',
      row: { partition: resource, key: row.key, columns: row.columns },
    });
    assert.deepEqual((await verify(await again(built))).findings, []);
    const stray = `v/${'ee'.repeat(16)}/2026-03-01T00:01:00.000Z/${built.points[2] ?? ''}`;
    await built.tables.change('catalog', resource, {
      kind: 'put',
      row: { partition: resource, key: stray, columns: row.columns },
    });
    const [many] = (await verify(await again(built))).findings;
    assert.match(many?.detail ?? '', /1 versions of items that no restore point explains/);
  });

  it('sees slices of the journal and key records that were changed', async () => {
    const built = await build();
    const slice = built.blobs.dump().find(({ container }) => container === 'journal');
    assert.ok(slice);
    built.blobs.tamper('journal', slice.name, flip);
    const [journal] = (await verify(await again(built))).findings;
    assert.deepEqual([journal?.area, journal?.object, journal?.kind], ['journal', slice.name, 'corrupt']);

    const keyed = await build();
    const open = await again(keyed);
    keyed.blobs.tamper('repository', 'config', (bytes) =>
      Buffer.from(Buffer.from(bytes).toString().replace('2026', '2025')),
    );
    const keys = (await verify(open)).findings.find((each) => each.area === 'keys');
    assert.ok(keys, 'a changed config');
  });

  it('goes on where an earlier job stopped and finds the same', async () => {
    const built = await build();
    built.blobs.tamper('repository', packBlob(await packOf(built, 2, 'm1')), (bytes) => flip(bytes, 60));
    built.blobs.tamper('repository', packBlob(await packOf(built, 0, 'm3')), () => undefined);
    const whole = (await verify(await again(built))).findings.map(({ key }) => key).toSorted();
    const found = new Set<string>();
    let place: Parameters<OpenRepository['verifier']['steps']>[1] = { step: 'keys' };
    let jobs = 0;
    let strangers: readonly ResourceId[] | undefined;
    const listed: string[] = [];
    const { blobs } = built;
    const list: BlobStore['list'] = (container, prefix, token) => {
      if (token === undefined) listed.push(prefix);
      return blobs.list(container, prefix, token);
    };
    while (place.step !== 'done') {
      const repository = await built.open({ blobs: { ...blobs, list } });
      const known = { resources: [], suspects: [], ...(strangers && { strangers }) };
      for await (const step of repository.verifier.steps(full, place, known)) {
        for (const { key } of step.findings) found.add(key);
        ({ place } = step);
        strangers ??= step.strangers;
        break;
      }
      assert.ok(++jobs < 100, 'it ends');
    }
    assert.deepEqual(strangers, [resource], 'a resource that no record names is looked at');
    assert.equal(listed.filter((prefix) => prefix === 'points/').length, 1, 'the names of roots are listed once');
    assert.ok(!listed.includes('packs/'), 'packs are never listed');
    assert.deepEqual([...found].toSorted(), whole);
  });

  it('reads what bad packs hold everywhere, though only a sample was to be read', async () => {
    const built = await build();
    built.blobs.tamper('repository', packBlob(await packOf(built, 2, 'm1')), () => undefined);
    for (const seed of ['a', 'b', 'c', 'd']) {
      const { findings } = await verify(await again(built), { level: 'sampling', share: 0, seed });
      assert.deepEqual(itemNames(findings, 'content'), ['m1']);
    }
  });
});
