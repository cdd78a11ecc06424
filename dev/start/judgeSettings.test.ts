import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { SettingsError } from '../../api/settings.ts';
import { judgeSettings } from './judgeSettings.ts';

const options = { dataDir: '/data', port: undefined };
const mistakesOf = (env: Record<string, string>, port?: number): readonly string[] => {
  try {
    judgeSettings(env, { ...options, port });
  } catch (error) {
    if (error instanceof SettingsError) return error.mistakes;
    throw error;
  }
  return [];
};
const namesOf = (mistakes: readonly string[]) => mistakes.map((mistake) => /^\w+/.exec(mistake)?.[0]).toSorted();

describe('settings of a start', () => {
  it('need nothing for the demo tenant', () => {
    assert.deepEqual(mistakesOf({}), []);
    assert.deepEqual(
      mistakesOf({ PORT: '', TENANT_ID: ' ', RESTORE_CLIENT_SECRET: 'the demo tenant has its own' }),
      [],
    );
  });

  it('name for a tenant of one’s own what is missing, its secret too', () => {
    const own = { TENANT_ID: 'contoso.example', BACKUP_CLIENT_ID: 'b' };
    assert.deepEqual(namesOf(mistakesOf({ TENANT_ID: 'contoso.example' })), ['BACKUP_CLIENT_ID']);
    assert.deepEqual(namesOf(mistakesOf(own)), ['BACKUP_CLIENT_SECRET']);
    assert.deepEqual(mistakesOf({ ...own, BACKUP_CERTIFICATE_PATH: 'b.pem' }), []);
    assert.deepEqual(mistakesOf({ ...own, AZURE_CLIENT_ID: 'an identity of this machine' }), []);
  });

  it('blame PORT only where no port was asked for', () => {
    assert.deepEqual(namesOf(mistakesOf({ PORT: '99999' })), ['PORT']);
    assert.deepEqual(mistakesOf({ PORT: '99999' }, 0), []);
  });

  it('blame a wrong PUBLIC_URL alone, not what was never set', () => {
    for (const address of ['holdfast', 'http://holdfast.example'])
      assert.deepEqual(namesOf(mistakesOf({ PUBLIC_URL: address })), ['PUBLIC_URL']);
    // The bot is off: nothing would tell who speaks to it from outside.
    assert.deepEqual(mistakesOf({ PUBLIC_URL: 'https://holdfast.example' }), []);
    assert.deepEqual(namesOf(mistakesOf({ PUBLIC_URL: 'https://holdfast.example', BOT_AUTH: 'none' })), ['BOT_AUTH']);
  });

  it('are judged together and before anything is made or started', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-judged-'));
    const start = path.join(import.meta.dirname, '../start.ts');
    const env = { PORT: '99999', TENANT_ID: 'foo', JOB_SECONDS: '-1', SLICE_ITEMS: 'x', BACKUP_CLIENT_ID: 'b' };
    const ended = promisify(execFile)(process.execPath, [start, '--headless'], { cwd: folder, env });
    const error: unknown = await ended.then(
      () => assert.fail('it started'),
      (reason: unknown) => reason,
    );
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    assert.equal(code, 1);
    assert.equal(stdout, '');
    const [title, ...mistakes] = stderr.trimEnd().split('\n');
    assert.equal(title, 'The settings cannot be used:');
    assert.deepEqual(namesOf(mistakes.map((line) => line.replace('  - ', ''))), [
      'BACKUP_CLIENT_SECRET',
      'JOB_SECONDS',
      'PORT',
      'SLICE_ITEMS',
      'TENANT_ID',
    ]);
    assert.deepEqual(readdirSync(folder), []);
    rmSync(folder, { recursive: true });
  });
});
