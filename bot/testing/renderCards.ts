import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type * as AdaptiveCardsModule from 'adaptivecards';
import type { Card } from '../cards/card.ts';
import { sampleCards } from './sampleCards.ts';
import { oddNames } from './sampleNames.ts';

/**
 * Draws every card with the renderer in a real browser and takes pictures, a few cards on each:
 * `node bot/testing/renderCards.ts --browser /usr/bin/chromium [--to docs/images] [--names long] [--theme dark] [--width 300] [--locale de]`.
 * Says which card is wider than its place.
 */
const { values } = parseArgs({
  options: {
    browser: { type: 'string' },
    to: { type: 'string', default: 'docs/images' },
    names: { type: 'string' },
    theme: { type: 'string', default: 'light' },
    width: { type: 'string', default: '480' },
    locale: { type: 'string', default: 'en' },
  },
});
const names = Object.entries(oddNames).find(([name]) => name === values.names)?.[1];
const isDark = values.theme === 'dark';
const width = Number(values.width);

const pictures: Readonly<Record<string, readonly string[]>> = {
  'cards-help-status': [
    'help-admin',
    'welcome',
    'status-tenant',
    'status-quiet',
    'status-own',
    'welcome-channel',
    'no-role',
  ],
  'cards-backup': ['backup-confirm', 'backup-which', 'job-running', 'job-waiting', 'job-ended', 'error'],
  'cards-reports': [
    'report',
    'report-fixed',
    'report-channel',
    'digest',
    'failures',
    'snooze',
    'snoozed',
    'report-still',
    'digest-left',
    'owner',
    'failures-none',
  ],
  'cards-coverage': [
    'coverage',
    'coverage-channel',
    'notifications',
    'notifications-channel',
    'notifications-member',
    'coverage-none',
  ],
  'cards-find': ['search-result', 'search-which', 'search-nothing', 'search-ask', 'unknown', 'welcome-not-enabled'],
  'cards-restore': [
    'restore-form',
    'restore-check',
    'restore-running',
    'restore-done',
    'restore-undone',
    'restore-download',
    'restore-check-approval',
    'restore-check-alone',
    'restore-failed',
  ],
  'cards-alarms': [
    'alarm-paused',
    'alarm-paused-channel',
    'alarm-paused-over',
    'alarm-paused-still',
    'alarm-last-copy',
    'alarm-listing',
    'alarm-clock',
    'alarm-refused',
    'alarm-drill',
    'alarm-damage',
    'alarm-key',
    'alarm-key-over',
    'alarm-snooze',
    'alarm-snoozed',
  ],
  'cards-changes': [
    'change-shorter',
    'change-own',
    'change-hold',
    'change-keys',
    'change-approved',
    'change-alone',
    'change-withdrawn',
    'change-void',
    'approval-list-changes',
  ],
  'cards-approvals': [
    'approval-base',
    'approval-decide',
    'approval-late',
    'approval-declined',
    'restore-waiting',
    'approval-list',
  ],
};

const renderer = readFileSync(
  createRequire(import.meta.url).resolve('adaptivecards/dist/adaptivecards.min.js'),
  'utf8',
);
const style = `
  body { margin: 0; padding: 24px; background: ${isDark ? '#1f1f1f' : '#f5f5f5'}; font-family: 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; }
  main { display: grid; grid-template-columns: repeat(2, ${width}px); gap: 20px; align-items: start; }
  figure { margin: 0; background: ${isDark ? '#292929' : '#fff'}; border: 1px solid ${isDark ? '#3d3d3d' : '#e0e0e0'}; border-radius: 8px; padding: 4px 4px 12px; }
  .ac-pushButton { border: 1px solid #d1d1d1; border-radius: 4px; background: ${isDark ? '#292929' : '#fff'}; color: ${isDark ? '#fff' : '#242424'}; padding: 6px 12px; font-weight: 600; font-size: 13px; white-space: nowrap; }
  .ac-pushButton.style-positive { background: #5b5fc7; color: #fff; border-color: #5b5fc7; }
  .ac-pushButton.style-destructive { color: #c4314b; border-color: #c4314b; }
  .ac-actionSet > div, .ac-actionSet { flex-wrap: wrap; row-gap: 8px; }
  .ac-input { background: ${isDark ? '#1f1f1f' : '#fff'}; color: ${isDark ? '#fff' : '#242424'}; border: 1px solid #d1d1d1; border-radius: 4px; padding: 6px 8px; font-size: 14px; }
`;
const look = {
  fontFamily: "'Segoe UI', 'Helvetica Neue', Arial, sans-serif",
  spacing: { small: 4, default: 8, medium: 12, large: 16, extraLarge: 24, padding: 12 },
  ...(isDark
    ? {
        containerStyles: {
          default: {
            backgroundColor: '#292929',
            foregroundColors: { default: { default: '#ffffff', subtle: '#adadad' } },
          },
        },
      }
    : {}),
  actions: { actionsOrientation: 'horizontal', actionAlignment: 'left', buttonSpacing: 8, maxActions: 6 },
};

/** Markdown is not drawn here; what escapes it is taken away, as Teams does. */
const withoutEscapes = (card: Card): Card =>
  JSON.parse(JSON.stringify(card), (key, value: unknown) =>
    typeof value === 'string' && key !== 'data' ? value.replaceAll(/\\([\\`*_{}[\]()#+!|<>~.-])/g, '$1') : value,
  ) as Card;

const { chromium } = await import('playwright-core');
const browser = await chromium.launch(values.browser === undefined ? {} : { executablePath: values.browser });
try {
  const cards = sampleCards(names, values.locale);
  mkdirSync(values.to, { recursive: true });
  for (const [name, titles] of Object.entries(pictures)) {
    const page = await browser.newPage({ viewport: { width: 2 * width + 72, height: 400 } });
    await page.setContent(`<style>${style}</style><main></main>`);
    await page.addScriptTag({ content: renderer });
    await page.evaluate(
      ({ shown, hostConfig }) => {
        const main = document.querySelector('main');
        const { AdaptiveCards } = globalThis as unknown as {
          AdaptiveCards: typeof AdaptiveCardsModule;
        };
        for (const each of shown) {
          const card = new AdaptiveCards.AdaptiveCard();
          card.hostConfig = new AdaptiveCards.HostConfig(hostConfig);
          card.parse(each);
          const figure = document.createElement('figure');
          const drawn = card.render();
          if (drawn !== undefined) figure.append(drawn);
          main?.append(figure);
        }
      },
      { shown: titles.map((title) => withoutEscapes(cards[title] ?? ({} as Card))), hostConfig: look },
    );
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('figure')].flatMap((figure, index) =>
        [...figure.querySelectorAll('*')].some((part) => part.scrollWidth > figure.clientWidth) ? [index] : [],
      ),
    );
    for (const index of wide) console.log(`${name}: ${titles[index] ?? ''} is wider than its place`);
    await page.screenshot({ path: path.join(values.to, `${name}.png`), fullPage: true });
    await page.close();
  }
} finally {
  await browser.close();
}
