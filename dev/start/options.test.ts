import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { lockDataDir } from '../lock.ts';
import { isTenantConfigured, whyNoChat, workerEnvironment } from './environment.ts';
import { readOptions, UsageError } from './options.ts';

describe('command line of the start', () => {
  it('has a default for everything', () => {
    assert.deepEqual(readOptions([], {}), {
      headless: false,
      port: undefined,
      dataDir: path.resolve('.holdfast'),
      check: false,
      recoveryKeyFile: undefined,
    });
  });

  it('reads what it is given', () => {
    assert.deepEqual(
      readOptions(['--headless', '--port', '0', '--data-dir', '/tmp/x', '--recovery-key-file=/tmp/k', '--check'], {}),
      {
        headless: true,
        port: 0,
        dataDir: '/tmp/x',
        check: true,
        recoveryKeyFile: '/tmp/k',
      },
    );
    assert.equal(readOptions(['--help'], {}), 'help');
  });

  it('takes the data folder from the settings where the command line names none', () => {
    const folderOf = (args: string[], env: Record<string, string>) => {
      const options = readOptions(args, env);
      return options === 'help' ? undefined : options.dataDir;
    };
    assert.equal(folderOf([], { DATA_DIR: '/data' }), '/data');
    assert.equal(folderOf([], { DATA_DIR: ' ' }), path.resolve('.holdfast'));
    assert.equal(folderOf(['--data-dir', '/tmp/x'], { DATA_DIR: '/data' }), '/tmp/x');
  });

  it('is completed from .env before it is read', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-dotenv-'));
    const lock = lockDataDir(path.join(folder, 'kept here'));
    writeFileSync(path.join(folder, '.env'), 'DATA_DIR="kept here"\n');
    const start = path.join(import.meta.dirname, '../start.ts');
    const ended = promisify(execFile)(process.execPath, [start, '--headless'], { cwd: folder, env: {} });
    // It comes as far as the lock of that folder, which this test holds.
    await assert.rejects(ended, { stderr: /^The data folder .*kept here is in use by another start/ });
    lock.release();
    rmSync(folder, { recursive: true });
  });

  it('refuses what it does not know, names it and shows what there is', () => {
    const refused = (args: string[], pattern: RegExp) =>
      assert.throws(
        () => readOptions(args, {}),
        (error: unknown) => error instanceof UsageError && pattern.test(error.message),
      );
    refused(['--headles'], /--headles.*npm start -- \[options\]/s);
    refused(['--port'], /^--port needs a value behind it\./);
    refused(['--recovery-key-file', '--headless'], /^--recovery-key-file needs a value behind it\./);
    refused(['--port', 'abc'], /number from 0 to 65535/);
    refused(['start'], /start/);
  });
});

describe('environment of the worker', () => {
  const parts = {
    dataDir: '/data',
    port: 7071,
    storage: 'UseDevelopmentStorage=true',
    chatPort: undefined,
    tenant: { GRAPH_ENDPOINT: 'https://localhost:1' },
  };

  it('runs on this machine where nothing else was set', () => {
    const env = workerEnvironment({}, parts);
    assert.equal(env['AzureWebJobsStorage'], parts.storage);
    assert.equal(env['LOCAL_KEY_PATH'], path.join('/data', 'keys', 'wrapping.key'));
    assert.equal(env['PUBLIC_URL'], 'http://localhost:7071');
    assert.equal(env['BOT_AUTH'], 'none');
  });

  it('leaves alone what the admin set', () => {
    const env = workerEnvironment(
      { KEY_VAULT_KEY_ID: 'https://v/keys/k', BOT_ID: 'bot', STORAGE_CONNECTION_STRING: 'mine' },
      { ...parts, storage: undefined },
    );
    assert.equal(env['LOCAL_KEY_PATH'], undefined);
    assert.equal(env['BOT_AUTH'], undefined);
    assert.equal(env['AzureWebJobsStorage'], 'mine');
  });

  it('has a chat on this machine where the bot takes what carries no token, and else says why not', () => {
    const why = (given: Readonly<Record<string, string>>, hasDemoTenant = true) =>
      whyNoChat(workerEnvironment(given, parts), hasDemoTenant) ?? 'here';
    assert.equal(why({}), 'here');
    assert.equal(why({ PUBLIC_URL: 'http://localhost:8080' }), 'here');
    assert.match(
      why({ PUBLIC_URL: 'https://holdfast.example' }),
      /^off: others may reach https:\/\/holdfast\.example, /,
    );
    assert.match(why({ BOT_AUTH: 'required' }), /^off: BOT_AUTH/);
    assert.match(why({ BOT_ID: 'bot', BOT_CLIENT_SECRET: 's' }), /^in Teams/);
    assert.match(why({ BOT_ID: 'bot' }, false), /^in Teams/);
    assert.match(why({}, false), /^off\. Set BOT_ID/);
  });

  it('names each start anew, so that everything an earlier one held is known to be free', () => {
    assert.notEqual(workerEnvironment({}, parts)['START_ID'], workerEnvironment({}, parts)['START_ID']);
  });

  it('means a tenant of one’s own when any part of one is named', () => {
    assert.equal(isTenantConfigured({}), false);
    assert.equal(isTenantConfigured({ GRAPH_ENDPOINT: ' ' }), false);
    assert.equal(isTenantConfigured({ TENANT_ID: 'contoso' }), true);
  });
});
