import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { admin, readable, type BotBench } from '../testing/botBench.ts';
import { channel, placeFor, scheduledRun, world } from '../testing/deliveryBench.ts';

const hour = 3_600_000;
const says = (bench: BotBench, text: string) => bench.says(admin, text);

describe('a day with many troubles', () => {
  const failing = (number: number) => ({
    kind: 'failingItems',
    run: String(number).repeat(32),
    resource: '',
    items: [{ itemId: 'i', attempts: 5, reason: 'x' }],
  });
  const happens = async (bench: BotBench, from: number, to: number): Promise<void> => {
    for (let number = from; number <= to; number++)
      await bench.records.outbox.add(`failing-${number}`, { ...failing(number), resource: bench.mailbox.id });
  };

  it('brings three cards to a person, what is critical beside them, and the rest with the summary', async () => {
    const bench = await world(placeFor(admin), channel);
    bench.clock.set(Date.parse('2026-03-04T09:00:00Z'));
    await bench.press(admin, await says(bench, 'notifications'), 'Save', { digest: 'daily' });
    await bench.deliver();
    await happens(bench, 1, 5);
    await bench.deliver();
    assert.equal(bench.sent.length, 3);
    await scheduledRun(bench, 1, 'failed');
    await bench.deliver();
    assert.deepEqual(
      bench.sent
        .map(({ to }) => to)
        .slice(3)
        .toSorted(),
      ['19:ops', 'chat-admin'],
    );
    assert.deepEqual(
      (await bench.records.outbox.list()).filter(({ id }) => id.startsWith('failing')),
      [],
    );
    bench.sent.length = 0;
    bench.clock.set(Date.parse('2026-03-05T08:01:00Z'));
    await bench.deliver();
    const [summary, ...others] = bench.sent;
    assert.deepEqual(others, []);
    assert.match(
      readable(summary?.card ?? ({} as never)),
      /told only here\nAnna Berg: 1 item keeps failing\nAnna Berg: 1/,
    );
    // A new day, and a summary that tells nothing twice.
    bench.sent.length = 0;
    await happens(bench, 6, 6);
    await bench.deliver();
    assert.equal(bench.sent.length, 1);
    bench.sent.length = 0;
    bench.clock.set(Date.parse('2026-03-06T08:05:00Z'));
    await bench.deliver();
    const next = bench.sent.find(({ card }) => /summary every day/.test(readable(card)));
    assert.doesNotMatch(readable(next?.card ?? ({} as never)), /told only here/);
  });

  /** The nth trouble of a policy that is well again before the next. */
  const worse = async (bench: BotBench & { deliver(): Promise<unknown> }, number: number): Promise<void> => {
    await scheduledRun(bench, number * 2, 'complete');
    await bench.clock.advance(hour / 4);
    await scheduledRun(bench, number * 2 + 1, 'partial');
    await bench.deliver();
    await bench.clock.advance(hour / 4);
  };
  const withDigest = async (digest: 'daily' | 'off') => {
    const bench = await world(placeFor(admin));
    bench.clock.set(Date.parse('2026-03-04T09:00:00Z'));
    await choose(bench, digest);
    await bench.deliver();
    return bench;
  };
  const choose = async (bench: BotBench, digest: 'daily' | 'off') =>
    bench.press(admin, await says(bench, 'notifications'), 'Save', { digest });
  const morning = async (bench: BotBench & { deliver(): Promise<unknown> }, day: number): Promise<void> => {
    bench.clock.set(Date.parse(`2026-03-0${day}T08:01:00Z`));
    await bench.deliver();
  };
  const lastCard = ({ sent }: Awaited<ReturnType<typeof world>>) => readable(sent.at(-1)?.card ?? ({} as never));

  it('brings all of them where no summary will tell the rest', async () => {
    const bench = await withDigest('off');
    await happens(bench, 1, 5);
    for (let number = 1; number <= 2; number++) await worse(bench, number);
    assert.equal(bench.sent.length, 7);
    const everywhere = await withDigest('daily');
    await everywhere.records.settings.put('notifications', { digest: 'off' });
    await happens(everywhere, 1, 5);
    await everywhere.deliver();
    assert.equal(everywhere.sent.length, 5);
  });

  it('says in the summary what was mended, before it or after it', async () => {
    const bench = await withDigest('daily');
    for (let number = 1; number <= 4; number++) await worse(bench, number);
    assert.equal(bench.sent.length, 3);
    await morning(bench, 5);
    assert.match(lastCard(bench), /told only here\nEverything: Some of it could not be backed up\. Mar 4, 2026/);
    assert.doesNotMatch(lastCard(bench), /, fixed/);
    await scheduledRun(bench, 90, 'complete');
    await bench.clock.advance(hour);
    await bench.deliver();
    await morning(bench, 6);
    assert.match(lastCard(bench), /told only here\nEverything: Some of it could not be backed up\.[^\n]+, fixed Mar 5/);
    assert.deepEqual(await bench.records.outbox.list(), []);
    await morning(bench, 7);
    assert.doesNotMatch(lastCard(bench), /told only here/);

    const sooner = await withDigest('daily');
    for (let number = 1; number <= 5; number++) await worse(sooner, number);
    await morning(sooner, 5);
    assert.equal(lastCard(sooner).match(/, fixed Mar 4/g)?.length, 1);
  });

  it('brings by itself what waited for a summary that nobody wants any more', async () => {
    const bench = await withDigest('daily');
    for (let number = 1; number <= 4; number++) await worse(bench, number);
    assert.equal(bench.sent.length, 3);
    await choose(bench, 'off');
    for (let look = 0; look < 3; look++) {
      await bench.clock.advance(hour);
      await bench.deliver();
    }
    assert.equal(bench.sent.length, 4);
    assert.match(lastCard(bench), /^Backup report\nSome of it could not be backed up/);
  });

  it('brings in one card the items that waited for a summary that nobody wants any more', async () => {
    const bench = await world(placeFor(admin));
    bench.clock.set(Date.parse('2026-03-04T09:00:00Z'));
    const choose = async (digest: string) => bench.press(admin, await says(bench, 'notifications'), 'Save', { digest });
    await choose('daily');
    await bench.deliver();
    await happens(bench, 1, 5);
    await bench.deliver();
    await choose('off');
    for (let looks = 0; looks < 3; looks++) {
      await bench.clock.advance(hour);
      await bench.deliver();
    }
    const after = bench.sent.slice(3).map(({ card }) => readable(card).match(/1 item keeps failing/g)?.length);
    assert.deepEqual(after, [2]);
  });
  it('tells what waited for a summary nobody who lost the role', async () => {
    const bench = await world(placeFor(admin));
    bench.clock.set(Date.parse('2026-03-04T09:00:00Z'));
    await bench.press(admin, await says(bench, 'notifications'), 'Save', { digest: 'daily' });
    await happens(bench, 1, 5);
    await bench.deliver();
    bench.nowHolds(admin, []);
    await bench.clock.advance(hour);
    await bench.deliver();
    assert.equal(bench.sent.length, 3);
  });
  it('counts in the summary what is too much to name', async () => {
    const bench = await withDigest('daily');
    for (let number = 1; number <= 43; number++)
      await bench.records.outbox.add(`failing-${number}`, {
        ...failing(number),
        run: number.toString(16).padStart(32, '0'),
        resource: bench.mailbox.id,
      });
    await bench.deliver();
    await morning(bench, 5);
    assert.match(lastCard(bench), /\n35 more\n/);
    await happens(bench, 1, 1);
    await bench.deliver();
    await morning(bench, 6);
    assert.doesNotMatch(lastCard(bench), /more/);
  });
});
