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

it('says the same numbers and the same times on the overview and in the list', async () => {
  const page = await harness.open('/overview');
  const coverage = page.getByRole('region', { name: 'Coverage by workload' });
  await coverage.getByText('Protected: ').first().waitFor();
  const words = await coverage.innerText();
  const sumOf = (state: string): number =>
    [...words.matchAll(new RegExp(`(?:^|[·:] )${state}: (\\d+)`, 'gm'))].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
  const shares = [...words.matchAll(/(\d+) of (\d+) \((\d+)\s?%\)/g)].map((match) => match.slice(1).map(Number));
  assert.equal(shares.length, 2);
  for (const [safe = 0, wanted = 0, percent] of shares) assert.equal(percent, Math.floor((safe / wanted) * 100));
  const oldest = await page.getByText('Oldest good copy').locator('..').locator('p').innerText();

  await goTo(page, '/protection');
  await page.getByRole('row').nth(2).waitFor();
  const states = [
    'Protected',
    'First backup running',
    'Waiting',
    'Partial',
    'Failing',
    'Not protected',
    'Nothing to copy',
  ];
  for (const state of [...states, 'Excluded', 'Gone from Microsoft 365'])
    await page.getByRole('button', { name: `${state} (${sumOf(state)})`, exact: true }).waitFor();
  assert.equal(
    shares.reduce((sum, [, wanted = 0]) => sum + wanted, 0),
    states.slice(0, -1).reduce((sum, state) => sum + sumOf(state), 0),
    'the share is one of what is shown as wanted',
  );
  const { resources } = harness.fixture.tenant;
  const unsafe = resources.filter(({ lastPointAt, state }) => lastPointAt !== undefined && state !== 'gone');
  const oldestName = unsafe.toSorted((a, b) =>
    (a.confirmedAt ?? a.lastPointAt ?? '').localeCompare(b.confirmedAt ?? b.lastPointAt ?? ''),
  )[0]?.name;
  await page.getByRole('searchbox').fill(oldestName ?? '');
  await page.keyboard.press('Enter');
  await page
    .getByRole('row', { name: new RegExp(oldest) })
    .first()
    .waitFor();

  await goTo(page, '/protection?state=nothingToCopy');
  await page.getByText('1 shown', { exact: true }).waitFor();
  const without = page.getByRole('row', { name: /This person has no OneDrive yet/ });
  await without.waitFor();
  assert.doesNotMatch(await without.innerText(), /0 bytes/, 'what is not known is no nought');
  await goTo(page, '/protection?state=notProtected');
  await page.getByRole('row', { name: /No policy includes it/ }).waitFor();
  assert.equal(await page.getByText('This person has no OneDrive yet').count(), 0);
});

it('calls a copy as new as the run that confirmed it, and tells both times', async () => {
  const page = await harness.open('/protection?q=Grace');
  const age = page
    .getByRole('row', { name: /Mail/ })
    .getByText(/^2[56] min/)
    .first();
  await age.hover();
  await page
    .getByRole('tooltip')
    .getByText(/Known to be complete as of .* since the copy of/)
    .waitFor();
  await page.getByRole('row', { name: /Mail/ }).getByRole('link').first().click();
  const facts = page.getByRole('region', { name: 'How it stands' });
  await facts.getByText(/\(2[56] min/).waitFor();
  await facts.getByText('Last change copied').waitFor();
});
