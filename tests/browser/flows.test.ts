import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { mailDescription } from '../../workloads/mail/describe.ts';
import { idOf } from './fixture/ids.ts';
import { everythingId, resourceId } from './fixture/tenant.ts';
import { goTo, useHarness } from './harness.ts';

const harness = useHarness();
const grace = resourceId('grace', 'mail');
const inbox = idOf(grace, '', 'Inbox');

const asked = (name: string) => harness.fixture.asked.filter((each) => each.name === name);
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

describe('protection', () => {
  it('excludes a person with a reason, and names everything that loses protection', async () => {
    const page = await harness.open('/protection?q=Grace');
    await page.getByRole('button', { name: 'Actions for Grace Mwangi: Mail' }).click();
    await page.getByRole('menuitem', { name: 'Exclude…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog
      .getByText(/everything it protects: .*Mail.*OneDrive|everything it protects: .*OneDrive.*Mail/)
      .waitFor();
    await dialog.getByRole('button', { name: 'Exclude' }).click();
    await dialog.getByText('Say why').waitFor();
    assert.equal(asked('changePolicy').length, 0);
    await dialog.getByRole('textbox').fill('Left the company');
    await dialog.getByRole('button', { name: 'Exclude' }).click();
    await dialog.waitFor({ state: 'detached' });
    const policy = harness.fixture.tenant.policies.find(({ id }) => id === everythingId);
    assert.equal(policy?.scope.exclude.at(-1)?.reason, 'Left the company');
    await page
      .getByRole('row', { name: /Excluded/ })
      .first()
      .waitFor();
  });

  it('starts a backup of one mailbox and shows its run', async () => {
    const page = await harness.open('/protection?q=Grace');
    await page.getByRole('button', { name: 'Actions for Grace Mwangi: Mail' }).click();
    await page.getByRole('menuitem', { name: 'Back up now' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Back up now' }).click();
    await page.waitForURL(/\/activity\/run\//);
    assert.equal(asked('startResourceRun').length, 1);
  });

  it('offers the backup of one mailbox in plain sight on its page', async () => {
    const page = await harness.open(`/protection/resource/${grace}`);
    await button(page, 'Back up now').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Back up now' }).click();
    await page.waitForURL(/\/activity\/run\//);
    assert.equal(asked('startResourceRun').length, 1);
    const auditor = await harness.open(`/protection/resource/${grace}`, { as: 'clara' });
    await auditor.getByRole('heading', { name: 'Copies' }).waitFor();
    assert.equal(await button(auditor, 'Back up now').count(), 0);
  });

  it('says what a changed policy would do before it is saved, and what retention does', async () => {
    const page = await harness.open(`/protection/policies/${everythingId}`);
    await page
      .getByText(
        'Once a day, copies that no rule keeps go. The newest one, those on legal hold and those less than a day old always stay.',
      )
      .waitFor();
    await page.getByRole('checkbox', { name: 'OneDrive files' }).uncheck();
    await page.getByText(/resources lose protection/).waitFor();
    await page.getByLabel('Daily copies').fill('7');
    await page.getByText(/Saving lets nothing go: the longer rules hold until/).waitFor();
    await page.getByLabel('Daily copies').fill('-4');
    await button(page, 'Save').click();
    await page.getByText('Enter a whole number from 0 to 3650.').waitFor();
    assert.equal(asked('changePolicy').length, 0);
  });

  it('refuses to overwrite what somebody else changed meanwhile', async () => {
    const page = await harness.open(`/protection/policies/${everythingId}`);
    await page.getByLabel('Name of the policy').fill('Everything and everybody');
    const { tenant } = harness.fixture;
    tenant.policies = tenant.policies.map((policy) =>
      policy.id === everythingId ? { ...policy, name: 'Renamed', etag: 'word2' } : policy,
    );
    await button(page, 'Save').click();
    await page.getByText(/Somebody else changed this policy/).waitFor();
    await button(page, 'Load the newest version').click();
    await page.getByRole('heading', { level: 1, name: 'Renamed' }).waitFor();
    assert.equal(await page.getByLabel('Name of the policy').inputValue(), 'Renamed');
  });
});

describe('restore', () => {
  it('shows hits while it is still looking, and says how far it is', async () => {
    harness.fixture.trouble.set('search', { kind: 'delay', ms: 400 });
    const page = await harness.open('/restore?q=keynote');
    await page.getByText(/found, still looking…/).waitFor();
    await page.getByText(/of 28 backups looked through/).waitFor();
    await page.getByRole('grid', { name: 'What was found' }).locator('[data-grid-row]').first().waitFor();
    harness.fixture.trouble.clear();
    await page
      .locator('main')
      .getByText(/^\d+ found$/)
      .waitFor();
    assert.ok(asked('search').length >= 9, 'page after page');
  });

  it('lists what it found newest first over all mailboxes, also while more comes in', async () => {
    harness.fixture.trouble.set('search', { kind: 'delay', ms: 150 });
    const page = await harness.open('/restore?q=keynote');
    const grid = page.getByRole('grid', { name: 'What was found' });
    const datesInOrder = async (): Promise<number> => {
      const dates = await grid
        .locator('time')
        .evaluateAll((times) => times.map((time) => time.getAttribute('datetime')));
      assert.deepEqual(dates, dates.toSorted().toReversed());
      return dates.length;
    };
    await grid.locator('[data-grid-row="2"]').waitFor();
    const early = await datesInOrder();
    await page
      .locator('main')
      .getByText(/^\d+ found$/)
      .waitFor();
    assert.ok((await datesInOrder()) > early, 'more came in');
    const owners = await grid.locator('bdi').allInnerTexts();
    assert.ok(new Set(owners.filter((owner) => owner.includes(': '))).size > 1, 'from more than one mailbox');
  });

  it('offers wider ways when nothing is found', async () => {
    const page = await harness.open('/restore?q=no-such-thing-anywhere&from=2026-01-01');
    await page.getByText('Nothing found').first().waitFor();
    await button(page, 'Search deleted items too').click();
    await page.waitForURL(/deleted=true/);
    await button(page, 'Any date').click();
    await page.waitForURL((url) => !url.searchParams.has('from'));
  });

  it('looks into a message without letting it run, load or lead anywhere', async () => {
    const page = await harness.open(`/restore/browse/${grace}/latest/${inbox}`);
    const fetched: string[] = [];
    page.on('request', (request) => fetched.push(request.url()));
    await page.getByRole('grid').getByRole('link').nth(2).click();
    await page.getByText('is written to the audit log').waitFor();
    assert.equal(asked('getContent').length, 0, 'nothing is read before somebody asks');
    await button(page, 'Show content').click();
    const frame = page.frameLocator('iframe');
    await frame.getByText('numbers').waitFor();
    assert.equal(await frame.locator('script, img').count(), 0);
    assert.equal(await page.locator('iframe').getAttribute('sandbox'), '');
    assert.notEqual(await page.title(), 'owned');
    assert.deepEqual(
      fetched.filter((url) => url.includes('tracker.example')),
      [],
    );
  });

  it('says that a message is nothing but what is attached to it', async () => {
    const page = await harness.open(`/restore/browse/${grace}/latest/${inbox}`);
    await page.getByRole('link', { name: 'Photos of the site visit' }).first().click();
    await button(page, 'Show content').click();
    await page.getByText('There is no text in it.').waitFor();
    await page.getByText('Attached: harbour.jpg').waitFor();
  });

  it('saves the original of an item under its own name', async () => {
    const page = await harness.open(`/restore/browse/${resourceId('grace', 'drive')}/latest`);
    await page.getByRole('link', { name: 'Documents' }).click();
    await page.getByRole('link', { name: 'Budget 2026.xlsx' }).click();
    const saved = page.waitForEvent('download');
    await button(page, 'Save original').click();
    const download = await saved;
    assert.equal(download.suggestedFilename(), 'Budget 2026.xlsx');
    assert.match(await readFile(await download.path(), 'utf8'), /The content of Budget/);
  });

  it('does not offer content to those whose role does not reach it', async () => {
    const page = await harness.open(`/restore/browse/${grace}/latest/${inbox}`, { as: 'ben' });
    await page.getByRole('grid').getByRole('link').nth(2).click();
    await page.getByText('Your role does not look into this content').first().waitFor();
    assert.equal(await button(page, 'Show content').getAttribute('aria-disabled'), 'true');
  });

  it('keeps what was chosen while somebody looks at other folders and other times, and over a reload', async () => {
    const page = await harness.open(`/restore/browse/${grace}/latest/${inbox}`);
    await page.getByRole('row').nth(2).getByRole('checkbox').check();
    await page.getByRole('treeitem', { name: 'Sent Items' }).click();
    await page.getByRole('navigation', { name: 'Path' }).getByText('Sent Items').waitFor();
    await page.getByRole('row').nth(1).getByRole('checkbox').check();
    await button(page, 'Previous copy').click();
    await page.waitForURL(new RegExp(`/restore/browse/${grace}/[0-9a-f]{32}/`));
    await page.getByRole('region', { name: 'Chosen to restore' }).getByText('2 items').waitFor();
    await page.reload();
    await button(page, 'Sign in').click();
    await page.getByRole('region', { name: 'Chosen to restore' }).getByText('2 items').waitFor();
  });

  it('brings something deleted back from the last copy that had it', async () => {
    const gone = harness.fixture.tenant.contentOf(grace).find(({ until }) => until !== undefined);
    assert.ok(gone, 'the fixture has deleted something');
    const page = await harness.open(`/restore/browse/${grace}`);
    await page.getByRole('switch', { name: 'Show deleted' }).check();
    // The tick comes once the versions of the item have been read.
    await page.getByRole('grid').getByRole('checkbox').first().click();
    await page.getByRole('region', { name: 'Chosen to restore' }).getByText('1 item').waitFor();
    assert.equal(asked('listVersions').length, 1);
  });

  it('checks, runs, lists what became of each item, and undoes', async () => {
    const page = await harness.open(`/restore/browse/${grace}/latest/${inbox}`, { as: 'grace' });
    await page.getByRole('row').nth(2).getByRole('checkbox').check();
    await page.getByRole('row').nth(3).getByRole('checkbox').check();
    await page.getByRole('link', { name: 'Restore…' }).click();
    await page.getByRole('radio', { name: 'To the original place' }).check();
    await page.getByRole('radio', { name: 'Skip what is the same' }).check();
    await button(page, 'Check').click();
    await button(page, 'Restore 2 items').click();
    await page.getByText('2 items are back.').waitFor();
    const order = asked('createRestore')[0]?.body as { readonly destination: unknown; readonly conflict: string };
    assert.deepEqual([order.destination, order.conflict], [{ kind: 'original' }, 'skipIfSame']);
    await page.getByRole('grid', { name: 'Results' }).getByText('Restored', { exact: true }).first().waitFor();

    const table = page.waitForEvent('download');
    await button(page, 'CSV').click();
    const csv = await readFile(await (await table).path(), 'utf8');
    assert.match(csv, /^\uFEFFName,Outcome,Reason,SHA-256,Item,Address\r\n/);

    await button(page, 'Undo').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
    await page.getByText(/2 items were removed again/).waitFor();
    assert.equal(await page.getByText('2 items are back.').count(), 0, 'one headline, and it is not the old one');
    const results = page.getByRole('grid', { name: 'Results' });
    assert.equal(await results.getByText('Undone', { exact: true }).count(), 2);
    assert.equal(await results.getByText(/^Restored/).count(), 0);
    const after = page.waitForEvent('download');
    await button(page, 'CSV').click();
    const rows = await readFile(await (await after).path(), 'utf8');
    assert.match(rows, /,undone,/);
    assert.doesNotMatch(rows, /,restored,/);
    await goTo(page, '/activity/restores');
    const list = page.getByRole('grid', { name: 'Restores' });
    await list.getByText('Undone', { exact: true }).waitFor();
    await list.getByText('2 removed again').waitFor();
  });

  it('asks a second person for a download of other people’s data, and hands it out once approved', async () => {
    const page = await harness.open(`/restore/browse/${grace}/latest/${inbox}`);
    await page.getByRole('row').nth(2).getByRole('checkbox').check();
    await page.getByRole('link', { name: 'Restore…' }).click();
    const [note = ''] = mailDescription.coverageNotes;
    assert.equal(await page.getByText(note).isVisible(), false, 'notes wait until somebody wants them');
    await page.getByText(`Good to know (${mailDescription.coverageNotes.length})`).click();
    assert.ok(await page.getByText(note).isVisible());
    await page.getByRole('radio', { name: 'Download' }).check();
    assert.equal(
      await page.getByRole('radio', { name: 'Keep both' }).count(),
      0,
      'a download meets nothing of the same name',
    );
    await page.getByLabel('Reason').fill('Needed for the audit');
    await button(page, 'Check').click();
    await page.getByText('1 is an exact copy.').waitFor();
    await page.getByText(/needs the approval of a second person/).waitFor();
    await button(page, 'Ask for approval').click();
    await page.getByText('Waiting for approval', { exact: true }).first().waitFor();
    const { pathname } = new URL(page.url());

    const approver = await harness.open('/activity/approvals', { as: 'david' });
    await goTo(approver, pathname.replace('/restore/request/', '/activity/restore/'));
    await button(approver, 'Approve').click();
    await approver.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await approver.getByText(/Approved by David Moreau/).waitFor();

    await button(page, 'Refresh').click();
    const saved = page.waitForEvent('download');
    await button(page, /^Download \(/).click();
    assert.equal((await saved).suggestedFilename(), 'Restored.zip');
  });

  it('opens the newest copy until a time, and says so of an address that means no moment', async () => {
    const page = await harness.open(`/restore/browse/${grace}/2099-01-01`);
    await page.getByRole('grid', { name: 'What is in this folder' }).getByText('Inbox').waitFor();
    await goTo(page, `/restore/browse/${grace}/yesterday-or-so`);
    await page.getByText('No such moment').waitFor();
    assert.equal(await page.getByText('There is no copy yet').count(), 0);
    await page.getByRole('link', { name: 'Browse the newest copy' }).click();
    await page.getByRole('grid', { name: 'What is in this folder' }).getByText('Inbox').waitFor();
  });

  it('says what one thing was and which folder it went to at whom', async () => {
    const { restores, contentOf } = harness.fixture.tenant;
    const request = restores.find(({ id }) => id === idOf('restore', 'done'));
    assert.ok(request !== undefined && 'items' in request.selection);
    const [chosen] = request.selection.items;
    const name = contentOf(grace).find(({ item }) => item.id === chosen?.itemId)?.item.name ?? '';
    const page = await harness.open(`/restore/request/${request.id}`);
    const facts = page.getByRole('region', { name: 'Request' });
    await facts.getByText(name, { exact: true }).waitFor();
    const place = `New folder Restored ${request.createdAt.slice(0, 10)} at Grace Mwangi`;
    await facts.getByText(place).waitFor();
    await goTo(page, '/activity/restores');
    await page.getByRole('grid', { name: 'Restores' }).getByText(place).waitFor();
  });

  it('stops a running restore only after it said what becomes of what is back already', async () => {
    const counts = { changedByService: 0, keptBoth: 0, replaced: 0, skipped: 0, failed: 0, bytes: 9_000 };
    const id = idOf('restore', 'done');
    harness.fixture.tenant.restores = harness.fixture.tenant.restores.map((request) =>
      request.id === id
        ? {
            ...request,
            state: 'running' as const,
            selection: { resourceId: grace },
            counts: { ...counts, total: 212, restored: 2 },
          }
        : request,
    );
    const page = await harness.open(`/restore/request/${id}`);
    await button(page, 'Stop restore').click();
    const dialog = page.getByRole('dialog', { name: 'Stop this restore?' });
    await dialog.getByText(/items are back already and stay where they are/).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(asked('cancelRestore').length, 0);
    await button(page, 'Stop restore').click();
    await dialog.getByRole('button', { name: 'Stop restore' }).click();
    await page.getByText('Cancelled', { exact: true }).first().waitFor();
    assert.equal(asked('cancelRestore').length, 1);
  });

  it('takes a request back only after it was asked twice', async () => {
    const page = await harness.open(`/restore/request/${idOf('restore', 'waiting')}`, { as: 'ben' });
    await button(page, 'Withdraw').click();
    const dialog = page.getByRole('dialog', { name: 'Withdraw this request?' });
    await dialog.getByText(/Nothing has been restored yet/).waitFor();
    assert.equal(asked('withdrawRestore').length, 0);
    await dialog.getByRole('button', { name: 'Withdraw' }).click();
    await page.getByText('Withdrawn', { exact: true }).first().waitFor();
  });

  it('wants a reason before a request is declined', async () => {
    const page = await harness.open(`/activity/restore/${idOf('restore', 'waiting')}`);
    await button(page, 'Decline').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Decline' }).click();
    await dialog.getByText('Say why').waitFor();
    await dialog.getByRole('textbox').fill('Ask Felix first');
    await dialog.getByRole('button', { name: 'Decline' }).click();
    await page.getByText(/Declined by Anna Lindqvist/).waitFor();
  });
});
