import type { Page } from 'playwright-core';
import { resourceId } from './fixture/tenant.ts';
import { damagedId, wrongDrillId } from './fixture/checking.ts';
import { idOf } from './fixture/ids.ts';
import type { Fixture } from './fixture/server.ts';

/** A place of the console that people come to, how one sees that it is there, and what is clicked first. */
export interface Place {
  readonly name: string;
  readonly address: string;
  readonly as?: string;
  readonly ready: (page: Page) => Promise<unknown>;
}

const grace = resourceId('grace', 'mail');
const heading = (name: string | RegExp) => (page: Page) => page.getByRole('heading', { name }).first().waitFor();
const grid = (name: string) => (page: Page) =>
  page.getByRole('grid', { name }).locator('[data-grid-row]').first().waitFor();

/** Names of the places that are looked at closely, for tests that are named before the tenant is there. */
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
  'resource on hold',
  'manage',
  'holds',
  'keys',
  'verification',
  'drill',
  'cleanup',
  'health',
  'access',
  'notifications',
  'reports',
  'audit',
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
    {
      name: 'resource on hold',
      address: `/protection/resource/${resourceId('felix', 'drive')}`,
      ready: (page) => page.getByText('On legal hold: Case 4711').waitFor(),
    },
    { name: 'manage', address: '/manage', ready: (page) => page.getByText('Recovery key not proven').waitFor() },
    { name: 'holds', address: '/manage/holds', ready: (page) => page.getByText('Tax audit 2025').waitFor() },
    { name: 'keys', address: '/manage/keys', ready: heading('All keys') },
    { name: 'verifications', address: '/manage/verification', ready: grid('Verification') },
    { name: 'verification', address: `/manage/verification/${damagedId}`, ready: heading('Grace Mwangi: Mail') },
    { name: 'drills', address: '/manage/drills', ready: heading('How often') },
    { name: 'drill', address: `/manage/drills/${wrongDrillId}`, ready: grid('Evidence') },
    { name: 'cleanup', address: '/manage/cleanup', ready: heading('Last cleanup') },
    { name: 'health', address: '/manage/health', ready: heading('What is in the way') },
    { name: 'access', address: '/manage/access', ready: heading('Own data') },
    {
      name: 'notifications',
      address: '/manage/notifications',
      ready: (page) => page.getByLabel('Day of the summary').waitFor(),
    },
    { name: 'reports', address: '/manage/reports', ready: heading('Backups') },
    { name: 'audit', address: '/manage/audit', ready: grid('Audit log') },
  ];
};
