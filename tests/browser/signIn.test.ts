import assert from 'node:assert/strict';
import { it } from 'node:test';
import { goTo, useHarness } from './harness.ts';

const harness = useHarness();

it('keeps the code of the sign-in page, and the place, when somebody goes elsewhere before it is redeemed', async () => {
  const held = Promise.withResolvers<void>();
  const cameBack = Promise.withResolvers<void>();
  const page = await harness.open('/overview', {
    signIn: false,
    prepare: async (fresh) => {
      let loads = 0;
      await fresh.route('**/api/sign-in', async (route) => {
        loads += 1;
        if (loads === 2) {
          cameBack.resolve();
          await held.promise;
        }
        await route.continue();
      });
    },
  });
  await page.getByRole('button', { name: 'Sign in' }).click();
  await cameBack.promise;
  assert.equal(new URL(page.url()).search, '', 'the code is off the address');
  await goTo(page, '/protection');
  held.resolve();
  await page.getByRole('heading', { level: 1, name: 'Protection' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/protection');
  assert.deepEqual(harness.fixture.violations, []);
});

it('renews a token once for all that a page asks at the same time', async () => {
  const page = await harness.open('/restore', { prepare: async () => void (harness.fixture.tokenSeconds = 30) });
  await goTo(page, '/overview');
  await page.getByRole('heading', { name: /Needs attention/ }).waitFor();
  await goTo(page, '/activity');
  await page.getByRole('grid', { name: 'Jobs' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Sign in again' }).count(), 0);
  assert.deepEqual(harness.fixture.violations, []);
});
