import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { FrameLocator, Page } from 'playwright-core';
import { tokenFor } from './fixture/signIn.ts';
import { teamsHostPage } from './fixture/teamsHost.ts';
import type { TeamsHostOptions, TeamsHostState } from './fixture/teamsHost.ts';
import { useHarness } from './harness.ts';

const harness = useHarness();
const teams = 'https://teams.microsoft.com/fake-host';
/** Under this name the deployed console lies; its pages and answers come from the fixture. */
const deployed = 'https://holdfast.example';

interface HostWindow {
  readonly host: TeamsHostState;
  readonly changeTheme: (theme: string) => void;
}

/** Both names are answered by the browser's network layer, so that nobody needs a certificate for them. */
async function answerNames(page: Page, host: string): Promise<void> {
  await page.route(teams, (route) => route.fulfill({ contentType: 'text/html', body: host }));
  await page.route(`${deployed}/**`, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: harness.fixture.address + pathname + search }) });
  });
}

/** The console inside a page of Teams. */
async function openInTeams(options: Partial<TeamsHostOptions> = {}): Promise<{ page: Page; tab: FrameLocator }> {
  const entityId = options.entityId ?? 'overview';
  const body = teamsHostPage({
    tab: `${deployed}/${entityId}`,
    entityId,
    theme: 'default',
    locale: 'en-us',
    token: tokenFor('anna'),
    ...options,
  });
  const page = await harness.open('/icon.svg', { signIn: false });
  await answerNames(page, body);
  await page.goto(teams);
  return { page, tab: page.frameLocator('iframe') };
}

const calls = (page: Page): Promise<string[]> =>
  page.evaluate(() => (window as unknown as HostWindow).host.calls.map(({ func }) => func));

it('signs in by the Teams session, says that it is there, and leaves the tabs to Teams', async () => {
  const { page, tab } = await openInTeams();
  await tab.getByRole('heading', { name: 'Overview' }).waitFor();
  await tab.getByText('Needs attention').waitFor();
  const made = await calls(page);
  for (const func of [
    'initialize',
    'getContext',
    'authentication.getAuthToken',
    'appInitialization.success',
    'registerHandler',
  ])
    assert.ok(made.includes(func), `the host was asked for ${func}`);
  assert.equal(await tab.getByRole('navigation', { name: 'Pages' }).count(), 0);
});

it('follows the theme of Teams while it is open', async () => {
  const { page, tab } = await openInTeams({ theme: 'dark' });
  await tab.locator('html[data-theme="dark"]').waitFor({ state: 'attached' });
  await tab.getByRole('heading', { name: 'Overview' }).waitFor();
  for (const theme of ['contrast', 'default']) {
    await page.evaluate((name) => (window as unknown as HostWindow).changeTheme(name), theme);
    await tab.locator(`html[data-theme="${theme}"]`).waitFor({ state: 'attached' });
  }
});

it('opens the place that a deep link names', async () => {
  const run = harness.fixture.tenant.runs[1];
  const { tab } = await openInTeams({ entityId: 'activity', subEntityId: `run/${run?.id ?? ''}` });
  await tab.getByRole('heading', { level: 1, name: /Backup/ }).waitFor();
  assert.ok(harness.fixture.asked.some(({ name, url }) => name === 'getRun' && url.includes(run?.id ?? 'none')));
});

it('asks Teams to open another tab of the app', async () => {
  const { page, tab } = await openInTeams({ entityId: 'overview' });
  await tab.getByRole('link', { name: 'Protected', exact: true }).click();
  const moved = await page.waitForFunction(() =>
    (window as unknown as HostWindow).host.calls.find(({ func }) => func === 'pages.currentApp.navigateTo'),
  );
  const { args } = await moved.evaluate((call) => ({ args: call?.args }));
  assert.deepEqual(args, [{ pageId: 'protection' }]);
});

it('offers to sign in when Teams wants the person first', async () => {
  const { tab } = await openInTeams({ token: { refusedWith: 'resourceRequiresConsent' } });
  await tab.getByRole('button', { name: 'Sign in' }).waitFor();
});

it('is a page of its own in a frame that does not speak the language of Teams', async () => {
  const page = await harness.open('/icon.svg', { signIn: false });
  const body = `<!doctype html><title>Other</title><iframe title="x" src="${deployed}/overview"></iframe>`;
  await answerNames(page, body);
  await page.goto(teams);
  await page.frameLocator('iframe').getByRole('button', { name: 'Sign in' }).waitFor();
});
