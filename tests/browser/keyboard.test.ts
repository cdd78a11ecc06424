import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import { resourceId } from './fixture/tenant.ts';
import { useHarness } from './harness.ts';

const harness = useHarness();

const focusedText = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
  });

/** Presses Tab until what has the focus answers to a name. */
async function tabTo(page: Page, name: string | RegExp, most = 60): Promise<void> {
  for (let pressed = 0; pressed < most; pressed += 1) {
    await page.keyboard.press('Tab');
    const text = await focusedText(page);
    if (typeof name === 'string' ? text === name : name.test(text)) return;
  }
  assert.fail(`Tab never came to ${String(name)}`);
}

it('finds a message and brings it back with the keyboard alone', async () => {
  const page = await harness.open('/overview', { as: 'ben' });
  await page.locator('main h1:focus').waitFor();

  // The skip link comes first and leads past the pages.
  for (let pressed = 0; pressed < 10 && (await focusedText(page)) !== 'Skip to content'; pressed += 1)
    await page.keyboard.press('Shift+Tab');
  assert.equal(await focusedText(page), 'Skip to content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');

  await page.keyboard.press('Shift+Tab');
  await page.evaluate(() => document.querySelector<HTMLElement>('nav [role="tab"][aria-selected="true"]')?.focus());
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Restore' }).waitFor();
  await page.locator('main h1:focus').waitFor();

  // `/` goes to the search box, from everywhere but another box.
  await page.keyboard.press('/');
  assert.equal(await focusedText(page), 'Search the backup');
  await page.keyboard.type('invoice');
  await page.keyboard.press('Enter');
  const results = page.getByRole('grid', { name: 'What was found' });
  await results.locator('[data-grid-row]').nth(2).waitFor();

  // The grid is one stop; arrows walk, Space chooses, Shift with an arrow takes the next one too.
  for (let pressed = 0; pressed < 40; pressed += 1) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate(() => document.activeElement?.getAttribute('role'))) === 'row') break;
  }
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-grid-row')), '0');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press(' ');
  await page.keyboard.press('Shift+ArrowDown');
  assert.equal(await results.locator('[aria-selected="true"]').count(), 2);
  await page.getByRole('region', { name: 'Chosen to restore' }).waitFor();
  await page.locator('[role="status"]', { hasText: 'Chosen: 2 items' }).waitFor({ state: 'attached' });

  await tabTo(page, 'Restore…', 200);
  await page.keyboard.press('Enter');
  await page.locator('main h1:focus', { hasText: 'Restore options' }).waitFor();

  // Without a reason the form says so and the focus is where it can be given.
  await tabTo(page, 'Check');
  await page.keyboard.press('Enter');
  await page.getByText('Say why this person').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'TEXTAREA');
  await page.keyboard.type('Deleted by accident');
  await tabTo(page, 'Check');
  await page.keyboard.press('Enter');

  await page.getByRole('button', { name: 'Restore 2 items' }).waitFor();
  await page.locator('main h1').waitFor();
  await tabTo(page, 'Restore 2 items');
  await page.keyboard.press('Enter');
  await page.getByText('2 items are back.').waitFor();
  await page.locator('[role="status"]', { hasText: 'Done' }).waitFor({ state: 'attached' });
  assert.deepEqual(harness.complaints, []);
});

it('walks rows, cells and the ends of a grid with the arrow keys', async () => {
  const page = await harness.open('/protection');
  const row = (at: number) => page.locator(`[data-grid-row="${at}"]`);
  await row(0).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.ok(await row(2).evaluate((element) => element === document.activeElement));
  await page.keyboard.press('ArrowRight');
  assert.ok(
    await row(2).evaluate((element) => element !== document.activeElement && element.contains(document.activeElement)),
  );
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('End');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-grid-row')), '27');
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: /Anna Lindqvist/ }).waitFor();
});

it('walks the calendar by days, weeks and months, and names the days that have copies', async () => {
  const page = await harness.open(`/restore/browse/${resourceId('grace', 'mail')}`);
  await page.getByRole('button', { name: /^Latest:/ }).click();
  const calendar = page.getByRole('grid', { name: 'Days with copies' });
  const current = (): Promise<string> => page.evaluate(() => document.activeElement?.getAttribute('data-day') ?? '');
  await calendar.locator('button[tabindex="0"]').focus();
  const start = await current();
  await page.keyboard.press('ArrowLeft');
  const before = await current();
  assert.equal(Date.parse(start) - Date.parse(before), 86_400_000);
  assert.match(await focusedText(page), /has \d cop(y|ies)|no copy/);
  await page.keyboard.press('PageUp');
  assert.notEqual((await current()).slice(0, 7), before.slice(0, 7));
  await page.keyboard.press('PageDown');
  await page.keyboard.press('Home');
  assert.equal(new Date(await current()).getUTCDay(), 1, 'a week of this place begins on Monday');
  await page.keyboard.press('Escape');
  await calendar.waitFor({ state: 'detached' });
  assert.match(await focusedText(page), /^Latest:/, 'the focus goes back to what opened it');
});

it('opens folders of the tree with the arrow keys', async () => {
  const page = await harness.open(`/restore/browse/${resourceId('grace', 'mail')}`);
  const inbox = page.getByRole('treeitem', { name: 'Inbox' });
  await inbox.waitFor();
  await inbox.focus();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('treeitem', { name: 'Projects' }).waitFor();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: 'Path' }).getByText('Projects').waitFor();
});

it('gives the focus back to the row when the pane of an item is closed', async () => {
  const page = await harness.open(`/restore/browse/${resourceId('grace', 'drive')}`);
  await page.getByRole('treeitem', { name: 'Documents' }).click();
  await page.getByRole('link', { name: 'Budget 2026.xlsx' }).click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await focusedText(page), 'Budget 2026.xlsx');
});
