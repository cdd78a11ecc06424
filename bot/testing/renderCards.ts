import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type * as AdaptiveCardsModule from 'adaptivecards';
import type { Card } from '../cards/card.ts';
import { sampleCards } from './sampleCards.ts';

/**
 * Draws every card with the renderer in a real browser and takes pictures, a few cards on each:
 * `node bot/testing/renderCards.ts --browser /usr/bin/chromium [--to docs/images]`.
 */
const { values } = parseArgs({
  options: { browser: { type: 'string' }, to: { type: 'string', default: 'docs/images' } },
});

const pictures: Readonly<Record<string, readonly string[]>> = {
  'cards-help-status': ['help-admin', 'welcome', 'status-tenant', 'status-own', 'welcome-channel', 'no-role'],
  'cards-backup': ['backup-confirm', 'backup-which', 'job-running', 'job-waiting', 'job-ended', 'error'],
  'cards-reports': ['report', 'report-channel', 'digest', 'failures'],
  'cards-find': ['search-result', 'search-which', 'search-nothing', 'search-ask', 'unknown'],
  'cards-restore': [
    'restore-form',
    'restore-check',
    'restore-running',
    'restore-done',
    'restore-undone',
    'restore-download',
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
  body { margin: 0; padding: 24px; background: #f5f5f5; font-family: 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; }
  main { display: grid; grid-template-columns: repeat(2, 480px); gap: 20px; align-items: start; }
  figure { margin: 0; background: #fff; border: 1px solid #e0e0e0; border-radius: 8px; padding: 4px 4px 12px; }
  .ac-pushButton { border: 1px solid #d1d1d1; border-radius: 4px; background: #fff; padding: 6px 12px; font-weight: 600; font-size: 13px; white-space: nowrap; }
  .ac-pushButton.style-positive { background: #5b5fc7; color: #fff; border-color: #5b5fc7; }
  .ac-pushButton.style-destructive { color: #c4314b; border-color: #c4314b; }
  .ac-input { border: 1px solid #d1d1d1; border-radius: 4px; padding: 6px 8px; font-size: 14px; }
`;
const look = {
  fontFamily: "'Segoe UI', 'Helvetica Neue', Arial, sans-serif",
  spacing: { small: 4, default: 8, medium: 12, large: 16, extraLarge: 24, padding: 12 },
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
  const cards = sampleCards();
  mkdirSync(values.to, { recursive: true });
  for (const [name, titles] of Object.entries(pictures)) {
    const page = await browser.newPage({ viewport: { width: 1032, height: 400 } });
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
    await page.screenshot({ path: path.join(values.to, `${name}.png`), fullPage: true });
    await page.close();
  }
} finally {
  await browser.close();
}
