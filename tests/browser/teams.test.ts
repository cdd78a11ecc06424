import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { FrameLocator, Page } from 'playwright-core';
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

/**
 * The console as it is deployed, in a page of Teams: nothing but Microsoft's own origins are trusted and the policy of the
 * server decides who may frame it. Both names are answered by the browser's network layer, so nobody needs a certificate.
 */
async function openInTeams(facts: Partial<HostFacts> = {}): Promise<{ page: Page; tab: FrameLocator }> {
  const page = await harness.open('/icon.svg', { signIn: false });
  const { fixture } = harness;
  assert.ok(host, 'the host runs');
  const answerBy = (origin: string, address: string): Promise<unknown> =>
    page.route(`${origin}/**`, async (route) => {
      const { pathname, search } = new URL(route.request().url());
      await route.fulfill({ response: await route.fetch({ url: address + pathname + search }) });
    });
  await answerBy(teams, host.address);
  await answerBy(deployed, fixture.address);
  const window = host.windowFor({
    console: `${deployed}/overview`,
    token: tokenFor('anna'),
    page: 'overview',
    ...facts,
  });
  await page.goto(window.replace(host.address, teams));
  return { page, tab: page.frameLocator('iframe') };
}

it('works under the origins of Teams with nothing else allowed', async () => {
  const { page, tab } = await openInTeams();
  await tab.getByText('Needs attention').waitFor();
  const asked = await page.evaluate(() =>
    (window as unknown as { asked: { func: string }[] }).asked.map(({ func }) => func),
  );
  for (const func of ['initialize', 'getContext', 'appInitialization.success', 'registerHandler'])
    assert.ok(asked.includes(func), `the host was asked for ${func}`);
});

it('offers to sign in when Teams wants the person to consent first', async () => {
  const { tab } = await openInTeams({ token: '' });
  await tab.getByRole('button', { name: 'Sign in' }).waitFor();
});
