import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../../engine/fault.ts';
import { admin, anna, readable } from '../testing/botBench.ts';
import { placeFor, world } from '../testing/deliveryBench.ts';
import { changePreferences } from './preferences.ts';

const minute = 60_000;

/** A restore from Anna's mailbox by an admin; `second` stands in for the write of its second item. */
async function restoring(second: (bench: Bench, id: Id) => Promise<void>) {
  const bench: Bench = await world(placeFor(anna));
  const { id } = await bench.flow.create(admin, {
    conflict: 'keepBoth',
    includePermissions: false,
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'original' },
    reason: 'A look',
  });
  await bench.work(bench.flow);
  await bench.flow.run(admin, id);
  const { restore } = bench.place.connector;
  const write = restore.write.bind(restore);
  let writes = 0;
  Object.assign(restore, {
    write: async (...order: Parameters<typeof write>) => {
      if (++writes === 2) await second(bench, id);
      return write(...order);
    },
  });
  return { bench, id };
}
type Bench = Awaited<ReturnType<typeof world>>;
type Id = Awaited<ReturnType<Bench['flow']['create']>>['id'];
const keyAway = () => Promise.reject(new Fault('key-unavailable', 'The key is away', { origin: 'keys' }));

async function told({ clock, flow, deliver, sent }: Bench): Promise<readonly string[]> {
  await clock.advance(10 * 60 * minute);
  await flow.tick(false);
  await deliver();
  return sent.map(({ card }) => readable(card));
}

describe('whose data it is', () => {
  it('learns of a restore that was cancelled in the middle', async () => {
    const { bench, id } = await restoring(async ({ clock, flow }) => {
      await clock.advance(6_000);
      await flow.cancel(admin, id);
    });
    await bench.work(bench.flow);
    assert.equal((await bench.flow.get(admin, id)).state, 'cancelled');
    const cards = await told(bench);
    assert.equal(cards.length, 1);
    assert.match(cards[0] ?? '', /restored 1 item of your data/);
  });

  it('learns of one that stopped, was taken up again in their quiet hours and cancelled', async () => {
    const { bench, id } = await restoring(keyAway);
    const at = (time: number): string => new Date(time).toISOString().slice(11, 16);
    const now = bench.clock.now();
    const quiet = { from: at(now - 60 * minute), to: at(now + 8 * 60 * minute), critical: 'hold' } as const;
    await changePreferences(bench.records, 'place:person:anna', undefined, { quiet });
    await bench.work(bench.flow);
    await bench.deliver();
    assert.deepEqual(bench.sent, []);
    await bench.clock.advance(minute);
    await bench.flow.run(admin, id);
    await bench.flow.cancel(admin, id);
    const cards = await told(bench);
    assert.equal(cards.length, 1);
    assert.match(cards[0] ?? '', /restored 1 item of your data/);
  });

  it('learns of one whose host ended before it could say how far it came', async () => {
    let ended = false;
    const { bench, id } = await restoring(async ({ flow, records }) => {
      await flow.cancel(admin, id);
      // From here on nothing that the job does reaches the tables.
      const update = records.requests.update.bind(records.requests);
      Object.assign(records.requests, {
        update: (...row: Parameters<typeof update>) =>
          ended ? update(...row) : Promise.reject(new Fault('unavailable', 'Gone', { origin: 'storage' })),
      });
      throw new TypeError('The host ended');
    });
    await assert.rejects(bench.work(bench.flow));
    ended = true;
    const { state, counts } = await bench.flow.get(admin, id);
    assert.deepEqual([state, counts], ['cancelled', undefined]);
    const cards = await told(bench);
    assert.equal(cards.length, 1);
    assert.match(cards[0] ?? '', /ran a restore that your data was part of/);
  });

  it('hears nothing of one that was cancelled before anything was written', async () => {
    const { bench, id } = await restoring(keyAway);
    await bench.flow.cancel(admin, id);
    await bench.work(bench.flow);
    assert.deepEqual(await told(bench), []);
  });
});
