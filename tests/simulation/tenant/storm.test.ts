import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Connector, ReadContext } from '../../../engine/connector.ts';
import { isFault } from '../../../engine/fault.ts';
import type { Cursor } from '../../../engine/model/ids.ts';
import type { ListedItem } from '../../../engine/model/item.ts';
import type { ProtectedResource } from '../../../engine/model/resource.ts';
import { seededRandom, type SeededRandom } from '../../../engine/testing/seededRandom.ts';
import { settled, SimTime } from '../kernel/time.ts';
import { createHash } from 'node:crypto';
import { createConnectors } from '../../../workloads/index.ts';
import { quietLog } from '../../../workloads/testing/demoTenant.ts';
import type { TenantCall } from './calls.ts';
import { simTenant, type SimTenant } from './simTenant.ts';
import { connect, resourceOf } from './simWorld.ts';
import { fits, type Trouble } from './trouble.ts';

const reading: ReadContext = { signal: new AbortController().signal, options: {}, priority: 'incremental' };

/** Passing troubles, each of which an item or a job may meet and get over. */
const PASSING: readonly ((random: SeededRandom) => Trouble)[] = [
  () => ({ kind: 'reset' }),
  () => ({ kind: 'lostAnswer' }),
  () => ({ kind: 'silence', effect: true }),
  (random) => ({ kind: 'delay', ms: random.below(10_000), when: random.pick(['before', 'after']) }),
  (random) => ({ kind: 'status', status: random.pick([500, 502, 503, 504]), body: random.pick(['html', 'empty']) }),
  (random) => ({ kind: 'status', status: random.pick([429, 503]), retryAfter: random.pick([0, 1, 7, { date: 3 }]) }),
  (random) => ({ kind: 'status', status: 429, retryAfter: random.pick([{ text: '-1' }, { text: 'soon' }, 3_600]) }),
  () => ({ kind: 'status', status: 401 }),
  () => ({ kind: 'html' }),
  (random) => ({ kind: 'truncated', at: random.below(100) / 100, broken: random.chance(0.5) }),
  () => ({ kind: 'wrongBytes' }),
  () => ({ kind: 'repeatPage' }),
  () => ({ kind: 'emptyPage' }),
  () => ({ kind: 'sameNextLink' }),
  () => ({ kind: 'withhold' }),
  () => ({ kind: 'twice' }),
  (random) => ({ kind: 'replay', changes: random.below(20) }),
  () => ({ kind: 'resync', code: 'resyncChangesApplyDifferences' }),
  () => ({ kind: 'resync', code: 'SyncStateNotFound' }),
  (random) => ({ kind: 'lie', size: random.below(5), hash: random.pick(['wrong', 'missing']) }),
  () => ({ kind: 'linkExpired' }),
  () => ({ kind: 'redirect', to: 'own' }),
  () => ({ kind: 'redirect', to: 'foreign' }),
  (random) => ({ kind: 'missing', effect: random.chance(0.5) }),
];

/** One trouble or two at once befall a share of all requests. */
function storm(random: SeededRandom, rate: number): (call: TenantCall) => readonly Trouble[] | undefined {
  return ({ operation, batch }) => {
    if (!random.chance(rate)) return undefined;
    const troubles = [random.pick(PASSING)(random), ...(random.chance(0.5) ? [random.pick(PASSING)(random)] : [])];
    return troubles.filter(({ kind }) => fits(kind, operation, batch !== undefined));
  };
}

interface Kept {
  readonly items: Map<string, ListedItem>;
  readonly contents: Map<string, string>;
  cursor: Cursor | undefined;
}

/** The least that a backup does: lists, asks by id for what is open, reads what is new. Ends a job where a fault ends it. */
async function round(connector: Connector, resource: ProtectedResource, kept: Kept): Promise<boolean> {
  const open = new Set<string>();
  const seen = new Set<string>();
  try {
    for await (const change of connector.changes(resource, kept.cursor, reading)) {
      if (change.kind === 'changed') {
        seen.add(change.item.sourceId);
        kept.items.set(change.item.sourceId, change.item);
      } else if (change.kind === 'removed') open.add(change.sourceId);
      else if (change.kind === 'restarted') for (const id of kept.items.keys()) open.add(id);
      else if (change.kind === 'end') {
        // A folder takes with it what is below it, without a word of its own.
        for (const id of kept.items.keys()) open.add(id);
        for (const [id, item] of await connector.locate(resource, [...open], reading))
          if (item === undefined) kept.items.delete(id);
          else kept.items.set(id, item);
        await read(connector, resource, kept);
        kept.cursor = change.cursor;
      }
    }
    return true;
  } catch (error) {
    if (!isFault(error)) throw error;
    return false;
  }
}

async function read(connector: Connector, resource: ProtectedResource, kept: Kept): Promise<void> {
  const wanted = [...kept.items.values()].filter(({ hasContent }) => hasContent);
  for (let from = 0; from < wanted.length; from += connector.fetchBatch)
    for await (const step of connector.fetch(resource, wanted.slice(from, from + connector.fetchBatch), reading)) {
      if (step.kind === 'vanished') kept.items.delete(step.sourceId);
      if (step.kind === 'done') kept.items.set(step.item.sourceId, step.item);
      if (step.kind !== 'part') continue;
      const hash = createHash('sha256');
      for await (const chunk of step.open(0)) hash.update(chunk);
      if (step.name === 'original') kept.contents.set(step.sourceId, hash.digest('hex'));
    }
}

/** Something happens in the mailbox or drive. */
function churn(tenant: SimTenant, workload: string, id: string, random: SeededRandom): void {
  const held = [...tenant.history.contentsAt(id).values()];
  const items = held.filter(({ kind }) => kind === 'message' || kind === 'file');
  const folders = held.filter(({ kind, role }) => kind.endsWith('older') && role === undefined);
  const { mail, drive } = tenant;
  const isMail = workload === 'mail';
  const item = items.length === 0 ? undefined : random.pick(items).sourceId;
  const folder = folders.length === 0 ? undefined : random.pick(folders).sourceId;
  const name = `Made ${tenant.history.seq}`;
  const deeds: (() => void)[] = [
    () => void (isMail ? mail.put(id, folder === undefined ? {} : { folder }) : drive.put(id, { name })),
    () => void (isMail ? mail.folder(id, name) : drive.folder(id, name)),
  ];
  if (item !== undefined)
    deeds.push(
      () => (isMail ? mail.update(id, item, { subject: name }) : drive.replaceContent(id, item, Buffer.from(name))),
      () => (isMail ? mail.remove(id, item) : drive.remove(id, item)),
      () => (isMail ? mail.move(id, item, folder ?? 'archive') : drive.rename(id, item, name)),
    );
  if (folder !== undefined)
    deeds.push(
      () => (isMail ? mail.renameFolder(id, folder, name) : drive.rename(id, folder, name)),
      () => (isMail ? mail.removeFolder(id, folder) : drive.remove(id, folder)),
    );
  random.pick(deeds)();
}

/** Lets time pass whenever nobody can go on without it. */
async function runIn<T>(time: SimTime, work: Promise<T>): Promise<T> {
  let isOver = false;
  const done = work.finally(() => (isOver = true));
  done.catch(() => undefined);
  for (await settled(); !isOver; await settled())
    if (!time.step()) throw new Error('Nothing is left to wait for, and the work is not done');
  return done;
}

const SEEDS = 15;

for (const workload of ['mail', 'drive'])
  describe(`${workload} in a storm`, () => {
    it('ends up with exactly what the source holds, and never asks against the rules', async () => {
      let befallen = 0;
      for (let seed = 0; seed < SEEDS; seed++) {
        const random = seededRandom(`${workload} ${seed}`);
        const time = new SimTime(Date.parse('2026-03-01T00:00:00Z'));
        const clock = { now: () => time.now, sleep: (ms: number) => time.sleep(ms) };
        const inTime = <T>(work: Promise<T>) => runIn(time, work);
        const tenant = simTenant({ clock, people: [{ alias: 'anna', messages: 5, files: 5 }] });
        const resource = resourceOf(tenant, workload, 'anna');
        const connector = createConnectors({
          read: connect(tenant, 'backup', clock),
          now: () => clock.now(),
          log: quietLog,
        }).get(workload);
        assert.ok(connector);
        const kept: Kept = { items: new Map(), contents: new Map(), cursor: undefined };
        for (let times = 0; times < 6; times++) {
          for (let deeds = random.below(4); deeds > 0; deeds--) churn(tenant, workload, resource.sourceId, random);
          tenant.trouble = storm(random, 0.15);
          await inTime(round(connector, resource, kept));
          await inTime(time.sleep(3_700_000));
        }
        tenant.trouble = undefined;
        // What the last troubled round left out comes with the next.
        assert.ok(await inTime(round(connector, resource, kept)), `seed ${seed} does not come to an end`);
        assert.ok(await inTime(round(connector, resource, kept)));

        const truth = tenant.history.contentsAt(resource.sourceId);
        assert.deepEqual([...kept.items.keys()].toSorted(), [...truth.keys()].toSorted(), `seed ${seed}`);
        for (const [id, state] of truth) {
          const item = kept.items.get(id);
          assert.equal(item?.name, state.name, `seed ${seed} ${id}`);
          assert.equal(item?.parentSourceId, state.parent, `seed ${seed} ${id}`);
          if (state.versionTag !== undefined) assert.equal(item?.versionTag, state.versionTag, `seed ${seed} ${id}`);
          assert.equal(kept.contents.get(id), state.original, `seed ${seed} ${id}`);
        }
        assert.deepEqual(tenant.violations, [], `seed ${seed}`);
        befallen += tenant.calls.filter(({ troubles }) => troubles.length > 0).length;
      }
      assert.ok(befallen > SEEDS * 5, `only ${befallen} troubles befell anything`);
    });
  });
