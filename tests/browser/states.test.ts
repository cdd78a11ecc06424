import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { axeFindings } from './axe.ts';
import type { RouteName } from '../../contract/paths.ts';
import { goTo, useHarness } from './harness.ts';

const harness = useHarness();

/** Each page with the reading that it cannot be without. */
const mains: readonly (readonly [page: string, address: string, route: RouteName])[] = [
  ['overview', '/overview', 'listResources'],
  ['protection', '/protection', 'listResources'],
  ['policies', '/protection/policies', 'listPolicies'],
  ['restore', '/restore', 'listResources'],
  ['activity', '/activity', 'listRuns'],
  ['restores', '/activity/restores', 'listRestores'],
  ['approvals', '/activity/approvals', 'listRestores'],
  ['keys', '/manage/keys', 'getKeys'],
  ['verification', '/manage/verification', 'listVerifications'],
];

describe('a page that waits', () => {
  for (const [name, address, route] of mains)
    it(`${name} shows a skeleton, and says after ten seconds that it is still loading`, async () => {
      harness.fixture.trouble.set(route, { kind: 'silence' });
      const page = await harness.open(address, { prepare: (fresh) => fresh.clock.install() });
      await page.clock.runFor(500);
      await page.getByLabel('Loading').first().waitFor();
      assert.equal(await page.getByText('Still loading…').count(), 0);
      await page.clock.runFor(10_000);
      await page.getByText('Still loading…').first().waitFor();
      await page.getByRole('button', { name: 'Cancel' }).first().waitFor();
      assert.deepEqual(await axeFindings(page), []);
    });
});

describe('a page that failed', () => {
  for (const [name, address, route] of mains)
    it(`${name} says why, names the reference and tries again`, async () => {
      harness.fixture.trouble.set(route, {
        kind: 'problem',
        status: 503,
        title: 'Storage is busy',
        detail: 'The storage account does not answer.',
      });
      const page = await harness.open(address);
      const alert = page.getByRole('alert').filter({ hasText: 'Storage is busy' }).first();
      await alert.waitFor();
      assert.match(await alert.innerText(), /The storage account does not answer\.[\s\S]*fx-7f3a91/);
      assert.deepEqual(await axeFindings(page), []);
      harness.fixture.trouble.clear();
      await alert.getByRole('button', { name: 'Try again' }).click();
      await alert.waitFor({ state: 'detached' });
    });

  it('keeps what was there in sight when a later reading fails', async () => {
    const page = await harness.open('/protection');
    await page.getByText('Grace Mwangi').first().waitFor();
    harness.fixture.trouble.set('listResources', { kind: 'problem', status: 500, detail: 'It broke.' });
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('It broke.').waitFor();
    assert.ok(await page.getByText('Grace Mwangi').first().isVisible());
  });
});

describe('a tenant on its first day', () => {
  const empty: readonly (readonly [address: string, words: string | RegExp])[] = [
    ['/overview', 'Nothing was found yet'],
    ['/protection', 'Nothing has been found yet'],
    ['/restore', 'There is no backup to look through yet'],
    ['/activity', /nothing|no backup/i],
    ['/activity/restores', /nothing|no restore/i],
    ['/activity/approvals', /nothing/i],
  ];
  for (const [address, words] of empty)
    it(`says so at ${address} instead of showing zeros`, async () => {
      const page = await harness.open('/overview', { prepare: async () => harness.fixture.reset('empty') });
      await goTo(page, address);
      await page.locator('main').getByText(words).first().waitFor();
      assert.deepEqual(await axeFindings(page), []);
    });

  it('answers a filter that nothing matches with the way back', async () => {
    const page = await harness.open('/protection?q=nobody-of-this-name');
    await page.getByText('Nothing matches').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByText('Grace Mwangi').first().waitFor();
  });
});

it('says when what it shows is older than a quarter of an hour', async () => {
  const page = await harness.open('/protection', { prepare: (fresh) => fresh.clock.install() });
  await page.getByText('Grace Mwangi').first().waitFor();
  harness.fixture.trouble.set('listResources', {
    kind: 'problem',
    status: 503,
    detail: 'The storage account does not answer.',
  });
  await page.clock.runFor(16 * 60_000);
  await page.getByText(/Not current: read at/).waitFor();
  assert.ok(await page.getByText('Grace Mwangi').first().isVisible());
});

it('keeps what it shows when the network is gone, and says why actions rest', async () => {
  const page = await harness.open('/protection/policies');
  await page.getByRole('heading', { name: 'Everything' }).waitFor();
  await page.context().setOffline(true);
  await page.getByText(/What you see stays; actions wait/).waitFor();
  const action = page.getByRole('group', { name: 'Everything' }).getByRole('button', { name: 'Back up now' });
  assert.equal(await action.getAttribute('aria-disabled'), 'true');
  assert.ok(await page.getByRole('heading', { name: 'Everything' }).isVisible());
  await page.context().setOffline(false);
  await page.getByText(/What you see stays; actions wait/).waitFor({ state: 'detached' });
});

it('says what a page is for and who can help when the role does not reach', async () => {
  harness.fixture.trouble.set('listResources', { kind: 'problem', status: 403, detail: 'This is for administrators.' });
  const page = await harness.open('/protection');
  await page.getByRole('heading', { name: "You can't see this with your role" }).waitFor();
  assert.match(
    await page.locator('main').innerText(),
    /This is for administrators\.[\s\S]*backup administrator of your organisation/,
  );
  assert.deepEqual(await axeFindings(page), []);
});

it('keeps the page and what was typed when the sign-in runs out', async () => {
  const page = await harness.open('/protection/policies/new');
  await page.getByLabel('Name of the policy').fill('Kept while signed out');
  harness.fixture.trouble.set('createPolicy', { kind: 'problem', status: 401, detail: 'Sign in to go on.' });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Sign in again' }).waitFor();
  assert.equal(await page.getByLabel('Name of the policy').inputValue(), 'Kept while signed out');
});

it('shows a member what is theirs, and nothing of the tenant', async () => {
  const page = await harness.open('/overview', { as: 'grace' });
  await page.getByRole('heading', { name: 'Your data' }).waitFor();
  await page.getByRole('link', { name: 'Browse backup' }).first().waitFor();
  await goTo(page, '/activity');
  await page.getByRole('heading', { name: 'Activity' }).waitFor();
  assert.equal(await page.getByText('Ben Okafor').count(), 0);
  assert.equal(
    harness.fixture.asked.some(({ name }) => name === 'listRuns' || name === 'listPolicies'),
    false,
  );
});

describe('an address that names nothing', () => {
  it('says so instead of showing another page, and leads to the overview', async () => {
    const page = await harness.open('/nonsense');
    await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
    assert.equal(await page.title(), 'Not found – Holdfast');
    assert.deepEqual(await axeFindings(page), []);
    for (const address of ['/activity/nonsense', '/protection/nonsense', '/restore/nonsense']) {
      await goTo(page, '/overview');
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
      await goTo(page, address);
      await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
    }
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  });

  it('names what is missing in one form, and leads to its list', async () => {
    const page = await harness.open('/overview');
    const nobody = '0'.repeat(32);
    for (const [address, title, list] of [
      [`/activity/run/${nobody}`, 'There is no such backup', 'Back to Jobs'],
      [`/restore/request/${nobody}`, 'There is no such restore request', 'Back to Restores'],
      [`/protection/policies/${nobody}`, 'There is no such policy', 'Back to Policies'],
      [`/protection/resource/${nobody}`, 'There is no such resource', 'Back to Resources'],
      [`/restore/browse/${nobody}`, 'There is no such resource', 'Back to Restore'],
    ] as const) {
      await goTo(page, address);
      await page.getByText(title, { exact: true }).waitFor();
      await page.getByRole('link', { name: list, exact: true }).waitFor();
      assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0, address);
    }
  });
});
