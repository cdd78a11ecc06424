/** The product as people start it, nothing invented: sign in, see the first backup, find a mail, give it back, ask the bot. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { assertSameSet, Flow, PEOPLE } from '../flows/harness.ts';
import type { TenantMessage } from '../flows/tenantControl.ts';
import { launchBrowser } from './browser.ts';
import { goTo } from './harness.ts';

const OWNER = PEOPLE.admin;
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

describe('npm start, with a browser', () => {
  let flow: Flow;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const complaints: string[] = [];

  before(async () => {
    flow = await Flow.start({ tenant: '--seed small --throttle off', withBrowserParts: true });
    browser = await launchBrowser();
    context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: 'en-GB',
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(30_000);
    page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  after(async () => {
    await browser?.close();
    await flow?.product.remove();
  });

  it('signs somebody in through the sign-in page of their organisation, which this browser trusts as it is', async () => {
    const console_ = new URL(flow.api).origin;
    await page.goto(console_);
    await button(page, 'Sign in').click();
    await page.getByRole('heading', { name: 'Pick an account' }).waitFor();
    assert.notEqual(new URL(page.url()).origin, console_);
    await button(page, /Anna Lindqvist/).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    const { origin, search } = new URL(page.url());
    assert.deepEqual([origin, search], [console_, '']);
  });

  it('shows the first backup, from its start to its end', async () => {
    const run = await flow.firstRun();
    assert.equal(run.status, 'complete', run.reason);
    await goTo(page, '/activity');
    const row = page.getByRole('grid', { name: 'Jobs' }).getByRole('row', { name: /Backup: Everything/ });
    await row.getByText('Complete', { exact: true }).waitFor();
    assert.match(await row.innerText(), new RegExp(`${run.counts.stored - run.counts.containers} items`));
  });

  it('finds a mail that is gone, gives it back and says what became of it', async () => {
    const lost = await lastingMail(flow);
    await flow.tenant.post('messages/change', { user: OWNER, id: lost.id, action: 'remove' });
    assert.ok(!(await flow.tenant.messages(OWNER)).some(({ sha256 }) => sha256 === lost.sha256));

    await goTo(page, `/restore?q=${encodeURIComponent(lost.subject)}`);
    const found = page.getByRole('grid', { name: 'What was found' }).getByRole('row', { name: lost.subject });
    // The tick comes once the versions of the item have been read.
    await found.getByRole('checkbox').click();
    await page.getByRole('region', { name: 'Chosen to restore' }).getByText('1 item').waitFor();
    await page.getByRole('link', { name: 'Restore…' }).click();
    await page.getByRole('radio', { name: 'To the original place' }).check();
    await button(page, 'Check').click();
    await button(page, 'Restore 1 item').click();
    await page.getByText('1 item is back.').waitFor();
    const receipt = page.getByRole('grid', { name: 'Results' });
    await receipt.getByText('Restored', { exact: true }).waitFor();
    assert.match(await receipt.innerText(), new RegExp(escaped(lost.subject)));

    const back = (await flow.tenant.messages(OWNER)).filter(({ sha256 }) => sha256 === lost.sha256);
    assertSameSet(
      back.map(({ folder, received, isRead }) => [folder, received, isRead]),
      [[lost.folder, lost.received, lost.isRead]],
    );
  });

  it('answers in the chat beside it', async () => {
    const chat = await context.newPage();
    await chat.goto(flow.chat ?? assert.fail('there is a chat'));
    await chat.getByText('I’m Holdfast').waitFor();
    await chat.getByRole('textbox').first().click();
    await chat.keyboard.type('status');
    await button(chat, 'Send Message').click();
    // The bot knows the person at the keyboard, and that the first backup is over.
    await chat.getByText('Everything is protected.').waitFor();
  });

  it('asked nothing that the contract does not declare, sent nobody mail, and broke no page', async () => {
    assert.deepEqual(await flow.tenant.complaints(), []);
    assert.deepEqual(complaints, []);
  });
});

/** A mail of the owner whose subject nobody else has. */
async function lastingMail(flow: Flow): Promise<TenantMessage> {
  const everybodys = await flow.tenant.messages();
  const { id: owner } = await flow.tenant.user(OWNER);
  const alone = everybodys.find(
    ({ userId, subject }) =>
      userId === owner && subject.length > 8 && everybodys.filter((one) => one.subject.includes(subject)).length === 1,
  );
  assert.ok(alone, 'somebody has a mail of their own');
  return alone;
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
