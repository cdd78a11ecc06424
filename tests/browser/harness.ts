import { after, before, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { builtConsole } from './consoleBuild.ts';
import { startFixture } from './fixture/server.ts';
import type { Fixture } from './fixture/server.ts';

export interface Harness {
  readonly fixture: Fixture;
  readonly browser: Browser;
  /** What pages said on their consoles that is no good news. */
  readonly complaints: string[];
  /** A signed-in page at an address; `as` is an alias of the fixture's people. */
  open(address: string, how?: Opening): Promise<Page>;
}

interface Opening {
  readonly as?: string;
  readonly width?: number;
  readonly locale?: string;
  readonly signIn?: boolean;
  /** Before the page loads. */
  readonly prepare?: (page: Page) => Promise<void>;
}

/** Not the console's: no way into the web from here, and answers that a test asked for. What the policy stops is one. */
const expected = /Failed to load resource|net::ERR_/;

/** One browser and one fixture server for the tests of a file; every test begins with a fresh tenant. */
export function useHarness(): Harness {
  let fixture: Fixture | undefined;
  let browser: Browser | undefined;
  const contexts: BrowserContext[] = [];
  const complaints: string[] = [];

  const closePages = async (): Promise<void> => {
    for (const context of contexts.splice(0)) {
      // What a page still asks for when its test is over is nobody's any more.
      await Promise.all(context.pages().map((page) => page.unrouteAll({ behavior: 'ignoreErrors' })));
      await context.close();
    }
  };
  before(async () => {
    fixture = await startFixture(await builtConsole());
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    await closePages();
    fixture?.reset();
    complaints.length = 0;
  });
  after(async () => {
    await closePages();
    await browser?.close();
    await fixture?.close();
    assert.deepEqual(fixture?.violations, [], 'every request and answer keeps to the contract');
  });

  return {
    get fixture() {
      assert.ok(fixture, 'the fixture runs');
      return fixture;
    },
    get browser() {
      assert.ok(browser, 'the browser runs');
      return browser;
    },
    complaints,
    async open(address, { as = 'anna', width = 1280, locale = 'en-GB', signIn = true, prepare } = {}) {
      this.fixture.signsIn = as;
      const context = await this.browser.newContext({
        viewport: { width, height: 800 },
        locale,
        timezoneId: 'Europe/Berlin',
        reducedMotion: 'reduce',
        acceptDownloads: true,
      });
      contexts.push(context);
      context.setDefaultTimeout(20_000);
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(`page error: ${error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error' && !expected.test(message.text())) complaints.push(message.text());
      });
      await prepare?.(page);
      await page.goto(this.fixture.address + address);
      if (signIn) {
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.locator('main h1').waitFor();
      }
      return page;
    },
  };
}

/** Goes to another place the way a link inside the console does, without loading the page anew. */
export const goTo = (page: Page, address: string): Promise<void> =>
  page.evaluate((to) => {
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  }, address);

export const isWiderThanWindow = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
