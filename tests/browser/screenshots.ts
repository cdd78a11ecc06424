/**
 * `node tests/browser/screenshots.ts --address http://localhost:7071 --as "…"` writes docs/images: a running start, in the
 * console's themes and widths. Without an address it shows the invented data of the tests, for working on the console;
 * `--folder` says where to, names of scenes which.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { builtConsole } from './consoleBuild.ts';
import { startFixture } from './fixture/server.ts';
import type { Fixture } from './fixture/server.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    address: { type: 'string' },
    as: { type: 'string', default: 'Anna Lindqvist' },
    find: { type: 'string', default: 'invoice' },
    browse: { type: 'string', default: 'Grace' },
    folder: { type: 'string', default: path.resolve(import.meta.dirname, '../../docs/images') },
  },
});
const { folder } = values;
const narrow = { width: 400, height: 860 };

type Theme = 'light' | 'dark' | 'contrast';

interface Scene {
  readonly name: string;
  readonly address: string;
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  readonly act?: (page: Page) => Promise<unknown>;
}

const openInbox = async (page: Page): Promise<void> => {
  await page
    .getByRole('link', { name: new RegExp(`^Browse Mail of ${values.browse}`) })
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
  { name: 'overview-light', address: '/overview' },
  { name: 'overview-dark', address: '/overview', theme: 'dark' },
  { name: 'overview-contrast', address: '/overview', theme: 'contrast' },
  { name: 'overview-narrow', address: '/overview', ...narrow },
  { name: 'protection-light', address: '/protection' },
  { name: 'protection-narrow', address: '/protection', theme: 'dark', ...narrow },
  {
    name: 'resource',
    address: '/protection',
    act: async (page) => {
      await page.locator('[data-grid-row="0"]').getByRole('link').first().click();
      await page.getByRole('region', { name: 'Copies' }).getByRole('link').first().waitFor();
    },
  },
  { name: 'policies', address: '/protection/policies' },
  { name: 'restore-light', address: `/restore?q=${values.find}` },
  { name: 'restore-narrow', address: `/restore?q=${values.find}`, ...narrow },
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
      await page.locator('[data-grid-row="2"]').getByRole('link').click();
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
    act: async (page) => {
      await page.locator('[data-grid-row="0"]').getByRole('link').first().click();
      for (const name of ['Resources', 'Items and folders'])
        await page.getByRole('grid', { name }).locator('[data-grid-row="0"]').waitFor();
    },
  },
  {
    name: 'resource-held',
    address: '/protection?q=Felix',
    act: async (page) => {
      await page.locator('[data-grid-row]', { hasText: 'OneDrive' }).getByRole('link').first().click();
      await page.getByRole('region', { name: 'Copies' }).getByRole('link').first().waitFor();
    },
  },
  ...(['light', 'dark', 'contrast', 'narrow'] as const).map((look): Scene => ({
    name: `resource-damaged-${look}`,
    address: '/protection?q=Grace',
    ...(look === 'narrow' ? narrow : { theme: look }),
    act: async (page) => {
      await page
        .getByText(/items? damaged/)
        .first()
        .waitFor();
      await page.locator('[data-grid-row]', { hasText: 'damaged' }).getByRole('link').first().click();
      await page.getByRole('region', { name: /damaged item/ }).scrollIntoViewIfNeeded();
    },
  })),
  { name: 'protection-held', address: '/protection?q=Felix' },
  {
    name: 'policy-shorter',
    address: '/protection/policies',
    act: async (page) => {
      await page
        .getByRole('link', { name: /^Edit / })
        .first()
        .click();
      await page.getByLabel('Daily copies').fill('7');
      const loss = page.getByRole('region', { name: 'What would go' });
      await loss.getByRole('listitem').first().waitFor();
      await loss.scrollIntoViewIfNeeded();
    },
  },
  { name: 'approvals', address: '/activity/approvals' },
  {
    name: 'hold',
    address: '/manage/holds',
    act: (page) => page.getByRole('button', { name: 'Place on hold…' }).click(),
  },
  ...[
    '',
    '/health',
    '/holds',
    '/keys',
    '/verification',
    '/drills',
    '/cleanup',
    '/access',
    '/notifications',
    '/reports',
    '/audit',
  ].flatMap((place): readonly Scene[] => {
    const name = `manage${place.replace('/', '-')}`;
    const address = `/manage${place}`;
    return [
      { name: `${name}-light`, address },
      { name: `${name}-dark`, address, theme: 'dark' },
      { name: `${name}-contrast`, address, theme: 'contrast' },
      { name: `${name}-narrow`, address, ...narrow },
    ];
  }),
  {
    name: 'verification',
    address: '/manage/verification',
    act: async (page) => {
      await page
        .getByRole('row', { name: /damaged|Nothing wrong/ })
        .first()
        .getByRole('link')
        .click();
      await page.getByRole('heading', { level: 2, name: /What was found|damaged/ }).waitFor();
    },
  },
  {
    name: 'drill',
    address: '/manage/drills',
    act: async (page) => {
      await page.locator('[data-grid-row="0"]').getByRole('link').click();
      const first = page.getByRole('grid', { name: 'Evidence' }).locator('[data-grid-row="0"]');
      await first.getByText(/Mail|OneDrive/).waitFor();
    },
  },
  { name: 'activity-light', address: '/activity' },
  { name: 'activity-narrow', address: '/activity', ...narrow },
];

async function shoot(browser: Browser, address: string, scene: Scene, fixture: Fixture | undefined): Promise<void> {
  const { name, theme = 'light', width = 1440, height = 900 } = scene;
  fixture?.reset();
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
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
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
  for (const scene of scenes.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
    await shoot(browser, values.address ?? fixture?.address ?? '', scene, fixture);
    console.log(path.join(folder, `${scene.name}.png`));
  }
} finally {
  await browser.close();
  await fixture?.close();
}
