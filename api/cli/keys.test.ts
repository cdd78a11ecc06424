import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { createKeyFile } from '../../azure/fileKeyWrapper.ts';
import { systemRandom } from '../../azure/systemRandom.ts';
import { startAzurite, type RunningAzurite } from '../../azure/testing/startAzurite.ts';
import { bootstrap } from '../bootstrap.ts';
import { consoleLog } from '../consoleLog.ts';
import { readSettings } from '../settings.ts';

describe('npm run keys', () => {
  let azurite: RunningAzurite;
  let folder: string;
  let key: string;
  let environment: Record<string, string>;
  let recoveryKey = '';
  before(async () => {
    azurite = await startAzurite();
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-keys-'));
    key = path.join(folder, 'wrapping.key');
    environment = {
      TENANT_ID: 'd3700000-0000-4000-8000-000000000001',
      BACKUP_CLIENT_ID: 'backup',
      BACKUP_CLIENT_SECRET: 'x',
      STORAGE_CONNECTION_STRING: azurite.connectionString,
      LOCAL_KEY_PATH: key,
    };
    const { composed } = await bootstrap(readSettings({ ...environment, BOT_AUTH: 'none' }), {
      log: { ...consoleLog, info: () => undefined },
      showRecoveryKey: async (shown) => void (recoveryKey = shown),
    });
    await composed.graphs.read.close();
  });
  after(async () => {
    await azurite.stop();
    await rm(folder, { recursive: true });
  });

  const keys = async (args: readonly string[], typed = '') => {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'keys.ts'), ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.end(typed);
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
    return { out, err, code };
  };

  it('tries the recovery key, rotates without it, and says which keys there are', async () => {
    const right = await keys(['prove'], `${recoveryKey}\n`);
    assert.deepEqual([right.code, right.err], [0, '']);
    assert.match((await keys(['rotate'])).out, /sealed under key 2 from now on/);
    const after = await keys(['status']);
    assert.match(after.out, /last tried 20.*\nKey 1, made [^,]*\n[^]*Key 2, made .*, in use\n/);
    assert.ok(!`${right.out}${after.out}`.includes(recoveryKey));
  });

  it('moves to another outer key by the old one, and by the recovery key when the old one is lost', async () => {
    const old = path.join(folder, 'old.key');
    await rename(key, old);
    await createKeyFile(key, systemRandom);
    assert.match((await keys(['rewrap', '--from-key-file', old])).out, /^2 keys are wrapped for file:/);
    await rm(old);
    await rm(key);
    await createKeyFile(key, systemRandom);
    assert.match((await keys(['rewrap', '--from-recovery-key'], `${recoveryKey}\n`)).out, /2 keys are wrapped/);
    assert.equal((await keys(['status'])).code, 0);
    assert.equal((await readFile(key)).length, 32);
  });

  it('changes no recovery key that was not typed back, and says how to use it', async () => {
    const { out, code } = await keys(['replace-recovery-key'], `${recoveryKey}\n`);
    assert.equal(code, 1);
    assert.match(out, /^ {4}(\S{4} ){10}\S{4}$/m);
    assert.match((await keys(['prove'], `${recoveryKey}\n`)).out, /opens the repository/);
    const asked = await keys([]);
    assert.equal(asked.code, 2);
    assert.match(asked.err, /npm run keys -- rotate/);
  });
});
