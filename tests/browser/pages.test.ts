import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import { axeFindings } from './axe.ts';
import { goTo, isWiderThanWindow, useHarness } from './harness.ts';
import { placeNames, places } from './places.ts';

const harness = useHarness();
const themes = {
  default: { colorScheme: 'light', forcedColors: 'none' },
  dark: { colorScheme: 'dark', forcedColors: 'none' },
  contrast: { colorScheme: 'dark', forcedColors: 'active' },
} as const;
const widths = [1280, 720, 360];

/** Two frames later what the theme changed is drawn. */
const drawn = (page: Page): Promise<void> =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));

for (const name of placeNames)
  it(`shows ${name} in three themes and three widths, without a finding of axe`, async () => {
    const place = places(harness.fixture).find((each) => each.name === name);
    assert.ok(place);
    const page = await harness.open(place.address, place.as === undefined ? {} : { as: place.as });
    await place.ready(page);
    const wrong: string[] = [];
    for (const [theme, media] of Object.entries(themes)) {
      await page.emulateMedia({ ...media, reducedMotion: 'reduce' });
      await page.locator(`html[data-theme="${theme}"]`).waitFor({ state: 'attached' });
      for (const width of widths) {
        await page.setViewportSize({ width, height: 800 });
        await drawn(page);
        const where = `${theme}, ${width}`;
        if (await isWiderThanWindow(page)) wrong.push(`${where}: wider than the window`);
        wrong.push(...(await axeFindings(page)).map((finding) => `${where}: ${finding}`));
      }
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(harness.complaints, []);
  });

it('reflows at 400 % zoom, which is a window of 320 px', async () => {
  const page = await harness.open('/overview', { width: 320 });
  for (const place of places(harness.fixture).filter(({ as }) => as === undefined)) {
    await goTo(page, place.address);
    await place.ready(page);
    assert.equal(await isWiderThanWindow(page), false, place.name);
  }
});

it('shows the page before the sign-in without a finding of axe', async () => {
  const page = await harness.open('/overview', { signIn: false });
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  assert.deepEqual(await axeFindings(page), []);
});

it('speaks German, whose words are longer, without growing wider than a phone', async () => {
  const page = await harness.open('/overview', { width: 360, locale: 'de-DE', signIn: false });
  await page.getByRole('button', { name: 'Anmelden' }).click();
  await page.getByRole('heading', { level: 1, name: 'Übersicht' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'de-DE');
  for (const place of places(harness.fixture).filter(({ as }) => as === undefined)) {
    await goTo(page, place.address);
    await page.locator('main h1').waitFor();
    await page.waitForLoadState('networkidle');
    assert.equal(await isWiderThanWindow(page), false, place.name);
  }
  assert.deepEqual(harness.complaints, []);
});
