import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { FrameLocator, Page } from 'playwright-core';
import { axeFindings } from './axe.ts';
import { idOf } from './fixture/ids.ts';
import { personOf } from './fixture/people.ts';
import { tokenFor } from './fixture/signIn.ts';
import { useHarness } from './harness.ts';
import { startTeamsHost } from './teamsHost/server.ts';
import type { HostFacts, TeamsHost } from './teamsHost/server.ts';

const harness = useHarness();
let host: TeamsHost | undefined;
before(async () => {
  host = await startTeamsHost();
});
after(() => host?.close());

/** The names under which Teams and a deployment really lie. */
const teams = 'https://teams.microsoft.com';
const deployed = 'https://holdfast.example';
const hostList = 'https://res.cdn.office.net/teams-js/validDomains/json/validDomains.json';

interface InHost {
  readonly page: Page;
  readonly console: FrameLocator;
  /** Names of what the app asked of its host. */
  asked(): Promise<{ readonly func: string; readonly args: readonly unknown[] }[]>;
  setTheme(name: string): Promise<void>;
}

/** Answers TeamsJS as the server of Microsoft does, and notes that it asked. */
const answerHostList = (page: Page, asked: string[] = []): Promise<unknown> =>
  page.route(hostList, (route) => {
    asked.push(route.request().url());
    return route.fulfill({
      headers: { 'Access-Control-Allow-Origin': '*' },
      json: { validOrigins: ['teams.microsoft.com'] },
    });
  });

/**
 * The console as it is deployed, in a page of Teams: nothing but Microsoft's own origins are trusted and the policy of the
 * server decides who may frame it. Both names are answered by the browser's network layer, so nobody needs a certificate.
 */
async function inHost(facts: Partial<HostFacts> = {}, prepare?: (page: Page) => Promise<unknown>): Promise<InHost> {
  assert.ok(host, 'the host runs');
  const { address } = host;
  const page = await harness.open('/icon.svg', { signIn: false, width: 1024 });
  const answerBy = (origin: string, server: string): Promise<unknown> =>
    page.route(`${origin}/**`, async (route) => {
      const { pathname, search } = new URL(route.request().url());
      await route.fulfill({ response: await route.fetch({ url: server + pathname + search }) });
    });
  await answerBy(teams, address);
  await answerBy(deployed, harness.fixture.address);
  await answerHostList(page);
  await prepare?.(page);
  const window = host.windowFor({
    console: `${deployed}/overview`,
    token: tokenFor('anna'),
    page: 'overview',
    ...facts,
  });
  await page.goto(window.replace(address, teams));
  return {
    page,
    console: page.frameLocator('iframe'),
    asked: () => page.evaluate(() => (window as unknown as { asked: { func: string; args: unknown[] }[] }).asked),
    setTheme: (name) =>
      page.evaluate((to) => (window as unknown as { setTheme: (name: string) => void }).setTheme(to), name),
  };
}

const heading = ({ console: frame }: InHost, name: string | RegExp) => frame.getByRole('heading', { level: 1, name });

it('signs in with the token of the host, without a question and without tabs of its own', async () => {
  const token = tokenFor('clara');
  const sent: (string | undefined)[] = [];
  const window = await inHost({ token });
  window.page.on('request', (request) => {
    if (request.url().endsWith('/api/me')) sent.push(request.headers()['authorization']);
  });
  await heading(window, 'Overview').waitFor();
  assert.equal(await window.console.getByRole('button', { name: 'Sign in' }).count(), 0);
  assert.equal(await window.console.getByRole('navigation', { name: 'Pages' }).count(), 0);
  await window.page.reload();
  await heading(window, 'Overview').waitFor();
  assert.ok(sent.length > 0);
  assert.deepEqual(new Set(sent), new Set([`Bearer ${token}`]));
  const asked = (await window.asked()).map(({ func }) => func);
  for (const func of ['initialize', 'getContext', 'appInitialization.success', 'registerHandler'])
    assert.ok(asked.includes(func), `the host was asked for ${func}`);
});

it('offers to sign in when Teams wants the person to consent first', async () => {
  const window = await inHost({ token: '' });
  await window.console.getByRole('button', { name: 'Sign in' }).waitFor();
});

it('lets TeamsJS load its list of hosts, in a page of its own and in Teams, and its policy stops nothing', async () => {
  const alone: string[] = [];
  await harness.open('/overview', { prepare: (page) => answerHostList(page, alone).then(() => undefined) });
  const inTeams: string[] = [];
  const window = await inHost();
  await answerHostList(window.page, inTeams);
  await window.page.reload();
  await heading(window, 'Overview').waitFor();
  assert.ok(alone.length > 0 && inTeams.length > 0);
  assert.deepEqual(harness.complaints, []);
});

/** The frame that holds the console, once its page has come. */
async function consoleOf({ page, console: frame }: InHost) {
  await frame.locator('main h1').waitFor();
  await frame.locator('.fui-Skeleton').first().waitFor({ state: 'detached' });
  const found = page.frames().find((each) => each.url().startsWith(deployed));
  assert.ok(found, 'the console is in its frame');
  return found;
}
const everyPage = ['overview', 'protection', 'restore', 'activity', 'manage'];

for (const theme of ['default', 'dark', 'contrast'])
  it(`has no finding of axe on any page in Teams, in the theme ${theme}`, async () => {
    for (const page of everyPage) {
      const window = await inHost({ theme, page, console: `${deployed}/${page}` });
      assert.deepEqual(await axeFindings(await consoleOf(window)), [], page);
      await window.page.close();
    }
  });

it('works in a browser that keeps no data of sites inside other sites', async () => {
  for (const page of everyPage) {
    const window = await inHost({ page, console: `${deployed}/${page}` }, (each) =>
      each.addInitScript(() => {
        for (const store of ['sessionStorage', 'localStorage'])
          Object.defineProperty(window, store, {
            get() {
              throw new DOMException('Access is denied for this document.', 'SecurityError');
            },
          });
      }),
    );
    await consoleOf(window);
    await window.page.close();
  }
  assert.deepEqual(harness.complaints, []);
});

it('says that a page broke, and loads it anew on request', async () => {
  const missing = `${deployed}/assets/RestorePage-*`;
  const window = await inHost({ page: 'restore', console: `${deployed}/restore` }, (page) =>
    page.route(missing, (route) => route.abort()),
  );
  await heading(window, 'This page broke').waitFor();
  await window.page.unroute(missing);
  await window.console.getByRole('button', { name: 'Try again' }).click();
  await heading(window, 'Restore').waitFor();
});

it('follows the theme of the host while it runs', async () => {
  const window = await inHost({ theme: 'default' });
  await heading(window, 'Overview').waitFor();
  const surface = (): Promise<string> =>
    window.console
      .locator('.fui-FluentProvider')
      .first()
      .evaluate((element) => getComputedStyle(element).getPropertyValue('--colorNeutralBackground1').trim());
  const becomes = async (color: string): Promise<void> => {
    await window.console
      .locator('.fui-FluentProvider')
      .first()
      .evaluate(
        (element, wanted) =>
          new Promise<void>((resolve) => {
            const look = (): void => {
              if (getComputedStyle(element).getPropertyValue('--colorNeutralBackground1').trim() === wanted) resolve();
              else requestAnimationFrame(look);
            };
            look();
          }),
        color,
      );
    assert.equal(await surface(), color);
  };
  await becomes('#ffffff');
  await window.setTheme('dark');
  await becomes('#292929');
  await window.setTheme('contrast');
  await becomes('#000000');
});

it('speaks the language of the host and turns round for one that is read from the right', async () => {
  const window = await inHost({ locale: 'ar-sa' });
  await window.console.locator('h1').waitFor();
  const root = window.console.locator('html');
  assert.match((await root.getAttribute('lang')) ?? '', /^ar/);
  assert.equal(await root.getAttribute('dir'), 'rtl');
});

it('lands where a deep link points', async () => {
  const id = idOf('restore', 'waiting');
  const window = await inHost({ page: 'activity', subPage: `restore/${id}` });
  await window.console
    .getByRole('region', { name: 'What was asked for' })
    .or(window.console.locator('h1'))
    .first()
    .waitFor();
  await window.console.getByText(personOf('ben').name).first().waitFor();
  assert.ok(harness.fixture.asked.some(({ name, url }) => name === 'getRestore' && url.includes(id)));
});

it('asks the host to open another tab of the app', async () => {
  const window = await inHost();
  await heading(window, 'Overview').waitFor();
  await window.console
    .getByRole('link', { name: /Waiting for you/ })
    .first()
    .click();
  await window.page.waitForFunction(() =>
    (window as unknown as { asked: { func: string }[] }).asked.some(
      ({ func }) => func === 'pages.currentApp.navigateTo',
    ),
  );
  const moved = (await window.asked()).find(({ func }) => func === 'pages.currentApp.navigateTo');
  assert.deepEqual(moved?.args[0], { pageId: 'activity', subPageId: 'approvals' });
});

it('is a plain web console in a frame that does not speak TeamsJS', async () => {
  const window = await inHost({ isDeaf: true });
  await window.console.getByRole('button', { name: 'Sign in' }).waitFor({ timeout: 15_000 });
});
