/** Keys, verification, restore drills, cleanup and the audit log, as administrators look after them. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { RouteName } from '../../contract/paths.ts';
import { axeFindings } from './axe.ts';
import { damagedId, partId, wrongDrillId } from './fixture/checking.ts';
import { idOf } from './fixture/ids.ts';
import { rightKey } from './fixture/keeping.ts';
import { goTo, useHarness } from './harness.ts';

const harness = useHarness();
const asked = (name: RouteName) => harness.fixture.asked.filter((each) => each.name === name);

it('lists what there is to look after, each with how it stands, and no better than it is', async () => {
  const page = await harness.open('/manage');
  const list = page.getByRole('list', { name: 'Manage' });
  await list.getByText('Recovery key not proven').waitFor();
  await list.getByText('4 items are damaged, 1 other finding', { exact: true }).waitFor();
  await list.getByText(/^All 24 items came back right \(/).waitFor();
  await list.getByText('6.9 GB freed').waitFor();
  await list.getByRole('link', { name: 'Encryption keys' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Encryption keys' }).waitFor();

  const operator = await harness.open('/manage', { as: 'ben' });
  await operator.getByRole('link', { name: 'Restore drills' }).waitFor();
  assert.equal(await operator.getByRole('link', { name: 'Encryption keys' }).count(), 0);
  await goTo(operator, '/manage/drills');
  await operator.getByRole('grid', { name: 'Restore drills' }).waitFor();
  assert.equal(await operator.getByRole('button', { name: 'Start a drill' }).count(), 0);
  for (const address of ['/manage/health', '/manage/keys', '/manage/access', '/manage/audit']) {
    await goTo(operator, address);
    await operator.getByRole('heading', { name: "You can't see this with your role" }).waitFor();
  }
  const member = await harness.open('/manage', { as: 'grace' });
  await member.getByRole('heading', { name: "You can't see this with your role" }).waitFor();
  assert.equal(await member.getByRole('tab', { name: 'Manage' }).count(), 0);
});

it('never takes holds that it could not read, or did not read to the end, for none', async () => {
  const { keeping } = harness.fixture.tenant;
  const [felix] = keeping.holds;
  assert.ok(felix);
  keeping.holds = [
    ...Array.from({ length: 240 }, (_, each) => ({ ...felix, id: idOf('hold', String(each)), inForce: false })),
    ...keeping.holds,
  ];
  const page = await harness.open('/manage');
  await page.getByText('2 holds in force').waitFor();

  harness.fixture.trouble.set('listHolds', { kind: 'problem', status: 503, detail: 'Storage is busy.' });
  const blind = await harness.open('/manage');
  await blind.getByText('6.9 GB freed').waitFor();
  assert.equal(await blind.getByText(/No holds|holds? in force/).count(), 0);
});

it('tries a typed recovery key, keeps a wrong one for correction and forgets the right one', async () => {
  const page = await harness.open('/manage/keys');
  await page.getByText('Nobody has tried the recovery key yet.').waitFor();
  const field = page.getByLabel('Recovery key', { exact: true });
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.getByText('Type the recovery key.').waitFor();
  await field.fill('AAAA BBBB');
  await field.press('Enter');
  await page.getByText('This recovery key is not the one of this repository.').last().waitFor();
  assert.equal(await field.inputValue(), 'AAAA BBBB');
  assert.deepEqual(await axeFindings(page), []);
  await field.fill(rightKey);
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.getByText(/^Proven /).waitFor();
  assert.equal(await field.inputValue(), '');
  await page.getByText('Nobody has tried the recovery key yet.').waitFor({ state: 'detached' });
  const kept = await page.evaluate(
    () => `${JSON.stringify(sessionStorage)}${JSON.stringify(localStorage)}${location.href}`,
  );
  assert.ok(!kept.includes(rightKey), 'the key is nowhere in the browser');
});

it('asks for a new key, which another administrator confirms', async () => {
  const page = await harness.open('/manage/keys', { as: 'omar' });
  await page.getByRole('button', { name: 'Rotate…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Ask for it' }).click();
  await page.getByText(/Omar Haddad asked for a new key\. It waits for another administrator until/).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Confirm…' }).count(), 0);
  const second = await harness.open('/manage/keys');
  await second.getByRole('button', { name: 'Confirm…' }).click();
  await second
    .getByRole('dialog')
    .getByText(/nothing is rewritten/)
    .waitFor();
  await second.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click();
  await second.getByRole('button', { name: 'Rotate…' }).waitFor();

  const { keeping } = harness.fixture.tenant;
  keeping.keys = { ...keeping.keys, rotatesAlone: false };
  await second.getByRole('button', { name: 'Refresh' }).click();
  await second.getByText(/npm run keys -- rotate/).waitFor();
});

it('starts a verification and names every item of a damaged one, with what heals it', async () => {
  const page = await harness.open('/manage/verification');
  await page.getByRole('row', { name: /4 items are damaged, 1 other finding/ }).waitFor();
  await page.getByRole('row', { name: /Did not get to its end/ }).waitFor();
  await page.getByRole('button', { name: 'Verify…' }).click();
  await page
    .getByRole('dialog')
    .getByRole('radio', { name: /Everything, every byte/ })
    .check();
  await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click();
  await page.getByText('Nothing so far').waitFor();
  assert.deepEqual(asked('startVerification').at(0)?.body, { level: 'full' });

  await goTo(page, `/manage/verification/${damagedId}`);
  const grace = page.getByRole('region', { name: 'Grace Mwangi: Mail' });
  await grace.getByText('Quarterly numbers (final)').waitFor();
  assert.equal(await grace.getByText(/The next backup fetches it again/).count(), 2);
  await grace
    .getByText(/Only older copies hold it\. It comes back only from a copy of the storage account\./)
    .waitFor();
  await page.getByText('2 more items are concerned; nothing that is left tells their names.').waitFor();
  await page.getByRole('region', { name: 'No single mailbox or drive' }).getByText('Does not match').waitFor();
  assert.deepEqual(await axeFindings(page), []);
});

it('says of a part of a day that it is a part, and never that everything is whole', async () => {
  const page = await harness.open('/manage/verification');
  const row = page.getByRole('row', { name: /Part 12 of 90 of all mailboxes and drives/ });
  await row.getByText('Every byte').waitFor();
  await goTo(page, `/manage/verification/${partId}`);
  await page.getByText('Part 12 of 90 of all mailboxes and drives').waitFor();
  await page.getByText('Nothing. All that was looked at is as it was written.').waitFor();
  assert.equal(await page.getByText('Everything is as it was written').count(), 0);

  // Whoever is not told the server's count sees what the newest look at everything found, not the part of today.
  const operator = await harness.open('/manage', { as: 'ben' });
  await operator.getByText(/^4 items are damaged, 1 other finding \(/).waitFor();
  // And whoever is told it sees when it is healed.
  const { tenant } = harness.fixture;
  tenant.resources = tenant.resources.map(({ damaged: _damaged, ...whole }) => whole);
  tenant.checking.verifications = tenant.checking.verifications.map((each) =>
    each.id === damagedId ? { ...each, found: { ...each.found, others: 0 } } : each,
  );
  const told = await harness.open('/manage');
  await told.getByText('What was found is healed or accepted').waitFor();
});

it('rehearses restores, shows the evidence with what is wrong first, and keeps the plan', async () => {
  const page = await harness.open(`/manage/drills/${wrongDrillId}`);
  const first = page.getByRole('grid', { name: 'Evidence' }).locator('[data-grid-row="0"]');
  await first.getByText('1 of 6 properties wrong').waitFor();
  await first.getByText('Content, byte by byte').waitFor();
  // Who started it has no mailbox here: the answer itself says the name.
  await page.getByText('Omar Haddad').waitFor();
  assert.deepEqual(await axeFindings(page), []);

  await goTo(page, '/manage/drills');
  await page.getByRole('radio', { name: 'Weekly' }).check();
  await page.getByLabel('Random items').fill('500');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Enter a whole number from 0 to 200.').waitFor();
  await page.getByLabel('Random items').fill('40');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('status').getByText('The plan of the drills is saved').waitFor();
  const kept = { samples: 'monthly', sampleShare: 0.1, fullEveryDays: 30 } as const;
  assert.deepEqual(asked('putSettings').at(0)?.body, { ...kept, drills: 'weekly', drillItems: 40 });

  // Somebody else saves the group between this reader's look and this reader's press.
  const { checking } = harness.fixture.tenant;
  await page.getByLabel('Random items').fill('41');
  checking.settings = { ...checking.settings, verification: { ...kept, drills: 'off', drillItems: 5 } };
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Somebody else changed it meanwhile.').first().waitFor();
  assert.equal(checking.settings.verification.drillItems, 5);
  await page.getByRole('button', { name: 'Start a drill' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start a drill' }).click();
  await page.getByText('There is no evidence yet.').waitFor();
});

it('says why the cleanup stopped, and goes on when an administrator knows why objects are gone', async () => {
  const { checking } = harness.fixture.tenant;
  const { last } = checking.cleanup;
  assert.ok(last);
  const refused = 'The list of packs/* holds 12 objects; there must be 900 or more.';
  const { finishedAt: _finishedAt, ...open } = last;
  checking.cleanup = { ...checking.cleanup, last: { ...open, deleted: 0, lacking: 2, refused, listingShrank: true } };
  const page = await harness.open('/manage/cleanup');
  await page.getByText(/The list of packs\/\* holds 12 objects/).waitFor();
  await page.getByText(/Copies need 2 objects that storage does not have/).waitFor();
  await page.getByRole('button', { name: 'I know why…' }).click();
  await page.getByRole('dialog').getByLabel('Why are they gone?').fill('Moved by the storage team');
  assert.deepEqual(await axeFindings(page), []);
  await page.getByRole('dialog').getByRole('button', { name: 'Take it as it is' }).click();
  await page.getByText(/The list of packs/).waitFor({ state: 'detached' });
});

it('checks the audit log against heads that were noted elsewhere', async () => {
  const page = await harness.open('/manage/audit', { as: 'clara' });
  await page.getByRole('grid', { name: 'Audit log' }).getByText('Legal hold set').waitFor();
  const [newest] = harness.fixture.tenant.checking.audit;
  await page.getByLabel('Lines from summaries (optional)').fill('ends somewhere');
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByText(/Each line needs a number of entries/).waitFor();
  await page
    .getByLabel('Lines from summaries (optional)')
    .fill(`Audit log: 5 entries, ends with ${newest?.hash ?? ''}`);
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByText('All 5 entries hold together.').last().waitFor();
  assert.deepEqual(asked('verifyAudit').at(0)?.body, { heads: [{ count: 5, hash: newest?.hash }] });
  await page.getByLabel('Lines from summaries (optional)').fill(`4 ${'0'.repeat(64)}`);
  await page.getByRole('button', { name: 'Check' }).click();
  await page
    .getByText(/the log is not as it was/)
    .last()
    .waitFor();
  assert.deepEqual(await axeFindings(page), []);
});

it('finds entries of the audit log by what, who and when, and gives the same as a file', async () => {
  const page = await harness.open('/manage/audit');
  const log = page.getByRole('grid', { name: 'Audit log' });
  await log.getByText('Cleanup').waitFor();
  await page.getByRole('combobox', { name: 'What' }).selectOption('Legal hold set');
  await log.getByText('Cleanup').waitFor({ state: 'detached' });
  await log.getByText('Legal hold set').waitFor();
  await page.getByRole('searchbox', { name: 'Who' }).fill('omar');
  await page.getByText('No entry matches').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await log.getByText('Cleanup').waitFor();
  await page.getByRole('searchbox', { name: 'Who' }).fill('omar');
  await log.getByText('Cleanup').waitFor({ state: 'detached' });
  const today = new Date().toISOString().slice(0, 10);
  await page.getByLabel('Until', { exact: true }).fill(today);
  assert.deepEqual(await axeFindings(page), []);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download as CSV' }).click();
  assert.equal((await download).suggestedFilename(), 'holdfast-audit.csv');
  const asking = new URL(asked('exportAudit').at(0)?.url ?? '', 'http://console').searchParams;
  assert.equal(asking.get('who'), 'omar');
  assert.ok((asking.get('to') ?? '') > new Date().toISOString(), 'the whole of the last day counts');
});

it('tells an administrator what works and what is in the way, with the way on', async () => {
  const page = await harness.open('/manage/health');
  await page.getByRole('region', { name: 'What is in the way' }).getByText('Look at them.').waitFor();
  const permissions = page.getByRole('region', { name: 'Permissions, as they answer now' }).getByRole('listitem');
  await permissions.filter({ hasText: 'MailboxItem.ImportExport.All' }).getByText('Refused').waitFor();
  await permissions.filter({ hasText: 'Mail.Read' }).getByText('Works').waitFor();
  await page.getByRole('region', { name: 'What the service stands on' }).getByText('Wrote, read and listed.').waitFor();
  assert.deepEqual(await axeFindings(page), []);
});

it('changes who may look into content and what people may do, and leaves the rest of each group alone', async () => {
  const page = await harness.open('/manage/access');
  const content = page.getByRole('region', { name: 'Content of other people' });
  await content.getByRole('radio', { name: /Only by a download/ }).check();
  await content.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('status').getByText('Access is saved').waitFor();
  const { checking } = harness.fixture.tenant;
  assert.deepEqual(checking.settings.access, {
    contentAccess: 'secondPerson',
    operatorsReadContent: false,
    soleAdministrator: false,
    auditorsSeeNames: false,
  });
  const own = page.getByRole('region', { name: 'Own data' });
  await own.getByRole('checkbox', { name: 'OneDrive' }).uncheck();
  await own.getByRole('checkbox', { name: 'Mail' }).uncheck();
  await own.getByRole('button', { name: 'Save' }).click();
  await own.getByText('Choose at least one kind of data.').waitFor();
  assert.deepEqual(await axeFindings(page), []);
  await own.getByRole('checkbox', { name: 'Mail' }).check();
  await own.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('status').getByText('What people may do themselves is saved').waitFor();
  assert.deepEqual(checking.settings.selfService, { enabled: true, download: true, workloads: ['mail'] });

  const auditor = await harness.open('/manage/access', { as: 'clara' });
  await auditor.getByRole('radio', { name: /Only by a download/ }).waitFor();
  assert.equal(await auditor.getByRole('radio', { name: 'Nobody' }).isDisabled(), true);
  assert.equal(await auditor.getByRole('button', { name: 'Save' }).count(), 0);
});

it('keeps when the summary comes, and refuses a time zone that is none', async () => {
  const page = await harness.open('/manage/notifications');
  await page.getByRole('radio', { name: 'Always' }).check();
  await page.getByLabel('Day of the summary').selectOption('Friday');
  await page.getByLabel('Time of the summary').fill('07:30');
  await page.getByLabel('Time zone (optional)').fill('Europe/Berln');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('There is no such time zone.').waitFor();
  assert.deepEqual(await axeFindings(page), []);
  await page.getByLabel('Time zone (optional)').fill('Europe/Berlin');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('status').getByText('Notifications are saved').waitFor();
  assert.deepEqual(asked('putSettings').at(0)?.body, {
    report: 'always',
    digest: 'weekly',
    digestAt: '07:30',
    digestDay: 5,
    timeZone: 'Europe/Berlin',
  });
});

it('hands reports on as files, for a period where they have one', async () => {
  const page = await harness.open('/manage/reports', { as: 'ben' });
  const runs = page.getByRole('region', { name: 'Backups' });
  await runs.getByLabel('From').fill('2026-11-01');
  assert.deepEqual(await axeFindings(page), []);
  const download = page.waitForEvent('download');
  await runs.getByRole('button', { name: 'Download as CSV: Backups' }).click();
  assert.equal((await download).suggestedFilename(), 'holdfast-runs.csv');
  assert.match(asked('getReport').at(0)?.url ?? '', /reports\/runs\?format=csv&from=2026-10-31T23/);
});

it('says on the first day what comes, instead of showing zeros', async () => {
  const page = await harness.open('/overview', { prepare: async () => harness.fixture.reset('empty') });
  for (const [address, words] of [
    ['/manage/holds', 'Nothing is on legal hold'],
    ['/manage/verification', 'Nothing has been verified yet'],
    ['/manage/drills', 'No restore has been rehearsed yet'],
    ['/manage/cleanup', 'The first one comes by itself.'],
    ['/manage/audit', 'Nothing is in the log yet'],
  ] as const) {
    await goTo(page, address);
    await page.getByText(words).first().waitFor();
    assert.deepEqual(await axeFindings(page), [], address);
  }
  await goTo(page, `/manage/drills/${'0'.repeat(32)}`);
  await page.getByText('There is no such drill').waitFor();
});
