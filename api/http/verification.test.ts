import assert from 'node:assert/strict';
import { it } from 'node:test';
import { alarmNow } from '../../bot/notify/alarms.ts';
import type { UserId } from '../../engine/model/ids.ts';
import type { Verification } from '../../engine/model/verification.ts';
import { otherRow } from '../../engine/repository/testing/otherRow.ts';
import { botServices } from '../botServices.ts';
import { furnished, refusedWith } from '../testing/furnished.ts';
import { ben, carl } from '../testing/people.ts';

type Nudge = { readonly verify: string } | { readonly drill: string };

it('looks at everything that is stored, names what is damaged, and is no longer green until it is healed', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const auditor = world.client(await world.signIn.person(ben, ['Backup.Auditor']));
  await assert.rejects(auditor.call('startVerification', { body: { level: 'full' } }), refusedWith(403));
  const verify = async (): Promise<string> => {
    const { id } = await admin.call('startVerification', { body: { level: 'full' } });
    await world.services.verification.onNudge({ verify: id } satisfies Nudge);
    return id;
  };
  const clean = await admin.call('getVerification', { params: { id: await verify() } });
  assert.equal(clean.state, 'done');
  assert.deepEqual(clean.found, { missing: 0, corrupt: 0, differs: 0, items: 0, others: 0 });
  assert.equal((await admin.call('getHealth', {})).verdict, 'Protected.');

  const { repository } = world.services;
  const { mail } = world;
  const point = await repository.points.find(mail.anna.id, 'latest');
  const entries = await Array.fromAsync((await repository.points.open(mail.anna.id, point.id)).entries());
  const budget = entries.find(({ name }) => name === 'Budget');
  const place = budget?.streams[0]?.parts[0]?.place;
  assert.ok(budget && place);
  world.blobs.tamper('repository', `packs/${place.pack.slice(0, 2)}/${place.pack}`, () => undefined);
  await world.clock.advance(1000);
  const id = await verify();
  const verification = await auditor.call('getVerification', { params: { id } });
  assert.ok(verification.found.items > 0);
  const findings = (await admin.call('listFindings', { params: { id }, query: { pageSize: 200 } })).value;
  const found = findings.find(({ item }) => item?.id === budget.id);
  assert.equal(found?.item?.name, 'Budget');
  assert.equal(found?.kind, 'missing');
  assert.equal(found?.inNewest, true);
  assert.equal(found?.resourceId, mail.anna.id);
  const hidden = (await auditor.call('listFindings', { params: { id }, query: { pageSize: 200 } })).value;
  assert.ok(
    hidden.every(({ item }) => item?.name !== 'Budget'),
    'auditors see no names',
  );
  assert.match(
    (await admin.call('getHealth', {})).verdict ?? '',
    /^Needs attention: \d+ findings? of damage in storage/,
  );
  const list = await auditor.call('listVerifications', { query: {} });
  assert.deepEqual(
    list.value.map((one) => one.id),
    [id, clean.id],
  );
  const deeds = (await admin.call('listAudit', { query: { action: 'verify.start' } })).value;
  assert.equal(deeds.filter(({ result }) => result === 'done').length, 2);
});

it('a verification of a part of everything, or of one resource, that found something is not over until that is whole', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const { verification } = world.services;
  const bot = botServices({ services: world.services, memberOf: async () => undefined }, { port: 7071 });
  const { id: anna } = world.mail.anna;
  const verify = async (order: Parameters<typeof verification.start>[0]): Promise<Verification> => {
    await world.clock.advance(1000);
    const id = await verification.start(order, carl as UserId);
    await verification.onNudge({ verify: id } satisfies Nudge);
    await world.clock.advance(1000);
    return (await verification.get(id)) ?? assert.fail();
  };
  const stands = async ({ id, found }: Verification): Promise<readonly unknown[]> => {
    const alarm = { kind: 'damageFound', verification: id, items: found.items, others: found.others } as const;
    const now = await alarmNow(bot, alarm);
    return [now?.overAt !== undefined, (await admin.call('getHealth', {})).damaged?.others];
  };
  const slice = world.blobs.dump().find(({ name }) => name.startsWith(`slices/${anna}/`));
  assert.ok(slice);
  const { container, name, bytes } = slice;
  world.blobs.tamper(container, name, (whole) => whole.slice(0, -1));

  const index = Number.parseInt(anna.slice(0, 8), 16) % 90;
  const part = await verify({ level: 'full', part: { index, of: 90 } });
  assert.deepEqual([part.found.items, part.found.others], [0, 1]);
  assert.deepEqual(await stands(part), [false, 1]);
  const one = await verify({ level: 'full', resource: anna });
  assert.deepEqual(await stands(one), [false, 1]);
  await verify({ level: 'sampling' });
  assert.deepEqual(await stands(part), [false, 1]);
  assert.match((await admin.call('getHealth', {})).verdict ?? '', /^Needs attention: 1 finding of damage in storage/);

  world.blobs.tamper(container, name, () => bytes);
  await verify({ level: 'full', resource: anna });
  assert.deepEqual(await stands(part), [true, 0]);
  assert.equal((await admin.call('getHealth', {})).verdict, 'Protected.');
});

it('puts right what a verification found, when an administrator asks', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const auditor = world.client(await world.signIn.person(ben, ['Backup.Auditor']));
  const { anna } = world.mail;
  const [row] = world.tables
    .dump()
    .filter(({ table, partition, key }) => table === 'resources' && partition === anna.id && key.startsWith('point/'));
  assert.ok(row);
  await world.tables.change('resources', row.partition, {
    kind: 'put',
    row: await otherRow(world.services.repository, row, { bytes: 99 }),
  });
  const verify = async (): Promise<string> => {
    const { id } = await admin.call('startVerification', { body: { level: 'full' } });
    await assert.rejects(admin.call('startRepair', { params: { id } }), refusedWith(409));
    await world.services.verification.onNudge({ verify: id } satisfies Nudge);
    return id;
  };
  const id = await verify();
  await assert.rejects(auditor.call('startRepair', { params: { id } }), refusedWith(403));
  await admin.call('startRepair', { params: { id } });
  await assert.rejects(admin.call('startRepair', { params: { id } }), refusedWith(409));
  await world.services.verification.onNudge({ verify: id } satisfies Nudge);
  const { repair } = await admin.call('getVerification', { params: { id } });
  assert.equal(repair?.state, 'done');
  assert.ok(repair.done.some((line) => line.includes('The row of restore point')));
  await world.clock.advance(1000);
  const after = await admin.call('getVerification', { params: { id: await verify() } });
  assert.deepEqual(after.found, { missing: 0, corrupt: 0, differs: 0, items: 0, others: 0 });
  const deeds = (await admin.call('listAudit', { query: { action: 'verify.repair' } })).value;
  assert.ok(deeds.some(({ result }) => result === 'done'));
});

it('rehearses restores and keeps the evidence', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const { id } = await admin.call('startDrill', { body: { items: 3 } });
  await world.services.verification.onNudge({ drill: id } satisfies Nudge);
  const drill = await admin.call('getDrill', { params: { id } });
  const results = (await admin.call('listDrillResults', { params: { id }, query: {} })).value;
  assert.equal(drill.state, 'done');
  assert.equal(drill.failed, 0, JSON.stringify(results.filter(({ isRight }) => !isRight)));
  assert.equal(results.length, drill.items);
  assert.ok(results.every(({ checks }) => checks.every(({ isRight }) => isRight)));
  await assert.rejects(admin.call('getDrill', { params: { id: world.mail.anna.id } }), refusedWith(404));
  const settings = await admin.call('getSettings', { params: { name: 'verification' } });
  assert.deepEqual(settings, {
    drills: 'monthly',
    drillItems: 20,
    samples: 'weekly',
    sampleShare: 0.02,
    fullEveryDays: 90,
  });
});

it('starts a full compare of a resource, and of all that a policy means', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const one = await admin.call('startResourceRun', { params: { id: world.mail.anna.id }, body: { compare: true } });
  const all = await admin.call('startPolicyRun', { params: { id: world.policy.id }, body: { compare: true } });
  const none = await admin.call('startPolicyRun', { params: { id: world.policy.id } });
  for (const [{ id }, compare] of [
    [one, true],
    [all, true],
    [none, undefined],
  ] as const)
    assert.equal((await admin.call('getRun', { params: { id } })).compare, compare);
});
