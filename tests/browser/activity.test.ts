import { AxeBuilder } from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { idOf } from './fixture/ids.ts';
import { personOf } from './fixture/people.ts';
import { goTo, isWiderThanWindow, useHarness } from './harness.ts';

const harness = useHarness();
const waiting = idOf('restore', 'waiting');
const widths = [1280, 720, 320];
const themes = {
  default: { colorScheme: 'light', forcedColors: 'none' },
  dark: { colorScheme: 'dark', forcedColors: 'none' },
  contrast: { colorScheme: 'dark', forcedColors: 'active' },
} as const;

async function findings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode(true)
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    .exclude('[data-tabster-dummy]')
    .analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

/** Goes on with the Tab key alone until something has the focus. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  for (let presses = 0; presses < 80; presses += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail('The Tab key does not get there');
}

const asked = (name: string) => harness.fixture.asked.filter((each) => each.name === name);
const said = (page: Page, words: string | RegExp) => page.getByRole('status').getByText(words).waitFor();

/** A run of the fixture in another state. */
function changeRun(at: number, change: Partial<(typeof harness.fixture.tenant.runs)[number]>): string {
  const run = harness.fixture.tenant.runs[at];
  assert.ok(run);
  harness.fixture.tenant.runs[at] = { ...run, ...change };
  return run.id;
}

it('approves a request by keys alone, and says so', async () => {
  const page = await harness.open('/activity/approvals');
  const card = page.getByRole('article', { name: /Ben Okafor asks: Download of 3 items/ });
  await card.getByText('Felix is on leave and Finance needs the signed contract today.').waitFor();
  await card.getByText('Felix Bauer').waitFor();
  await tabTo(page, card.getByRole('button', { name: 'Approve' }));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await tabTo(page, dialog.getByRole('button', { name: 'Approve' }));
  await page.keyboard.press('Enter');
  await said(page, /You approved it/);
  await page.waitForFunction(() => document.activeElement?.textContent?.includes('You approved it'));
  assert.equal(asked('approveRestore').length, 1);
  assert.equal(harness.fixture.tenant.restores.find(({ id }) => id === waiting)?.state, 'approved');
  assert.deepEqual(await findings(page), []);
});

it('names those whose data it is to an approver who may look nobody up', async () => {
  const page = await harness.open('/activity/approvals', { as: 'david' });
  const card = page.getByRole('article', { name: /Ben Okafor asks/ });
  await card.getByText('Felix Bauer (felix@demo.example)').waitFor();
  await card.getByRole('link', { name: /^Details/ }).click();
  await page.getByRole('region', { name: 'Request' }).getByText('Felix Bauer (felix@demo.example)').waitFor();
  await goTo(page, `/activity/restore/${idOf('restore', 'declined')}`);
  await page.getByRole('region', { name: 'Request' }).getByText('Jonas Åberg', { exact: true }).waitFor();
  assert.equal(await page.getByText(/Somebody \(/).count(), 0);
});

it('wants a reason before it declines, and sends it', async () => {
  const page = await harness.open('/activity/approvals');
  await tabTo(page, page.getByRole('button', { name: 'Decline…' }));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  const reason = dialog.getByRole('textbox', { name: 'Reason' });
  await tabTo(page, dialog.getByRole('button', { name: 'Decline' }));
  await page.keyboard.press('Enter');
  await dialog.getByText('Say why, so that the asker knows what to do.').waitFor();
  assert.equal(await reason.getAttribute('aria-invalid'), 'true');
  assert.equal(asked('declineRestore').length, 0);
  await tabTo(page, reason);
  await page.keyboard.type('Please wait until Felix is back.');
  await tabTo(page, dialog.getByRole('button', { name: 'Decline' }));
  await page.keyboard.press('Enter');
  await said(page, /You declined it/);
  assert.deepEqual(asked('declineRestore').at(0)?.body, { reason: 'Please wait until Felix is back.' });
});

it('shows who was quicker when a decision comes too late', async () => {
  const page = await harness.open('/activity/approvals');
  await page.getByRole('button', { name: 'Approve' }).click();
  const david = personOf('david');
  harness.fixture.trouble.set('approveRestore', { kind: 'problem', status: 409, detail: 'It is approved already.' });
  harness.fixture.tenant.restores = harness.fixture.tenant.restores.map((request) =>
    request.id === waiting
      ? {
          ...request,
          state: 'approved',
          decision: { by: david.id, name: david.name, at: new Date().toISOString(), approved: true },
        }
      : request,
  );
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await page
    .getByRole('article')
    .getByText(/Already approved by David Moreau at/)
    .waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
});

it('takes an own request back, and never offers to decide it', async () => {
  const page = await harness.open('/activity/approvals', { as: 'ben' });
  const card = page.getByRole('article', { name: /Ben Okafor asks/ });
  assert.equal(await page.getByRole('button', { name: 'Approve' }).count(), 0);
  await card.getByRole('button', { name: 'Withdraw' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
  await said(page, 'The request is withdrawn');
  await page.getByText('None of your requests waits for a second person').waitFor();
  assert.equal(asked('withdrawRestore').length, 1);
});

it('stops a backup only after it was asked for twice', async () => {
  const run = harness.fixture.tenant.runs[0]?.id ?? '';
  const page = await harness.open(`/activity/run/${run}`);
  const stop = page.getByRole('button', { name: 'Stop backup' });
  await stop.click();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(asked('cancelRun').length, 0);
  // Back at its opener.
  await page.waitForFunction(() => document.activeElement?.textContent === 'Stop backup');
  await stop.click();
  await page
    .getByRole('dialog')
    .getByText(/What is stored stays/)
    .waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Stop backup' }).click();
  await page.getByText('Cancelling').first().waitFor();
  assert.equal(asked('cancelRun').length, 1);
  assert.equal(await stop.count(), 0);
});

it('offers nothing that changes a run to people who only look on', async () => {
  const page = await harness.open(`/activity/run/${harness.fixture.tenant.runs[0]?.id ?? ''}`, { as: 'clara' });
  await page.getByRole('button', { name: 'Report as CSV' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Stop backup' }).count(), 0);
});

it('says in words that every item is accounted for, and when one is not', async () => {
  const page = await harness.open(`/activity/run/${harness.fixture.tenant.runs[0]?.id ?? ''}`);
  const balance = page.getByRole('region', { name: 'What became of the items' });
  await balance
    .getByText(/2,634 new or changed items in 211 folders: 1,689 are in the copy, 5 could not be kept/)
    .waitFor();
  await balance.getByText('All of them are accounted for.').waitFor();
  const counts = harness.fixture.tenant.runs[0]?.counts;
  assert.ok(counts);
  changeRun(0, { counts: { ...counts, listed: counts.listed + 2 } });
  await balance.getByText('2 of them are not accounted for. Please report this.').waitFor();
});

it('follows a run while it is under way: counts, bar, time, every quarter and the end', async () => {
  const counts = harness.fixture.tenant.runs[0]?.counts;
  assert.ok(counts);
  const all = { ...counts, listed: 2_000, reused: 0, skipped: 0, failed: 0, vanished: 0, outOfScope: 0, containers: 0 };
  const until = (stored: number, leftMs: number) =>
    changeRun(0, {
      state: 'running',
      counts: { ...all, stored, pending: 2_000 - stored },
      eta: new Date(Date.now() + leftMs).toISOString(),
    });
  const id = until(220, 3_600_000);
  const page = await harness.open(`/activity/run/${id}`);
  const standing = page.getByRole('region', { name: 'How it stands' });
  const bar = standing.getByRole('progressbar');
  const balance = page.getByRole('region', { name: 'What became of the items' });
  const looks = async (percent: number, left: string): Promise<void> => {
    await standing.getByText(new RegExp(`^${percent}\\s?%, ${left} to come`)).waitFor();
    assert.equal(Math.round(Number(await bar.getAttribute('aria-valuenow')) * 100), percent);
  };
  await looks(11, '1,780');
  const ready = standing.getByText('Ready at about').locator('xpath=following-sibling::*');
  const before = await ready.innerText();
  for (const [stored, percent, quarter] of [
    [540, 27, 25],
    [1_040, 52, 50],
    [1_540, 77, 75],
  ] as const) {
    until(stored, 7_200_000);
    await said(page, new RegExp(`^${quarter}\\s?% done`));
    await looks(percent, (2_000 - stored).toLocaleString('en'));
    await balance.getByText(stored.toLocaleString('en'), { exact: true }).first().waitFor();
  }
  assert.notEqual(await ready.innerText(), before);
  const at = new Date().toISOString();
  changeRun(0, {
    state: 'completed',
    status: 'complete',
    finishedAt: at,
    counts: { ...all, stored: 2_000, pending: 0 },
  });
  await said(page, 'Now: Complete');
  assert.equal(await bar.count(), 0);
});

it('tells a wait for Microsoft 365 with its end, and never as a failure', async () => {
  const resumesAt = new Date(Date.now() + 240_000).toISOString();
  changeRun(0, { state: 'waiting', resumesAt });
  const page = await harness.open('/activity');
  const row = page.getByRole('row').filter({ hasText: 'Waiting' });
  await row.getByText(/for Microsoft 365, next try \d/).waitFor();
  await row.getByRole('link').click();
  await page.getByText('that is no failure.', { exact: false }).first().waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
});

it('tells a wait for storage as what it is, with its reason and the next try', async () => {
  const at = new Date().toISOString();
  const id = changeRun(0, {
    state: 'waiting',
    waitsSince: at,
    resumesAt: new Date(Date.now() + 240_000).toISOString(),
    reason: 'Storage: the key does not answer',
  });
  const page = await harness.open(`/activity/run/${id}`);
  await page
    .getByText(/^Storage is in trouble just now\. It goes on by itself, next try \d.*that is no failure\.$/)
    .waitFor();
  await page.getByText(/^for storage: Storage: the key does not answer · since \d.*next try \d/).waitFor();
});

it('opens a run by its id alone, as cards in chats name it', async () => {
  const page = await harness.open(`/activity/${harness.fixture.tenant.runs[2]?.id ?? ''}`);
  await page.getByRole('heading', { level: 1, name: /^Backup of/ }).waitFor();
  await page.getByRole('tab', { name: 'Failed (4)', selected: true }).waitFor();
  await page.getByText('Microsoft 365 answers 500 for this item. It is tried again in the next run. (4)').waitFor();
});

it('saves what became of every item as a file that no spreadsheet runs', async () => {
  const run = harness.fixture.tenant.runs[2];
  assert.ok(run);
  const known = harness.fixture.tenant.ledgerOf;
  Object.assign(harness.fixture.tenant, {
    ledgerOf: (of: typeof run) =>
      known(of).map((entry, at) => (at === 0 ? { ...entry, name: '=HYPERLINK("http://x")' } : entry)),
  });
  const page = await harness.open(`/activity/run/${run.id}`);
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Report as CSV' }).click();
  const lines = (await readFile(await (await saving).path(), 'utf8')).trim().split('\r\n');
  assert.equal(lines.length, 1 + 4 + 96);
  assert.match(lines[1] ?? '', /^failed,.*"'=HYPERLINK/);
});

it('shows members their own restores and no jobs', async () => {
  const page = await harness.open('/activity', { as: 'grace' });
  await page.getByRole('tab', { name: 'Restores' }).waitFor();
  assert.equal(await page.getByRole('tab', { name: 'Jobs' }).count(), 0);
  await page.getByText('Nothing has been restored yet').waitFor();
  assert.equal(asked('listRuns').length, 0);
  await goTo(page, `/activity/run/${harness.fixture.tenant.runs[0]?.id ?? ''}`);
  await page.getByText("You can't see this with your role").waitFor();
});

it('keeps what it read when a later look fails, and says so', async () => {
  const page = await harness.open('/activity');
  await page.getByRole('grid', { name: 'Jobs' }).waitFor();
  harness.fixture.trouble.set('listRuns', { kind: 'problem', status: 503, detail: 'The storage does not answer.' });
  await page.getByRole('alert').getByText('The storage does not answer.').waitFor();
  await page.getByRole('grid', { name: 'Jobs' }).waitFor();
  harness.fixture.trouble.clear();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('alert').waitFor({ state: 'detached' });
});

it('fits every theme and width in states that other tests do not show', async () => {
  const page = await harness.open('/activity');
  const wrong: string[] = [];
  const stalled = changeRun(0, { state: 'stalled' });
  const addresses = [`/activity/run/${stalled}`, '/activity?state=verifying'];
  for (const address of addresses) {
    await goTo(page, address);
    await page
      .getByText(/Stalled|Nothing matches/)
      .first()
      .waitFor();
    for (const [theme, media] of Object.entries(themes)) {
      await page.emulateMedia({ ...media, reducedMotion: 'reduce' });
      for (const width of widths) {
        await page.setViewportSize({ width, height: 800 });
        if (await isWiderThanWindow(page)) wrong.push(`${address}, ${width}: wider than the window`);
        wrong.push(...(await findings(page)).map((finding) => `${address}, ${theme}, ${width}: ${finding}`));
      }
    }
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual(harness.complaints, []);
});

it('undoes a restore and shows what it removed', async () => {
  const page = await harness.open(`/activity/restore/${idOf('restore', 'done')}`);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
  await page.getByText(/13 items were removed/).waitFor();
  assert.equal(asked('undoRestore').length, 1);
  assert.equal(await page.getByRole('button', { name: 'Undo' }).count(), 0);
});

it('saves a finished download under its own name', async () => {
  harness.fixture.tenant.restores = harness.fixture.tenant.restores.map((request) =>
    request.id === waiting ? { ...request, state: 'approved' } : request,
  );
  const page = await harness.open(`/activity/restore/${waiting}`, { as: 'ben' });
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: /^Download \(/ }).click({ timeout: 20_000 });
  assert.equal((await saving).suggestedFilename(), 'Restored.zip');
  await page.getByRole('button', { name: /^Download \(/ }).waitFor({ state: 'detached' });
  await page.getByText('The download was taken').waitFor();
  await page.getByText(/Its link worked once/).waitFor();
  const results = page.getByRole('grid', { name: 'Results' });
  await results.getByText('Packed', { exact: true }).first().waitFor();
  assert.equal(await results.getByText('Restored', { exact: true }).count(), 0);
  await page.getByRole('button', { name: 'Ask for it again' }).click();
  await page.waitForURL((url) => url.pathname.startsWith('/restore/request/') && !url.pathname.endsWith(waiting));
  const order = asked('createRestore')[0]?.body as { readonly destination: unknown } | undefined;
  assert.deepEqual(order?.destination, { kind: 'download', format: 'zip' });
});

it('counts the items of a run without their folders, on every page alike', async () => {
  const run = harness.fixture.tenant.runs[1];
  assert.ok(run);
  changeRun(1, {
    status: 'complete',
    counts: { ...run.counts, listed: 1_283, stored: 1_283, skipped: 0, vanished: 0, containers: 671 },
  });
  const page = await harness.open('/overview');
  await page.getByRole('region', { name: 'Recent activity' }).getByText('612 items in 671 folders').waitFor();
  await goTo(page, '/activity');
  await page.getByRole('row').getByText('612 items in 671 folders').waitFor();
  await goTo(page, `/activity/run/${run.id}`);
  await page.getByText(/reported 612 new or changed items in 671 folders: 612 are in the copy/).waitFor();
});

it('says what a restore waits for, offers to go on after a failure, and shows how far an undo has come', async () => {
  const id = idOf('restore', 'done');
  const at = new Date().toISOString();
  const change = (more: Partial<(typeof harness.fixture.tenant.restores)[number]>): void => {
    harness.fixture.tenant.restores = harness.fixture.tenant.restores.map((request) => {
      if (request.id !== id) return request;
      const changed = { ...request, ...more };
      if (more.delayed === undefined) delete changed.delayed;
      return changed;
    });
  };
  change({
    state: 'waiting',
    delayed: { reason: 'Microsoft 365 asks to wait.', since: at, retryAt: at, givesUpAt: at },
  });
  const page = await harness.open(`/activity/restore/${id}`);
  await page.getByText(/Microsoft 365 asks to wait\. It tries again at \d/).waitFor();
  change({ state: 'failed', goesOn: 'run', trouble: 'The storage did not answer.' });
  await page.getByRole('button', { name: 'Refresh' }).click();
  await page.getByText(/nothing comes back twice/).waitFor();
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('Running', { exact: true }).first().waitFor();
  assert.equal(asked('runRestore').length, 1);
  change({ state: 'done', undo: { state: 'running', startedAt: at, removed: 4, kept: 0 } });
  await page.getByText(/being taken back; 4 items are removed so far/).waitFor();
});

it('says of each size what it counts', async () => {
  const page = await harness.open('/overview');
  await page.getByRole('link', { name: 'Protected data' }).focus();
  await page.getByText(/^Plain size of everything in the newest copies/).waitFor();
  await goTo(page, '/activity');
  await page.getByText(/^New data: Added to storage by the run/).waitFor();
  await goTo(page, `/activity/run/${harness.fixture.tenant.runs[0]?.id ?? ''}`);
  await page.getByText('Fetched from Microsoft 365 by the run', { exact: true }).waitFor();
  await page.getByText(/^Added to storage by the run/).waitFor();
});
