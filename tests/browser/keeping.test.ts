/** How long copies stay: why each is still there, holds, the pause of expiry, and changes that wait for a second person. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { RouteName } from '../../contract/paths.ts';
import { axeFindings } from './axe.ts';
import { idOf } from './fixture/ids.ts';
import { releaseId } from './fixture/keeping.ts';
import { personOf } from './fixture/people.ts';
import { resourceId } from './fixture/tenant.ts';
import { goTo, useHarness } from './harness.ts';

const harness = useHarness();
const felix = `/protection/resource/${resourceId('felix', 'drive')}`;
const asked = (name: RouteName) => harness.fixture.asked.filter((each) => each.name === name);

it('says of every copy why it stays and when it goes, to those who may know who is held', async () => {
  const page = await harness.open(`/protection/resource/${resourceId('ines', 'mail')}`);
  const copies = page.getByRole('region', { name: 'Copies' }).getByRole('listitem');
  await copies
    .first()
    .getByText(/^Kept: newest · daily of .* · less than a day old$/)
    .waitFor();
  await page
    .getByText(/^Kept: daily of .* · Goes on /)
    .first()
    .waitFor();
  await page.getByText('Nothing keeps it any more: it goes with the next daily look.').first().waitFor();
  await goTo(page, felix);
  await page
    .getByText(/legal hold: Case 4711, until released/)
    .first()
    .waitFor();

  const operator = await harness.open(felix, { as: 'ben' });
  await operator.getByRole('region', { name: 'Copies' }).getByRole('listitem').first().waitFor();
  assert.equal(await operator.getByText('On legal hold: Case 4711').count(), 0);
  assert.equal(await operator.getByRole('button', { name: 'This was meant…' }).count(), 0);
});

it('shows what paused expiry, and lets it go on when somebody says what happened', async () => {
  const page = await harness.open(felix);
  await page
    .getByText(/62\s?% of the items were changed or removed in one run \(1,840 changed, 312 removed of 3,470\)/)
    .waitFor();
  await page.getByRole('button', { name: 'This was meant…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Let them expire' }).click();
  await dialog.getByText('Say why, so that the next administrator understands it.').waitFor();
  await dialog.getByRole('textbox').fill('He cleared his archive.');
  assert.deepEqual(await axeFindings(page), []);
  await dialog.getByRole('button', { name: 'Let them expire' }).click();
  await page.getByText('Nothing expires here for now').waitFor({ state: 'detached' });
  await page.getByRole('status').getByText('Copies of Felix Bauer expire again').waitFor();
  assert.deepEqual(asked('resumeExpiry').at(0)?.body, { reason: 'He cleared his archive.' });
});

it('sets a hold on everything of a person, by keys alone', async () => {
  const page = await harness.open(`/protection/resource/${resourceId('grace', 'mail')}`);
  const menu = page.getByRole('button', { name: /^Actions for Grace/ });
  await menu.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Place on hold…' }).waitFor();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Place on legal hold' });
  await dialog.getByRole('radio', { name: 'everything of Grace Mwangi' }).focus();
  await page.keyboard.press('Tab');
  await page.keyboard.type('Case 5150');
  await page.keyboard.press('Tab');
  await dialog.getByLabel('Until (optional)').fill('2020-01-01');
  await dialog.getByRole('button', { name: 'Place on hold' }).press('Enter');
  await dialog.getByText('Choose a day that is not over.').waitFor();
  assert.deepEqual(await axeFindings(page), []);
  await dialog.getByLabel('Until (optional)').fill('');
  await dialog.getByRole('button', { name: 'Place on hold' }).press('Enter');
  await page.getByText('On legal hold: Case 5150').waitFor();
  assert.deepEqual(asked('setHold').at(0)?.body, {
    on: { kind: 'user', sourceId: personOf('grace').id },
    reason: 'Case 5150',
  });
});

it('chooses whom or what to hold out of what is known, and says how much each hold means', async () => {
  const { keeping } = harness.fixture.tenant;
  const [first] = keeping.holds;
  assert.ok(first);
  const on = { kind: 'user', sourceId: 'somebody@elsewhere.example' } as const;
  keeping.holds.push({ ...first, id: idOf('hold', 'nobody'), reason: 'Case 9', on });
  const page = await harness.open('/manage/holds');
  const lines = page.getByRole('region', { name: 'Legal holds' }).getByRole('listitem');
  await lines.filter({ hasText: 'Case 4711' }).getByText('Means 2 mailboxes and drives').waitFor();
  await lines.filter({ hasText: 'Case 9' }).getByText('Means no mailbox or drive that Holdfast knows').waitFor();

  await page.getByRole('button', { name: 'Place on hold…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Place on legal hold' });
  await dialog.getByText('Sites and teams cannot be chosen: Holdfast does not back them up yet.').waitFor();
  await dialog.getByRole('radio', { name: 'One mailbox or drive' }).check();
  await dialog.getByLabel('Reason').fill('Case 6001');
  await dialog.getByRole('button', { name: 'Place on hold' }).click();
  await dialog.getByText('Choose somebody from the list.').waitFor();
  assert.deepEqual(await axeFindings(page), []);
  await dialog.getByRole('combobox', { name: 'Which one?' }).click();
  await page.keyboard.type('hugo');
  await page.getByRole('option', { name: /^Hugo Santos: OneDrive/ }).click();
  await dialog.getByRole('button', { name: 'Place on hold' }).click();
  await page.getByRole('status').getByText('The hold is set on 1 mailbox or drive').waitFor();
  assert.deepEqual(asked('setHold').at(0)?.body, {
    on: { kind: 'resource', sourceId: resourceId('hugo', 'drive') },
    reason: 'Case 6001',
  });
  await lines.filter({ hasText: 'Case 6001' }).getByText('Hugo Santos: OneDrive').waitFor();
});

it('says in the list what is held, paused or damaged, to those who may know it', async () => {
  const page = await harness.open('/protection');
  const row = (name: RegExp) => page.getByRole('row', { name });
  await row(/Felix Bauer: OneDrive/)
    .getByText('Expiry paused')
    .waitFor();
  await row(/Felix Bauer: OneDrive/)
    .getByText('On legal hold', { exact: true })
    .waitFor();
  await row(/Rosa García: Mail/)
    .getByText(/^On legal hold until /)
    .waitFor();
  await row(/Grace Mwangi: Mail/)
    .getByText('3 items damaged')
    .waitFor();
  assert.deepEqual(await axeFindings(page), []);

  const operator = await harness.open('/protection', { as: 'ben' });
  await operator.getByText('3 items damaged').waitFor();
  assert.equal(await operator.getByText(/On legal hold/).count(), 0);
});

it('accepts, for a reason, what nothing heals any more, and leaves the rest to the next backup', async () => {
  const grace = `/protection/resource/${resourceId('grace', 'mail')}`;
  const page = await harness.open(grace);
  const damage = page.getByRole('region', { name: '3 damaged items' });
  const lost = damage.getByRole('listitem').filter({ hasText: 'Invoice 2026-1187' });
  await lost.getByText(/Only older copies hold it/).waitFor();
  assert.equal(await damage.getByRole('button', { name: 'Accept this loss…' }).count(), 1);
  await lost.getByRole('button', { name: 'Accept this loss…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Accept that “Invoice 2026-1187” is lost?' });
  await dialog.getByRole('button', { name: 'Accept' }).click();
  await dialog.getByText('Say why, so that the next administrator understands it.').waitFor();
  await dialog.getByRole('textbox').fill('Disk 7 of the old account, case 118');
  assert.deepEqual(await axeFindings(page), []);
  await dialog.getByRole('button', { name: 'Accept' }).click();
  await lost.getByText(/^Accepted by Anna Lindqvist \(you\), .*: Disk 7 of the old account, case 118$/).waitFor();
  await page.getByText('1 item lost, accepted').waitFor();
  await page.getByText('2 items damaged').waitFor();
  const [order] = asked('acceptLoss');
  assert.deepEqual(Object.keys(order?.body ?? {}).toSorted(), ['items', 'reason']);

  const operator = await harness.open(grace, { as: 'ben' });
  await operator.getByRole('region', { name: '3 damaged items' }).getByText('Contract draft, third version').waitFor();
  assert.equal(await operator.getByRole('button', { name: 'Accept this loss…' }).count(), 0);
});

it('takes two administrators to release a hold', async () => {
  const page = await harness.open(felix);
  await page.getByText(/Omar Haddad asked for its release\. It waits for another administrator until/).waitFor();
  await page.getByRole('button', { name: 'Confirm…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/The hold ends at once/).waitFor();
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('On legal hold: Case 4711').waitFor({ state: 'detached' });
  assert.match(asked('approveChange').at(0)?.url ?? '', new RegExp(releaseId));

  harness.fixture.reset();
  const asker = await harness.open(felix, { as: 'omar' });
  await asker.getByText('Another administrator has to confirm it.').waitFor();
  assert.equal(await asker.getByRole('button', { name: 'Confirm…' }).count(), 0);
  await asker.getByRole('button', { name: 'Withdraw…' }).click();
  await asker.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
  await asker.getByRole('button', { name: 'Release…' }).click();
  await asker
    .getByRole('dialog')
    .getByText(/Until then the hold stays/)
    .waitFor();
  await asker.getByRole('dialog').getByRole('button', { name: 'Ask for the release' }).click();
  await asker.getByText(/Omar Haddad asked for its release/).waitFor();
});

it('shows what a shorter retention would let go before it is saved, and who has to confirm it', async () => {
  const page = await harness.open('/protection/policies');
  const legal = page.getByRole('group', { name: 'Legal, kept longer' });
  await legal.getByText(/Anna Lindqvist asked that the shorter ones count\. Confirmed by .* It counts from/).waitFor();
  await legal.getByRole('button', { name: 'Withdraw…' }).waitFor();

  const [everything] = harness.fixture.tenant.policies;
  await goTo(page, `/protection/policies/${everything?.id ?? ''}`);
  await page.getByLabel('Daily copies').fill('7');
  const loss = page.getByRole('region', { name: 'What would go' });
  await loss.getByText(/253 copies go, of 1,\d+ in all: 11 of \d+ resources lose some\./).waitFor();
  await loss
    .getByText(/^The oldest that stays is of .* The first go after .* a second administrator has confirmed\.$/)
    .waitFor();
  await loss.getByText('and 3 more').waitFor();
  assert.deepEqual(await axeFindings(page), []);
});

it('asks for a shorter retention, and another administrator confirms it among the approvals', async () => {
  const { tenant } = harness.fixture;
  tenant.keeping.changes = [];
  tenant.policies = tenant.policies.map(({ waitingChange: _waiting, ...policy }) => policy);
  const asker = await harness.open('/protection/policies', { as: 'omar' });
  await asker.getByRole('button', { name: 'Keep less…' }).click();
  await asker
    .getByRole('dialog')
    .getByText(/330 copies go/)
    .waitFor();
  await asker.getByRole('dialog').getByRole('button', { name: 'Ask for it' }).click();
  await asker.getByText(/asked that the shorter ones count\. It waits for another administrator until/).waitFor();

  const second = await harness.open('/activity/approvals');
  const card = second.getByRole('article', { name: 'Omar Haddad asks: Keep less: Legal, kept longer' });
  await card.getByRole('button', { name: 'Confirm…' }).click();
  await second
    .getByRole('dialog')
    .getByText(/330 copies go/)
    .waitFor();
  await second.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click();
  await card.getByText(/^Confirmed by Anna Lindqvist \(you\)\. It counts from/).waitFor();
  assert.match(await second.evaluate(() => document.activeElement?.textContent ?? ''), /^Confirmed by/);
  assert.deepEqual(await axeFindings(second), []);

  const operator = await harness.open('/activity/approvals', { as: 'ben' });
  await operator.getByRole('heading', { name: 'Your requests' }).waitFor();
  assert.equal(await operator.getByText('Changes that make protection weaker').count(), 0);
});

it('says that nothing came of a change that was confirmed too late', async () => {
  const asker = await harness.open('/manage/keys', { as: 'omar' });
  await asker.getByRole('button', { name: 'Rotate…' }).click();
  await asker.getByRole('dialog').getByRole('button', { name: 'Ask for it' }).click();
  const page = await harness.open('/activity/approvals');
  const { keeping } = harness.fixture.tenant;
  keeping.keys = { ...keeping.keys, epoch: 2 };
  const card = page.getByRole('article', { name: 'Omar Haddad asks: A new encryption key' });
  await card.getByRole('button', { name: 'Confirm…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click();
  await page
    .getByRole('status')
    .getByText('It came to nothing: A new encryption key (there is a newer key by now)')
    .waitFor();
  await card.getByText('It came to nothing: there is a newer key by now.').waitFor();
  assert.equal(await page.getByText('Confirmed: A new encryption key').count(), 0);
});

it('says to an administrator who is alone that a change counts by itself, before and after it is asked for', async () => {
  const { checking } = harness.fixture.tenant;
  checking.settings = { ...checking.settings, access: { ...checking.settings.access, soleAdministrator: true } };
  harness.fixture.tenant.keeping.changes = [];
  const page = await harness.open(felix);
  await page.getByRole('button', { name: 'Release…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog
    .getByText(/You said that there is no second administrator\. Where that is so, it counts a day/)
    .waitFor();
  await dialog.getByRole('button', { name: 'Ask for the release' }).click();
  await page
    .getByRole('status')
    .getByText(/There is no second administrator\. It counts from/)
    .waitFor();
  assert.equal(await page.getByText('Another administrator is asked to confirm').count(), 0);
});

it('presses the kind of data whose words are clicked', async () => {
  const [everything] = harness.fixture.tenant.policies;
  const page = await harness.open(`/protection/policies/${everything?.id ?? ''}`);
  const kinds = page.getByRole('group', { name: 'What' });
  await kinds.getByText('OneDrive files').click();
  assert.equal(await kinds.getByRole('checkbox', { name: 'OneDrive files', exact: true }).isChecked(), false);
  assert.equal(await kinds.getByRole('checkbox', { name: 'Mail', exact: true }).isChecked(), true);
});
