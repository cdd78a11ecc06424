import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { createKeyFile } from '../../azure/fileKeyWrapper.ts';
import { systemRandom } from '../../azure/systemRandom.ts';
import { startAzurite, type RunningAzurite } from '../../azure/testing/startAzurite.ts';
import { start } from '../running.ts';
import { readSettings, type Settings } from '../settings.ts';
import { openStores } from '../stores.ts';

const run = promisify(execFile);

describe('a deployment', () => {
  let azurite: RunningAzurite;
  let folder: string;
  let environment: Record<string, string>;
  let settings: Settings;
  before(async () => {
    azurite = await startAzurite();
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-deployed-'));
    const key = path.join(folder, 'keys', 'wrapping.key');
    await mkdir(path.dirname(key));
    // Stands in for the vault: there as soon as the infrastructure is.
    await createKeyFile(key, systemRandom);
    environment = {
      TENANT_ID: 'd3700000-0000-4000-8000-000000000001',
      BACKUP_CLIENT_ID: 'backup',
      BACKUP_CLIENT_SECRET: 'x',
      STORAGE_CONNECTION_STRING: azurite.connectionString,
      LOCAL_KEY_PATH: key,
    };
    settings = readSettings({ ...environment, BOT_AUTH: 'none' });
  });
  after(async () => {
    await azurite.stop();
    await rm(folder, { recursive: true });
  });

  const askTheApp = async () => {
    const app = await start(settings, new AbortController().signal);
    const { status, body } = await app.http.messages({
      method: 'POST',
      url: 'https://func.example/api/messages',
      headers: new Headers({ 'content-type': 'application/json' }),
      body: null,
    });
    return { status, body: String(body), open: app.open };
  };
  const command = async (...args: readonly string[]) =>
    run(process.execPath, [path.join(import.meta.dirname, 'bootstrap.ts'), ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '' },
    });

  it('says that it has no keys yet and which command makes them, gets them by it once, and then works', async () => {
    const { status, body } = await askTheApp();
    assert.equal(status, 503);
    assert.match(body, /no keys yet: run `npm run bootstrap`/);

    // Settings may stand in a file, as `provision` leaves them.
    await assert.rejects(command(), /TENANT_ID: is missing/);
    await assert.rejects(command('--env', 'nowhere'), /there is no file .*env\.nowhere/);
    await writeFile(
      path.join(folder, '.env'),
      Object.entries(environment)
        .map(([name, value]) => `${name}="${value}"\n`)
        .join(''),
    );
    const first = await command();
    assert.match(first.stdout, /^ {4}(\S{4} ){10}\S{4}$/m);
    assert.match(first.stdout, /The repository is made\.\nThe first backup is on its way\./);
    const again = await command();
    assert.equal(again.stdout, 'The repository was there already.\nNo backup is due now.\n');

    const { open } = await askTheApp();
    const { services } = await open();
    assert.deepEqual(
      (await services.records.policies.list()).map(({ value }) => value.name),
      ['Everything'],
    );
  });

  it('that lost its keys is not taken for a new one', async () => {
    const { blobs } = await openStores(settings);
    await blobs.remove('repository', 'keys/1');
    const { status, body } = await askTheApp();
    assert.equal(status, 503);
    assert.match(body, /keys\/1 is missing/);
  });
});
