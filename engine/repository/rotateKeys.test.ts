import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import type { FaultKind } from '../fault.ts';
import type { KeyWrapper } from '../ports/keyWrapper.ts';
import { boundary, boundaryFaults, faultAt } from '../testing/boundary.ts';
import { memoryKeyWrapper } from '../testing/memoryKeyWrapper.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { virtualClock } from '../testing/virtualClock.ts';
import { openKeys } from './openKeys.ts';
import { openForRecovery } from './openRepository.ts';
import type { OpenRepository } from './openRepository.ts';
import { makeRecoveryKey, recoveryKeyWrapper } from './recoveryKey.ts';
import { replaceRecoveryKey, rewrapKeys, rotateKeys } from './rotateKeys.ts';
import {
  collect,
  everyEntry,
  inPieces,
  minute,
  newest,
  noise,
  publishRound,
  resource,
  storedEntry,
  take,
  tenant,
  vault,
  world,
} from './testing/world.ts';
import type { World } from './testing/world.ts';

const random = seededRandom('rotation');
const recovery = recoveryKeyWrapper(makeRecoveryKey(random), random);
const otherRecovery = recoveryKeyWrapper(makeRecoveryKey(random), random);

const refuses = (attempt: Promise<unknown>, kind: FaultKind, words: RegExp): Promise<void> =>
  assert.rejects(attempt, (error) => isFault(error, kind) && words.test(error.message));
const portsOf = (here: World, seed = 'rotating') => ({
  blobs: here.blobs,
  random: seededRandom(seed),
  clock: virtualClock(),
});
const rotate = (here: World, from: number, wrappers: { vault: KeyWrapper; recovery?: KeyWrapper } = { vault }) =>
  rotateKeys(portsOf(here), wrappers, tenant, from);
const epochsIn = async (here: World, wrappers = { vault } as { vault?: KeyWrapper; recovery?: KeyWrapper }) =>
  (await openKeys(here.blobs, wrappers, tenant)).epoch;
const names = (here: World): string[] =>
  here.blobs
    .dump()
    .map(({ name }) => name)
    .filter((name) => name.startsWith('keys/'));

async function madeWorld(seed = 'world'): Promise<World> {
  const here = world(seed, recovery);
  await here.open();
  return here;
}

/** A round with one item of noise, so that packs, pages, slice, root and rows are sealed by this process. */
async function round(here: World, repository: OpenRepository, at: number): Promise<Buffer> {
  const content = Buffer.from(noise(5_000, at));
  const writer = repository.packWriter();
  const stream = await writer.store('original', 'binary', inPieces(content));
  const packs = await writer.flush();
  const head = await take(repository, `job-${at}`, minute(at));
  await publishRound(repository, here.random, head, at, [storedEntry(`item-${at}`, stream)], [], packs);
  return content;
}
async function contents(repository: Pick<OpenRepository, 'readStream'>, reader: Awaited<ReturnType<typeof newest>>) {
  const found = new Map<string, Buffer>();
  for (const entry of await everyEntry(reader))
    for (const stream of entry.streams) found.set(entry.name, await collect(repository.readStream(stream)));
  return found;
}

describe('rotating the keys', () => {
  it('seals all that is new under the new key, and leaves the old readable and as it was', async () => {
    const here = await madeWorld();
    const before = await round(here, await here.open(), 1);
    const old = here.blobs.dump();
    assert.deepEqual(await rotate(here, 1), { epoch: 2, isNew: true });
    const repository = await here.open();
    const after = await round(here, repository, 2);
    for (const { name, bytes } of old)
      assert.ok(
        here.blobs.dump().some((blob) => blob.name === name && Buffer.from(blob.bytes).equals(bytes)),
        name,
      );
    const fresh = here.blobs.dump().filter(({ name }) => !old.some((blob) => blob.name === name) && name[0] !== 'k');
    assert.ok(fresh.length >= 4);
    for (const { name, bytes } of fresh) assert.equal(Buffer.from(bytes).readUInt32BE(8), 2, name);
    const all = await contents(repository, await newest(repository));
    assert.ok(all.get('item-1')?.equals(before) === true && all.get('item-2')?.equals(after) === true);
  });

  it('needs no recovery key, which opens everything afterwards without the vault', async () => {
    const here = await madeWorld();
    const before = await round(here, await here.open(), 1);
    await rotate(here, 1);
    await rotate(here, 2);
    const after = await round(here, await here.open(), 2);
    const rescue = await openForRecovery(here.blobs, { recovery });
    const whole = (await Array.fromAsync(rescue.pointsFromBlobs())).flatMap((point) =>
      point.kind === 'whole' ? [point.reader] : [],
    );
    assert.equal(whole.length, 2);
    const found = new Map(
      (await Promise.all(whole.map((reader) => contents(rescue, reader)))).flatMap((each) => [...each]),
    );
    assert.ok(found.get('item-1')?.equals(before) === true && found.get('item-2')?.equals(after) === true);
  });

  it('asks for the recovery key once where the records are older than its public part', async () => {
    const here = world('old records', firstForm());
    await here.open();
    await refuses(rotate(here, 1), 'invalid', /Give the recovery key this once/);
    await refuses(rotate(here, 1, { vault, recovery: otherRecovery }), 'key-unavailable', /not the one of this/);
    await rotate(here, 1, { vault, recovery });
    await rotate(here, 2);
    assert.equal(await epochsIn(here, { recovery }), 3);
  });

  it('ends with one new epoch when two rotate at once, at every interleaving', async () => {
    const calls = boundary();
    const clean = await madeWorld();
    await rotateKeys({ ...portsOf(clean), blobs: calls.wrap('blobs', clean.blobs) }, { vault }, tenant, 1);
    for (let first = 0; first <= calls.calls.length; first++) {
      const here = await madeWorld();
      const gate = Promise.withResolvers<void>();
      let made = 0;
      const slowed = new Proxy(here.blobs, {
        get: (target, name, receiver) => {
          const method: unknown = Reflect.get(target, name, receiver);
          if (typeof method !== 'function') return method;
          return async (...args: unknown[]): Promise<unknown> => {
            if (made++ >= first) await gate.promise;
            return Reflect.apply(method, target, args) as unknown;
          };
        },
      });
      const slow = rotateKeys({ ...portsOf(here, 'slow'), blobs: slowed }, { vault }, tenant, 1);
      const quick = await rotateKeys(portsOf(here, 'quick'), { vault }, tenant, 1);
      gate.resolve();
      const late = await slow;
      assert.equal(quick.epoch, 2);
      assert.equal(late.epoch, 2);
      assert.equal(Number(quick.isNew) + Number(late.isNew), 1);
      assert.deepEqual(names(here), ['keys/1', 'keys/2']);
    }
  });

  it('leaves everything readable after a fault at any of its calls, and goes on when repeated', async () => {
    const clean = boundary();
    const model = await madeWorld();
    await rotateKeys({ ...portsOf(model), blobs: clean.wrap('blobs', model.blobs) }, { vault }, tenant, 1);
    for (const { number } of clean.calls) {
      for (const fault of boundaryFaults) {
        const here = await madeWorld();
        const before = await round(here, await here.open(), 1);
        const process = boundary(faultAt(number, fault));
        const attempt = rotateKeys(
          { ...portsOf(here, 'first'), blobs: process.wrap('blobs', here.blobs) },
          { vault },
          tenant,
          1,
        );
        await Promise.allSettled([process.run(() => attempt)]);
        assert.equal(process.hits.length, 1);
        await rotate(here, 1);
        assert.equal(await epochsIn(here), 2);
        const repository = await here.open();
        assert.ok((await contents(repository, await newest(repository))).get('item-1')?.equals(before));
      }
    }
  });

  it('is noticed by a process that runs: it reads what another sealed under the new key', async () => {
    const here = await madeWorld();
    const running = await here.open();
    const first = await round(here, running, 1);
    await rotate(here, 1);
    const other = await here.open();
    const second = await round(here, other, 2);
    const seen = await contents(running, await newest(running));
    assert.ok(seen.get('item-1')?.equals(first) === true && seen.get('item-2')?.equals(second) === true);
    const column = other.sealColumn('scope', 'place', Buffer.from('subject'));
    const third = await here.open();
    assert.deepEqual(Buffer.from(await third.openColumn('scope', 'place', column)), Buffer.from('subject'));
  });

  it('leaves two processes with different newest keys able to read one another, in the middle of a run', async () => {
    const here = await madeWorld();
    const old = await here.open();
    const head = await take(old, 'job', minute(1));
    const writer = old.packWriter();
    const before = Buffer.from(noise(5_000, 1));
    const stream = await writer.store('original', 'binary', inPieces(before));
    await rotate(here, 1);
    const packs = await writer.flush();
    const { head: published } = await publishRound(
      old,
      here.random,
      head,
      1,
      [storedEntry('item-1', stream)],
      [],
      packs,
    );
    const young = await here.open();
    assert.ok((await contents(young, await newest(young))).get('item-1')?.equals(before));
    assert.equal((await young.points.head(resource)).etag, published.etag);
    const after = await round(here, young, 2);
    assert.ok((await contents(old, await newest(old))).get('item-2')?.equals(after));
  });

  it('lets a running process seal under the new key ten minutes later', async () => {
    const here = await madeWorld();
    const running = await here.open();
    await rotate(here, 1);
    await here.clock.advance(10 * 60_000);
    await round(here, running, 1);
    const packs = here.blobs.dump().filter(({ name }) => name.startsWith('points/'));
    assert.ok(packs.length > 0 && packs.every(({ bytes }) => Buffer.from(bytes).readUInt32BE(8) === 2));
  });

  it('takes no epoch that somebody made who can only write to storage', async () => {
    const here = await madeWorld();
    const foreign = await madeWorld('foreign');
    await rotate(foreign, 1);
    const copy = foreign.blobs.dump().find(({ name }) => name === 'keys/2');
    assert.ok(copy !== undefined);
    await here.blobs.create('repository', 'keys/2', copy.bytes);
    await refuses(here.open(), 'corrupt', /keys\/2 is damaged/);
  });

  it('says which record is gone, and makes no epoch over a gap', async () => {
    const here = await madeWorld();
    await rotate(here, 1);
    await rotate(here, 2);
    here.blobs.tamper('repository', 'keys/2', () => undefined);
    await refuses(here.open(), 'missing', /keys\/2 is missing/);
    here.blobs.tamper('repository', 'keys/3', () => undefined);
    await refuses(rotate(here, 3), 'missing', /keys\/3 is missing/);
  });
});

describe('wrapping the keys anew', () => {
  it('lets another vault key open everything, and the old one may be disabled', async () => {
    const old = memoryKeyWrapper('old vault key');
    const here = world('rewrap', recovery, old);
    const before = await round(here, await here.open(), 1);
    await rotate(here, 1, { vault: old });
    const data = here.blobs.dump().filter(({ name }) => !name.startsWith('keys/'));
    assert.equal(await rewrapKeys(portsOf(here), { vault: old }, tenant, vault), 2);
    old.enable(false);
    await refuses(epochsIn(here, { vault: old }), 'key-unavailable', /disabled/);
    const repository = await here.open({ vault });
    assert.ok((await contents(repository, await newest(repository))).get('item-1')?.equals(before));
    assert.deepEqual(
      here.blobs.dump().filter(({ name }) => !name.startsWith('keys/')),
      data,
    );
    await rotate(here, 2);
    assert.equal(await epochsIn(here), 3);
    assert.equal(await epochsIn(here, { recovery }), 3);
  });

  it('is whole after a fault at any of its calls, and goes on when repeated', async () => {
    const to = memoryKeyWrapper('new vault key');
    const clean = boundary();
    const model = await madeWorld();
    await rewrapKeys({ ...portsOf(model), blobs: clean.wrap('blobs', model.blobs) }, { vault }, tenant, to);
    for (const { number } of clean.calls) {
      for (const fault of boundaryFaults) {
        const here = await madeWorld();
        const process = boundary(faultAt(number, fault));
        const attempt = rewrapKeys(
          { ...portsOf(here), blobs: process.wrap('blobs', here.blobs) },
          { vault },
          tenant,
          to,
        );
        const [outcome] = await Promise.allSettled([process.run(() => attempt)]);
        await here.open();
        if (outcome.status === 'rejected') await rewrapKeys(portsOf(here), { vault }, tenant, to);
        assert.equal(await epochsIn(here, { vault: to }), 1);
      }
    }
  });

  it('replaces the recovery key: the new one opens everything, the old one nothing that comes after', async () => {
    const here = await madeWorld();
    await round(here, await here.open(), 1);
    await replaceRecoveryKey(portsOf(here), { vault }, tenant, otherRecovery);
    await rotate(here, 1);
    await round(here, await here.open(), 2);
    assert.equal(await epochsIn(here, { recovery: otherRecovery }), 2);
    // What it opened once it opens still: whoever kept a copy has that anyway.
    const old = await openForRecovery(here.blobs, { recovery });
    const found = await Array.fromAsync(old.pointsFromBlobs());
    assert.deepEqual(found.map(({ kind }) => kind).toSorted(), ['broken', 'whole']);
    await refuses(rotate(here, 2, { vault, recovery }), 'invalid', /not the recovery key in force/);
    await refuses(rewrapKeys(portsOf(here), { recovery }, tenant, vault), 'key-unavailable', /was replaced/);
  });

  it('is found out when one bit of a wrap record flips, or one before another is taken away', async () => {
    const whole = await madeWorld();
    await rewrapKeys(portsOf(whole), { vault }, tenant, memoryKeyWrapper('second'));
    await replaceRecoveryKey(portsOf(whole), { vault }, tenant, otherRecovery);
    const flipped = ['keys/1/1', 'keys/1/2'].flatMap((name) => {
      const blob = whole.blobs.dump().find((each) => each.name === name);
      const record = JSON.parse(Buffer.from(blob?.bytes ?? []).toString()) as { wrapped: { key: string }[] };
      const text = Buffer.from(blob?.bytes ?? []).toString();
      const at = text.indexOf(record.wrapped[0]?.key ?? '');
      // The wrapped bytes are for another key than ours: they authenticate themselves to it.
      const isWrapped = (byte: number): boolean => byte >= at && byte < at + (record.wrapped[0]?.key.length ?? 0);
      return Array.from(text, (_, byte) => byte).flatMap((byte) => (isWrapped(byte) ? [] : [{ name, byte }]));
    });
    assert.ok(flipped.length > 300);
    for (const { name, byte } of flipped.filter((_, index) => index % 3 === 0)) {
      const here = whole.fork();
      here.blobs.tamper('repository', name, (bytes) => {
        bytes[byte] = (bytes[byte] ?? 0) ^ (1 << (byte & 7));
        return bytes;
      });
      await assert.rejects(
        here.open(),
        (error) => isFault(error, 'corrupt', 'unsupported') && error.message.includes(name),
        `${name} at ${byte}`,
      );
    }
    const here = whole.fork();
    here.blobs.tamper('repository', 'keys/1/1', () => undefined);
    await refuses(here.open(), 'missing', /keys\/1\/1 is missing/);
  });
});

/** The recovery key as repositories know it that were made before it had a public part. */
function firstForm(): KeyWrapper {
  const { publicPart: _publicPart, ...without } = recovery;
  return without;
}
