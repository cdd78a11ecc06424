/** What lies in tables can be lost: two commands make it again from the repository, on the data folder of a start. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { TableClient } from '@azure/data-tables';
import { startAzurite } from '../../dev/azurite.ts';
import { everything, Flow, until } from './harness.ts';

const OWNER = 'ines.vogt';
const ROOT = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
let flow: Flow;

before(async () => {
  flow = await Flow.start({ tenant: '--seed small' });
  assert.equal((await flow.firstRun()).status, 'complete');
});

after(async () => {
  await flow?.product.remove();
});

/** Asked before each stop: the demo tenant forgets it with its process. */
async function stopped(): Promise<void> {
  assert.deepEqual(await flow.tenant.complaints(), []);
  assert.equal(await flow.product.stop(), 0);
}

const command = async (name: string) =>
  run('npm', ['run', '--silent', name, '--', '--data-dir', flow.product.dataDir], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
  });

/** All rows of these tables go, as a mishap in the portal would have it. Nothing else runs on the folder meanwhile. */
async function lose(...tables: readonly string[]): Promise<void> {
  const azurite = await startAzurite({ dataDir: flow.product.dataDir });
  for (const name of tables) {
    const table = TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });
    await table.deleteTable();
  }
  await azurite.stop();
}

describe('the catalog', () => {
  it('is made again after it was lost, with the rows of the restore points', async () => {
    const post = (subject: string) =>
      flow.tenant.post<{ immutableId: string }>('messages', {
        user: OWNER,
        message: { subject, body: { contentType: 'text', content: subject } },
      });
    const [deleted, edited] = [await post('will go'), await post('will change')];
    const mailbox = await flow.resource('mail', OWNER);
    await flow.backUpResource(mailbox);
    const change = { user: OWNER, id: edited.immutableId, action: 'edit', props: { categories: ['Changed'] } };
    await flow.tenant.post('messages/change', change);
    await flow.tenant.post('messages/change', { user: OWNER, id: deleted.immutableId, action: 'remove' });
    await flow.backUpResource(mailbox);
    const params = { id: mailbox.id };
    const gone = () => everything(flow.admin, 'listItems', { params, query: { deleted: 'true' } });
    const deletedBefore = await until('the deletion shows', gone, ({ length }) => length > 0);
    const inbox = await flow.admin.call('search', { query: { q: 'will change', workload: 'mail' } });
    const itemId = inbox.value[0]?.item.id ?? '';
    const versions = () => everything(flow.admin, 'listVersions', { params: { id: mailbox.id, itemId } });
    const versionsBefore = await versions();
    assert.equal(versionsBefore.length, 2);

    await assert.rejects(command('catalog:rebuild'), /is in use by another start/);
    await stopped();
    await lose('catalog', 'resources');
    const { stdout } = await command('catalog:rebuild');
    assert.match(stdout, /^\d+ restore points had left the tables and are shown again\.$/m);
    assert.match(stdout, /^The catalog is rebuilt: \d+ rows for \d+ resources\.$/m);

    await flow.startAgain();
    assert.deepEqual(await gone(), deletedBefore);
    assert.deepEqual(await versions(), versionsBefore);
    assert.deepEqual(await flow.tenant.complaints(), []);
  });
});

describe('the records', () => {
  it('are made again after they were lost; until then nothing is changed and the start says so', async () => {
    const settings = await flow.admin.call('getAllSettings', {});
    await flow.admin.call('putSettings', {
      params: { name: 'access' },
      body: { ...settings.access, auditorsSeeNames: !settings.access.auditorsSeeNames },
    });
    const kept = async () => ({
      settings: await flow.admin.call('getAllSettings', {}),
      policies: (await flow.admin.call('listPolicies', {})).value.map(({ id, name, scope }) => ({ id, name, scope })),
    });
    const before = await kept();
    await stopped();
    await lose('records');

    await flow.startAgain();
    await flow.product.line(/^Attention .* run npm run records:rebuild\.$/, 30_000);
    assert.deepEqual((await flow.admin.call('listPolicies', {})).value, []);
    await assert.rejects(
      flow.admin.call('putSettings', { params: { name: 'access' }, body: settings.access }),
      /npm run records:rebuild/,
    );
    await stopped();

    const { stdout } = await command('records:rebuild');
    assert.match(
      stdout,
      /The records are rebuilt: \d+ policies, settings and audit entries; \d+ runs and \d+ restore requests are back\.\nSafe mode has ended\./,
    );
    await flow.startAgain();
    assert.deepEqual(await kept(), before);
    const { value: audit } = await flow.admin.call('listAudit', {});
    assert.ok(audit.some(({ action }) => action === 'records.rebuild'));
    assert.deepEqual(await flow.tenant.complaints(), []);
  });
});
