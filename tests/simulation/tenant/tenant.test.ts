import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { virtualClock } from '../../../engine/testing/virtualClock.ts';
import { createConnectors } from '../../../workloads/index.ts';
import { quietLog } from '../../../workloads/testing/demoTenant.ts';
import { collect, itemsOf, roundOf } from '../../../engine/testing/connectorReads.ts';
import type { ReadContext } from '../../../engine/connector.ts';
import { simTenant, type SimTenant } from './simTenant.ts';
import { connect, resourceOf } from './simWorld.ts';

const reading: ReadContext = { signal: new AbortController().signal, options: {}, priority: 'incremental' };

function connectors(tenant: SimTenant, clock = virtualClock()) {
  return createConnectors({ read: connect(tenant, 'backup', clock), now: () => clock.now(), log: quietLog });
}

/** Everything that both connectors list and read of anna. */
async function backUp(tenant: SimTenant, clock = virtualClock()): Promise<readonly string[]> {
  const seen: string[] = [];
  for (const [workload, connector] of connectors(tenant, clock)) {
    const resource = resourceOf(tenant, workload, 'anna');
    const items = [
      ...itemsOf(roundOf(await collect(connector.changes(resource, undefined, reading))).changes).values(),
    ];
    for await (const step of connector.fetch(
      resource,
      items.filter(({ hasContent }) => hasContent),
      reading,
    ))
      if (step.kind === 'part')
        for await (const bytes of step.open(0)) seen.push(Buffer.from(bytes).toString('base64'));
    seen.push(...items.map(({ sourceId, versionTag, name }) => `${sourceId} ${versionTag} ${name}`));
  }
  return seen;
}

const logOf = ({ calls }: SimTenant): readonly string[] =>
  calls.map(
    (call) => `${call.number} ${call.at} ${call.operation} ${call.target} ${call.outcome} ${call.troubles.join()}`,
  );

describe('the simulated tenant', () => {
  it('answers the same requests with the same answers, byte for byte', async () => {
    const run = async () => {
      const clock = virtualClock();
      const tenant = simTenant({ clock });
      let count = 0;
      tenant.trouble = () => (++count % 5 === 0 ? { kind: 'status', status: 503 } : undefined);
      return { seen: await backUp(tenant, clock), log: logOf(tenant) };
    };
    const first = await run();
    assert.ok(first.seen.length > 10 && first.log.some((line) => line.includes('503')));
    assert.deepEqual(await run(), first);
  });

  it('goes on twice from the same state, and neither knows of the other', async () => {
    const clock = virtualClock();
    const prepared = simTenant({ clock });
    const anna = prepared.people.id('anna');
    const drive = prepared.people.driveId('anna');
    const before = await backUp(prepared, clock);
    const [one, other] = [prepared.fork({ clock: virtualClock() }), prepared.fork({ clock: virtualClock() })];
    one.mail.put(anna, { subject: 'Only here' });
    one.drive.remove(drive, [...one.history.contentsAt(drive).keys()][0] ?? '');
    one.people.leave('ben');
    assert.deepEqual(await backUp(other), before);
    assert.deepEqual(await backUp(prepared), before);
    assert.notDeepEqual(await backUp(one), before);
    assert.equal(
      one.calls.some(({ outcome }) => outcome === 'open'),
      false,
    );
    assert.equal(prepared.people.id('ben'), other.people.id('ben'));
    assert.throws(() => one.people.id('ben'));
  });

  it('is quick enough for ten thousand schedules', (t) => {
    const clock = virtualClock();
    const cost = (times: number, work: () => void): number => {
      const start = process.cpuUsage();
      for (let time = 0; time < times; time++) work();
      const { user, system } = process.cpuUsage(start);
      return (user + system) / times;
    };
    const fresh = cost(200, () => void simTenant({ clock }));
    const prepared = simTenant({ clock });
    const fork = cost(2_000, () => void prepared.fork({ clock }));
    t.diagnostic(`a new tenant of two people: ${fresh.toFixed(0)} µs, a fork of it: ${fork.toFixed(1)} µs`);
    // Far above what it takes, for machines that are slow and busy.
    assert.ok(fresh < 10_000 && fork < 1_000);
  });
});

describe('the history of the simulated tenant', () => {
  it('knows every state of a message, and in which window it was so', () => {
    const clock = virtualClock({ startAt: '2026-03-01T00:00:00Z' });
    const { mail, people, history } = simTenant({ clock, people: [{ alias: 'anna' }] });
    const anna = people.id('anna');
    const id = mail.put(anna, { subject: 'First' });
    const made = history.seq;
    clock.set(clock.now() + 60_000);
    mail.update(anna, id, { subject: 'Second' });
    const edited = history.seq;
    mail.move(anna, id, 'archive');
    const moved = history.seq;
    mail.remove(anna, id);
    mail.remove(anna, id);

    const states = history.statesOf(anna, id);
    assert.deepEqual(
      states.map(({ name, deleted }) => [name, deleted]),
      [
        ['First', false],
        ['Second', false],
        ['Second', false],
        ['Second', false],
        ['Second', true],
      ],
    );
    assert.deepEqual(
      [states[2]?.parent, states[3]?.parent],
      [mail.folderOf(anna, 'archive'), mail.folderOf(anna, 'deleteditems')],
    );
    assert.equal(new Set(states.slice(0, 4).map(({ versionTag }) => versionTag)).size, 4);
    assert.notEqual(states[0]?.original, states[1]?.original);
    assert.equal(states[1]?.original, states[2]?.original);
    assert.ok(states.every(({ to }, index) => to === (states[index + 1]?.from ?? Infinity)));

    assert.equal(history.contentsAt(anna, made).get(id)?.name, 'First');
    assert.equal(history.contentsAt(anna).has(id), false);
    assert.equal(history.seqAt(Date.parse('2026-03-01T00:00:59Z')), made);
    assert.deepEqual(history.statesIn(anna, id, made, edited), states.slice(0, 2));
    assert.deepEqual(history.statesIn(anna, id, moved, moved), states.slice(2, 3));
  });

  it('knows that what lay below a removed folder went with it', () => {
    const { drive, people, history } = simTenant({ clock: virtualClock(), people: [{ alias: 'anna' }] });
    const id = people.driveId('anna');
    const folder = drive.folder(id, 'Folder');
    const file = drive.put(id, { name: 'A.txt', parent: folder, content: Buffer.from('A') });
    const before = history.seq;
    assert.equal(history.contentsAt(id).get(file)?.parent, folder);
    drive.remove(id, folder);
    assert.deepEqual([...history.contentsAt(id).keys()], []);
    assert.deepEqual([...history.contentsAt(id, before).keys()], [folder, file]);
  });
});
