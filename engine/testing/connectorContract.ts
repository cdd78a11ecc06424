import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type {
  Connector,
  ContainerStep,
  Fetched,
  ReadContext,
  RestoreContext,
  TargetContainer,
  WriteOrder,
  Written,
} from '../connector.ts';
import type { Cursor } from '../model/ids.ts';
import type { ListedItem } from '../model/item.ts';
import type { ProtectedResource } from '../model/resource.ts';
import { isFault } from '../fault.ts';
import {
  bytesOf,
  collect,
  fetched,
  givenOf,
  itemsOf,
  orderOf,
  roundOf,
  sha256,
  type Given,
  type Round,
} from './connectorReads.ts';

/** A source that a test can change behind the connector's back. */
export interface ConnectorWorld {
  readonly connector: Connector;
  /** Holds some items in some containers. */
  readonly resource: ProtectedResource;
  /** Another resource of the workload, for restores. */
  readonly other: ProtectedResource;
  /** SHA-256 of the original bytes of every item of `resource`, by source id: what the source truly holds. */
  truth(): Promise<ReadonlyMap<string, string>>;
  /** Makes an item and answers its source id. */
  add(): Promise<string>;
  /** Changes an item in a way that gives it another version tag. */
  edit(sourceId: string): Promise<void>;
  /** Moves it into another container of the resource. */
  move(sourceId: string): Promise<void>;
  /** Takes it away for good. */
  remove(sourceId: string): Promise<void>;
  /** Every cursor given so far is dead from now on. */
  expireCursors(): Promise<void>;
  /** The next listing of content answers with a page that names itself as the next, for ever. */
  loopPages(): Promise<void>;
  /** The next call is refused with this Retry-After. */
  throttle(seconds: number): Promise<void>;
  /** What the client did against the source's contract so far, and what would have reached somebody (mails, invitations). */
  violations(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** What every connector must do. The world is shared by the claims, which leave each other's items alone. */
export function connectorContract(name: string, open: () => Promise<ConnectorWorld>): void {
  describe(`${name} as a connector`, () => {
    let world: ConnectorWorld;
    const signal = new AbortController().signal;
    const reading: ReadContext = { signal, options: {}, priority: 'incremental' };
    const restoring: RestoreContext = { signal };

    before(async () => {
      world = await open();
    });
    after(async () => {
      const violations = await world.violations();
      await world.close();
      assert.deepEqual(violations, []);
    });

    const round = async (cursor?: Cursor): Promise<Round> =>
      roundOf(await collect(world.connector.changes(world.resource, cursor, reading)));
    const listedNow = async (): Promise<Map<string, ListedItem>> => itemsOf((await round()).changes);
    const fetchAll = (items: readonly ListedItem[], resource = world.resource) =>
      fetched(world.connector, resource, items, reading);

    it('describes itself: kinds, permissions with their reasons, and what cannot be covered', () => {
      const { description, fetchBatch } = world.connector;
      assert.equal(description.workload, world.connector.workload);
      assert.ok(
        description.itemKinds.some(({ container }) => container) &&
          description.itemKinds.some(({ container }) => !container),
      );
      assert.ok(
        description.permissions.some(({ app }) => app === 'backup') &&
          description.permissions.some(({ app }) => app === 'restore'),
      );
      for (const { why, otherwise } of description.permissions) assert.ok(why.endsWith('.') && otherwise.endsWith('.'));
      assert.ok(description.coverageNotes.length > 0 && fetchBatch > 0);
    });

    it('finds the resources of the workload, and says why others have none', async () => {
      const found = await collect(world.connector.discover(signal));
      assert.ok(found.some(({ kind, resource }) => kind === 'found' && resource.sourceId === world.resource.sourceId));
      const absent = found.filter((one) => one.kind === 'absent');
      assert.ok(absent.length > 0);
      for (const { reason, refused } of absent) assert.ok(reason !== '' && !refused);
    });

    it('lists everything the source holds, with parents it lists too, and ends once', async () => {
      const { changes } = await round();
      const items = itemsOf(changes);
      const truth = await world.truth();
      const contents = [...items.values()].filter(({ hasContent }) => hasContent);
      assert.deepEqual(contents.map(({ sourceId }) => sourceId).toSorted(), [...truth.keys()].toSorted());
      for (const { parentSourceId } of items.values())
        assert.ok(parentSourceId === undefined || items.get(parentSourceId)?.container === true);
      for (const { versionTag } of items.values()) assert.notEqual(versionTag, '');
    });

    it('has nothing new to say when nothing changed', async () => {
      const first = await round();
      const known = itemsOf(first.changes);
      const second = await round(first.cursor);
      // Replays are allowed; what is replayed is what is known.
      for (const item of itemsOf(second.changes).values())
        assert.equal(item.versionTag, known.get(item.sourceId)?.versionTag);
      assert.equal(second.changes.filter(({ kind }) => kind === 'removed').length, 0);
    });

    it('goes on from every checkpoint without losing anything', async () => {
      const { changes } = await round();
      const expected = [...itemsOf(changes).keys()].toSorted();
      for (const [at, change] of changes.entries()) {
        if (change.kind !== 'checkpoint') continue;
        const rest = await round(change.cursor);
        const together = itemsOf([...changes.slice(0, at), ...rest.changes]);
        assert.deepEqual([...together.keys()].toSorted(), expected);
      }
    });

    it('shows what was added, changed, moved and removed since', async () => {
      const [edited, moved, removed] = [await world.add(), await world.add(), await world.add()];
      const start = await round();
      const before = itemsOf(start.changes);
      const added = await world.add();
      await world.edit(edited);
      await world.move(moved);
      await world.remove(removed);
      const { changes } = await round(start.cursor);
      const now = itemsOf(changes);
      assert.ok(now.has(added));
      assert.notEqual(now.get(edited)?.versionTag, before.get(edited)?.versionTag);
      assert.notEqual(now.get(moved)?.parentSourceId, before.get(moved)?.parentSourceId);
      assert.ok(changes.some((change) => change.kind === 'removed' && change.sourceId === removed));
      assert.equal(now.has(removed), false);
    });

    it('says where items are now, and which are gone', async () => {
      const [kept, gone] = [await world.add(), await world.add()];
      await world.remove(gone);
      await world.move(kept);
      const located = await world.connector.locate(world.resource, [kept, gone], reading);
      const listed = await listedNow();
      assert.equal(located.get(kept)?.parentSourceId, listed.get(kept)?.parentSourceId);
      assert.equal(located.get(kept)?.versionTag, listed.get(kept)?.versionTag);
      assert.equal(located.has(gone), true);
      assert.equal(located.get(gone), undefined);
    });

    it('starts over when its cursor is dead, says so, and lists everything again', async () => {
      const start = await round();
      await world.expireCursors();
      const again = await round(start.cursor);
      assert.ok(again.changes.some(({ kind }) => kind === 'restarted'));
      const contents = [...itemsOf(again.changes).values()].filter(({ hasContent }) => hasContent);
      assert.deepEqual(
        contents.map(({ sourceId }) => sourceId).toSorted(),
        [...(await world.truth()).keys()].toSorted(),
      );
    });

    it('refuses a cursor that is not its own as a dead one', async () => {
      await assert.rejects(round('not a cursor' as Cursor), (error) => isFault(error, 'resync'));
    });

    it('does not follow the same page for ever: it starts over once', async () => {
      await world.loopPages();
      const { changes } = await round();
      assert.ok(changes.some(({ kind }) => kind === 'restarted'));
      assert.deepEqual(
        [...itemsOf(changes).values()].filter(({ hasContent }) => hasContent).length,
        (await world.truth()).size,
      );
    });

    it('sits a short throttle out', async () => {
      await world.throttle(1);
      assert.ok(itemsOf((await round()).changes).size > 0);
    });

    it('reads the very bytes that the source holds, of the version that was listed', async () => {
      const contents = [...(await listedNow()).values()].filter(({ hasContent }) => hasContent);
      const truth = await world.truth();
      for (const { item, parts } of (await fetchAll(contents)).values()) {
        assert.equal(sha256(parts.get('original')), truth.get(item.sourceId));
        assert.equal(item.size, parts.get('original')?.length);
        assert.equal(item.versionTag, contents.find(({ sourceId }) => sourceId === item.sourceId)?.versionTag);
      }
    });

    it('keeps the version that is there when an item changed after it was listed, and lets the gone go', async () => {
      const [edited, gone, still] = [await world.add(), await world.add(), await world.add()];
      const listed = await listedNow();
      await world.edit(edited);
      await world.remove(gone);
      const items = [edited, gone, still].map((id) => listed.get(id)).filter((item) => item !== undefined);
      assert.equal(items.length, 3);
      const outcomes = new Map<string, Fetched>();
      let bytes: Uint8Array = new Uint8Array();
      for await (const step of world.connector.fetch(world.resource, items, reading)) {
        if (step.kind === 'part') {
          const read = await bytesOf(step.open(0));
          if (step.sourceId === edited && step.name === 'original') bytes = read;
        } else outcomes.set(step.kind === 'done' ? step.item.sourceId : step.sourceId, step);
      }
      const now = await listedNow();
      const done = outcomes.get(edited);
      assert.equal(done?.kind === 'done' && done.item.versionTag, now.get(edited)?.versionTag);
      assert.equal(sha256(bytes), (await world.truth()).get(edited));
      assert.equal(outcomes.get(gone)?.kind, 'vanished');
      assert.equal(outcomes.get(still)?.kind, 'done');
    });

    it('opens a resumable part anywhere', async () => {
      const id = await world.add();
      const item = (await listedNow()).get(id);
      assert.ok(item);
      for await (const step of world.connector.fetch(world.resource, [item], reading)) {
        if (step.kind !== 'part') continue;
        const whole = await bytesOf(step.open(0));
        if (step.resumable) assert.deepEqual(await bytesOf(step.open(3)), whole.subarray(3));
      }
    });

    describe('giving back', () => {
      const path: readonly ContainerStep[] = [
        { name: 'Restored by contract', kind: 'folder' },
        { name: 'Below', kind: 'folder' },
      ];
      let given: Given;
      let place: TargetContainer;

      before(async () => {
        const id = await world.add();
        const item = (await listedNow()).get(id);
        assert.ok(item);
        const [read] = (await fetchAll([item])).values();
        assert.ok(read);
        given = givenOf(read.item, read.parts);
      });

      const bytesAtTarget = async (written: Written): Promise<Buffer | undefined> => {
        const located = (await world.connector.locate(world.other, [written.sourceId], reading)).get(written.sourceId);
        if (located === undefined) return undefined;
        return [...(await fetchAll([located], world.other)).values()][0]?.parts.get('original');
      };
      const write = (order: WriteOrder) =>
        world.connector.restore.write(world.other, place, given.entry, order, restoring);
      const look = () =>
        world.connector.restore.look(world.other, place, given.entry, restoring, () => Promise.resolve(given.meta));

      it('finds no place before it is made, makes it once, and finds it then', async () => {
        const { restore } = world.connector;
        assert.equal(await restore.findContainer(world.other, path, restoring), undefined);
        place = await restore.container(world.other, path, restoring);
        assert.deepEqual(await restore.container(world.other, path, restoring), place);
        assert.equal((await restore.findContainer(world.other, path, restoring))?.sourceId, place.sourceId);
      });

      it('grades an item that it can give back', async () => {
        assert.notEqual((await world.connector.restore.grade(world.other, given.entry, restoring)).fidelity, 'lost');
      });

      it('writes nothing when the content does not pass its check', async () => {
        const order = orderOf(given, { broken: true, mark: 'broken-1' });
        await assert.rejects(write(order), (error) => isFault(error, 'corrupt'));
        assert.deepEqual(await look(), []);
      });

      it('gives an item back byte for byte, finds it by its order, and shows it as the same', async () => {
        const { restore } = world.connector;
        const order = orderOf(given, { mark: 'first-1' });
        assert.equal(await restore.find(world.other, place, given.entry, order, restoring), undefined);
        const written = await write(order);
        assert.equal(sha256(await bytesAtTarget(written)), sha256(given.parts.get('original')));
        const found = await restore.find(world.other, place, given.entry, order, restoring);
        assert.deepEqual([found?.sourceId, found?.tag], [written.sourceId, written.tag]);
        const [existing, ...more] = await look();
        assert.deepEqual([existing?.sourceId, existing?.same, more.length], [written.sourceId, true, 0]);
      });

      it('keeps both when asked to, and undoes exactly what it made, once, and only while it is unchanged', async () => {
        const { restore } = world.connector;
        const lookAlikes = (await look()).length;
        const name = await restore.freeName(world.other, place, given.entry, restoring);
        const order = orderOf(given, { mark: 'second-1', lookAlikes, ...(name === undefined ? {} : { name }) });
        const second = await write(order);
        assert.equal(
          (await restore.find(world.other, place, given.entry, order, restoring))?.sourceId,
          second.sourceId,
        );
        assert.equal(await restore.undo(world.other, { ...second, tag: 'another' }, restoring), 'changed');
        assert.equal(await restore.undo(world.other, second, restoring), 'removed');
        assert.equal(await restore.undo(world.other, second, restoring), 'gone');
        assert.equal((await look()).length, 1);
      });
    });

    // Last: the scope stays blocked.
    it('leaves a long throttle with its scope and time', async () => {
      await world.throttle(3_600);
      await assert.rejects(
        round(),
        (error) => isFault(error, 'throttled') && (error.retryAfterMs ?? 0) > 3_000_000 && error.scope !== undefined,
      );
    });
  });
}
