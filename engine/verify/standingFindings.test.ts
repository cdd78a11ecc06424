import assert from 'node:assert/strict';
import { it } from 'node:test';
import { backupWorld } from '../backup/testing/backupWorld.ts';
import { instant, type ResourceId } from '../model/ids.ts';
import { noTally, nothingFound, type Finding, type Verification } from '../model/verification.ts';
import type { OpenRepository } from '../repository/openRepository.ts';
import { standingFindings } from './standingFindings.ts';
import { verifyAll } from './testing/verifyWorld.ts';
import { isInPart } from './verifier.ts';

const of = 90;
const minute = 60_000;

/** One mailbox whose newest slice in the journal is damaged: about no item, and read by every level. */
async function withBrokenSlice() {
  const world = await backupWorld();
  world.source.folder('inbox', 'Inbox');
  world.source.put('a', 'inbox', 'content '.repeat(100));
  await world.run();
  const { services } = await world.start();
  const slice = world.blobs.dump().find(({ name }) => name.startsWith(`slices/${world.resource}/`));
  assert.ok(slice);
  const { container, name, bytes } = slice;
  world.blobs.tamper(container, name, (whole) => whole.slice(0, -1));
  const index =
    Array.from({ length: of }, (_, at) => at).find((at) => isInPart(world.resource, { index: at, of })) ?? 0;
  const ask = standingFindings(services.records);
  return {
    standing: async () => (await ask()).map(({ area }) => area),
    verify: async (order: Parameters<typeof verifyAll>[1]) => {
      world.clock.set(world.clock.now() + minute);
      const { verification } = await verifyAll(world, order);
      world.clock.set(world.clock.now() + minute);
      return verification;
    },
    index,
    resource: world.resource,
    heal: () => world.blobs.tamper(container, name, () => bytes),
    repository: services.repository as OpenRepository,
  };
}

it('what the part of a day found stands until just that is looked at again', async () => {
  const { standing, verify, index, heal, resource } = await withBrokenSlice();
  const { found } = await verify({ level: 'full', part: { index, of } });
  assert.deepEqual([found.items, found.others], [0, 1]);
  assert.deepEqual(await standing(), ['journal']);

  await verify({ level: 'full', part: { index: (index + 1) % of, of } });
  assert.deepEqual(await standing(), ['journal'], 'another part never looked at it');
  await verify({ level: 'full', resource });
  assert.deepEqual(await standing(), ['journal'], 'met twice it is one');

  heal();
  await verify({ level: 'sampling', share: 1 });
  assert.deepEqual(await standing(), ['journal'], 'a sample does not read the whole journal');
  await verify({ level: 'full', resource });
  assert.deepEqual(await standing(), []);
});

const id = (digit: string): string => digit.repeat(32);
const anna = `00000001${'0'.repeat(24)}` as ResourceId;
const ben = `00000002${'0'.repeat(24)}` as ResourceId;

const finding = (change: Partial<Finding>): Finding => ({
  key: JSON.stringify(change),
  area: 'catalog',
  kind: 'differs',
  object: 'x',
  detail: 'x',
  points: [],
  ...change,
});

/** Verifications as rows: each begins at a minute and takes half of one, unless it says more. */
async function told(
  ...all: readonly (Partial<Verification> & { readonly at: number; readonly findings?: readonly Finding[] })[]
) {
  const world = await backupWorld();
  const { records } = (await world.start()).services;
  for (const [place, { at, findings = [], ...change }] of all.entries()) {
    const startedAt = instant(world.clock.now() + at * minute);
    const finishedAt = instant(Date.parse(startedAt) + minute / 2);
    const value: Verification = {
      id: place.toString(16).padStart(32, '0'),
      level: 'full',
      share: 1,
      seed: id('a'),
      startedBy: 'schedule',
      startedAt,
      finishedAt,
      heartbeatAt: finishedAt,
      state: 'done',
      place: { step: 'done' },
      looked: noTally,
      found: { ...nothingFound, differs: findings.length, others: findings.length },
      suspects: [],
      ...change,
    };
    await records.inspections.evidence.put(
      value.id,
      findings.map((each) => ({ key: each.key, value: each })),
    );
    await records.inspections.create(value.id, 'verify', Date.parse(startedAt), value);
  }
  return (await standingFindings(records)()).map(({ area, resourceId }) => `${area} ${resourceId ?? ''}`.trim());
}

const catalog = finding({ resourceId: anna });
const audit = finding({ area: 'audit' });

it('adds up what several found, and only a look at the same takes it back', async () => {
  const two = await told(
    { at: 1, findings: [audit] },
    { at: 2, resource: ben, findings: [finding({ resourceId: ben })] },
  );
  assert.deepEqual(two.toSorted(), ['audit', `catalog ${ben}`]);
  assert.deepEqual(await told({ at: 1, findings: [catalog, audit] }, { at: 2, resource: anna }), ['audit']);
  assert.deepEqual(await told({ at: 1, findings: [catalog, audit] }, { at: 2, level: 'sampling' }), [
    `catalog ${anna}`,
  ]);
  assert.deepEqual(await told({ at: 1, findings: [catalog, audit] }, { at: 2 }), []);
  assert.deepEqual(await told({ at: 1, findings: [catalog] }, { at: 2, state: 'failed' }), [`catalog ${anna}`]);
});

it('of what a sample found, a newer sample tells where the items of it are read again', async () => {
  const lost = finding({ area: 'pack', kind: 'corrupt', resourceId: anna });
  assert.deepEqual(await told({ at: 1, level: 'sampling', findings: [lost] }, { at: 2, level: 'sampling' }), []);
  assert.deepEqual(await told({ at: 1, findings: [lost] }, { at: 2, level: 'sampling' }), [`pack ${anna}`]);
  assert.deepEqual(await told({ at: 1, findings: [{ ...lost, kind: 'missing' }] }, { at: 2, level: 'sampling' }), []);
});

it('is not taken back by what began before it was found, and counts while its verification goes on', async () => {
  const finishedAt = instant(Date.UTC(2100, 0, 1));
  assert.deepEqual(await told({ at: 1, finishedAt, findings: [catalog] }, { at: 2 }), [`catalog ${anna}`]);
  assert.deepEqual(await told({ at: 1, state: 'running', findings: [catalog] }), [`catalog ${anna}`]);
});

it('looks back over as many as it takes', async () => {
  const others = Array.from({ length: 60 }, (_, at) => ({ at: at + 2, part: { index: at + 3, of } }));
  assert.deepEqual(await told({ at: 1, findings: [catalog] }, ...others), [`catalog ${anna}`]);
});

it('leaves to the list what stands on it', async () => {
  const item = { id: id('b') as never, sourceId: 's', name: 'n', versionTag: '1' };
  const findings = [finding({ area: 'content', kind: 'missing', resourceId: anna, item }), { ...catalog, item }];
  assert.deepEqual(await told({ at: 1, findings }), [`catalog ${anna}`]);
});
