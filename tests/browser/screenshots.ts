/**
 * `node tests/browser/screenshots.ts` writes docs/images: the console over invented data, in its themes and widths.
 * `--address http://localhost:7071 --as "Anna Lindqvist" --prefix demo-` does the same with a running start.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { builtConsole } from './consoleBuild.ts';
import { startFixture } from './fixture/server.ts';
import type { Fixture } from './fixture/server.ts';

const folder = path.resolve(import.meta.dirname, '../../docs/images');
const { values } = parseArgs({
  options: {
    address: { type: 'string' },
    as: { type: 'string', default: 'Anna Lindqvist' },
    prefix: { type: 'string', default: 'console-' },
  },
});

type Theme = 'light' | 'dark' | 'contrast';

interface Scene {
  readonly name: string;
  readonly address: string;
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  /** Of the fixture's people. */
  readonly as?: string;
  readonly act?: (page: Page) => Promise<unknown>;
}

const openInbox = async (page: Page): Promise<void> => {
  await page
    .getByRole('link', { name: /^Browse Mail of (Grace|Felix)/ })
    .first()
    .click();
  await page.getByRole('treeitem', { name: /Inbox|Posteingang/ }).click();
  await page.locator('[data-grid-row="3"]').waitFor();
};
const chooseTwo = async (page: Page): Promise<void> => {
  await openInbox(page);
  for (const row of [2, 3]) await page.locator(`[data-grid-row="${row}"]`).getByRole('checkbox').check();
};
const check = async (page: Page): Promise<void> => {
  await chooseTwo(page);
  await page.getByRole('link', { name: 'Restore…' }).click();
  await page.getByRole('textbox', { name: /Reason/ }).fill('Deleted by accident');
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByRole('button', { name: /^Restore \d/ }).waitFor();
};

const scenes: readonly Scene[] = [
  { name: 'overview', address: '/overview', height: 900 },
  { name: 'overview-dark', address: '/overview', theme: 'dark', height: 900 },
  { name: 'overview-contrast', address: '/overview', theme: 'contrast', height: 900 },
  { name: 'overview-narrow', address: '/overview', width: 360 },
  { name: 'my-data-narrow', address: '/overview', width: 360, as: 'grace' },
  { name: 'protection', address: '/protection' },
  { name: 'protection-narrow-dark', address: '/protection', width: 360, theme: 'dark' },
  { name: 'policies', address: '/protection/policies' },
  { name: 'find', address: '/restore?q=offer' },
  {
    name: 'point-in-time',
    address: '/restore',
    act: async (page) => {
      await openInbox(page);
      await page.getByRole('button', { name: /^Latest:/ }).click();
    },
  },
  { name: 'choose', address: '/restore', act: chooseTwo },
  {
    name: 'item',
    address: '/restore',
    act: async (page) => {
      await openInbox(page);
      await page.locator('[data-grid-row="3"]').getByRole('link').click();
      await page.getByRole('button', { name: 'Show content' }).click();
      await page.locator('iframe, pre').waitFor();
    },
  },
  { name: 'check', address: '/restore', act: check },
  {
    name: 'restored',
    address: '/restore',
    act: async (page) => {
      await check(page);
      await page.getByRole('button', { name: /^Restore \d/ }).click();
      await page.getByText(/items are back/).waitFor();
    },
  },
  {
    name: 'backup',
    address: '/activity',
    act: (page) => page.locator('[data-grid-row="1"]').getByRole('link').first().click(),
  },
  { name: 'approvals', address: '/activity/approvals' },
];

async function shoot(browser: Browser, address: string, scene: Scene, fixture: Fixture | undefined): Promise<void> {
  const { name, theme = 'light', width = 1280, height = 800 } = scene;
  fixture?.reset();
  if (fixture !== undefined && scene.as !== undefined) fixture.signsIn = scene.as;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme === 'light' ? 'light' : 'dark',
    forcedColors: theme === 'contrast' ? 'active' : 'none',
    reducedMotion: 'reduce',
    locale: 'en-GB',
  });
  const page = await context.newPage();
  await page.goto(address + scene.address);
  await page.getByRole('button', { name: 'Sign in' }).click();
  if (fixture === undefined) await page.getByRole('button', { name: values.as }).click();
  await page.locator('main h1').waitFor();
  await settled(page);
  await scene.act?.(page);
  await settled(page);
  await page.screenshot({ path: path.join(folder, `${values.prefix}${name}.png`) });
  await context.close();
}

/** Nothing is being read any more and nothing waits for it. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.locator('[aria-busy]').waitFor({ state: 'detached' });
}

mkdirSync(folder, { recursive: true });
const fixture = values.address === undefined ? await startFixture(await builtConsole()) : undefined;
const browser = await launchBrowser();
try {
  for (const scene of scenes) {
    if (fixture === undefined && scene.as !== undefined) continue;
    await shoot(browser, values.address ?? fixture?.address ?? '', scene, fixture);
    console.log(`docs/images/${values.prefix}${scene.name}.png`);
  }
} finally {
  await browser.close();
  await fixture?.close();
}
