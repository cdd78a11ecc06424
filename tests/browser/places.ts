import type { Page } from 'playwright-core';
import { resourceId } from './fixture/tenant.ts';
import { idOf } from './fixture/ids.ts';
import type { Fixture } from './fixture/server.ts';

/** A place of the console that people come to, how one sees that it is there, and what is clicked first. */
export interface Place {
  readonly name: (typeof placeNames)[number];
  readonly address: string;
  readonly as?: string;
  readonly ready: (page: Page) => Promise<unknown>;
}

const grace = resourceId('grace', 'mail');
const heading = (name: string | RegExp) => (page: Page) => page.getByRole('heading', { name }).first().waitFor();
const grid = (name: string) => (page: Page) =>
  page.getByRole('grid', { name }).locator('[data-grid-row]').first().waitFor();

/** Names of all places, for tests that are named before the tenant is there. */
export const placeNames = [
  'overview',
  'overview of a member',
  'protection',
  'resource',
  'policies',
  'policy',
  'find',
  'search',
  'browse',
  'item',
  'no options',
  'request',
  'backups',
  'backup',
  'restores',
  'approvals',
] as const;

/** Every place of the console with data in it. */
export const places = (fixture: Fixture): readonly Place[] => {
  const run = fixture.tenant.runs[0]?.id ?? '';
  const inbox = idOf(grace, '', 'Inbox');
  const message = fixture.tenant
    .contentOf(grace)
    .find(({ item, until }) => item.parentId === inbox && !item.container && until === undefined);
  return [
    { name: 'overview', address: '/overview', ready: heading(/Needs attention/) },
    { name: 'overview of a member', address: '/overview', as: 'grace', ready: heading('Your data') },
    { name: 'protection', address: '/protection', ready: grid('Resources') },
    { name: 'resource', address: `/protection/resource/${grace}`, ready: heading('Copies') },
    { name: 'policies', address: '/protection/policies', ready: heading('Everything') },
    {
      name: 'policy',
      address: `/protection/policies/${fixture.tenant.policies[0]?.id ?? ''}`,
      ready: heading('What saving would change'),
    },
    { name: 'find', address: '/restore', ready: heading('Browse a backup') },
    { name: 'search', address: '/restore?q=invoice', ready: grid('What was found') },
    { name: 'browse', address: `/restore/browse/${grace}/latest/${inbox}`, ready: grid('What is in this folder') },
    {
      name: 'item',
      address: `/restore/browse/${grace}/latest/${inbox}/${message?.item.id ?? ''}`,
      ready: (page) => page.getByRole('button', { name: 'Show content' }).waitFor(),
    },
    { name: 'no options', address: '/restore/options', ready: heading('Restore options') },
    { name: 'request', address: `/restore/request/${idOf('restore', 'done')}`, ready: heading('Results') },
    { name: 'backups', address: '/activity', ready: heading('Activity') },
    { name: 'backup', address: `/activity/run/${run}`, ready: heading(/Backup/) },
    { name: 'restores', address: '/activity/restores', ready: heading('Activity') },
    { name: 'approvals', address: '/activity/approvals', ready: heading(/Ben Okafor/) },
  ];
};
