import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startAzurite, type RunningAzurite } from '../azure/testing/startAzurite.ts';
import { silentLog } from '../engine/testing/silentLog.ts';
import { bootstrap } from './bootstrap.ts';
import { readSettings, type Settings } from './settings.ts';

describe('the first start', () => {
  let azurite: RunningAzurite;
  let folder: string;
  let settings: Settings & { readonly key: { readonly path: string } };
  const start = (showRecoveryKey: (text: string) => Promise<void>) =>
    bootstrap(settings, { showRecoveryKey, log: silentLog() });
  const never = () => Promise.reject(new Error('the key was shown a second time'));

  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-first-'));
    const key = { path: path.join(folder, 'keys', 'wrapping.key') };
    settings = {
      ...readSettings({
        TENANT_ID: 'd3700000-0000-4000-8000-000000000001',
        BACKUP_CLIENT_ID: 'backup',
        BACKUP_CLIENT_SECRET: 'x',
        STORAGE_CONNECTION_STRING: azurite.connectionString,
        LOCAL_KEY_PATH: key.path,
        DATA_DIR: folder,
      }),
      key,
    };
  });

  it('uses the key only after it was shown, shows the same one again until then, and never later', async () => {
    const shown: string[] = [];
    const fail = async (text: string) => {
      shown.push(text);
      assert.equal((await stat(path.join(folder, 'recovery-key.pending'))).mode & 0o777, 0o600);
      throw new Error('the terminal is gone');
    };
    await assert.rejects(start(fail), /terminal is gone/);
    await assert.rejects(start(fail), /terminal is gone/);
    const { isNew, runs, composed } = await start(async (text) => void shown.push(text));
    assert.equal(isNew, true);
    assert.equal(runs.length, 1);
    assert.equal(new Set(shown).size, 1);
    assert.match(shown[0] ?? '', /^[A-Za-z0-9+/]{43}=$/);
    await assert.rejects(stat(path.join(folder, 'recovery-key.pending')), { code: 'ENOENT' });
    assert.equal((await composed.services.probes.recoveryKey(shown[0] ?? '')).result, 'ok');

    const again = await start(never);
    assert.equal(again.isNew, false);
    assert.deepEqual(again.runs, []);
    const policies = await again.composed.services.records.policies.list();
    assert.deepEqual(
      policies.map(({ value }) => [value.name, value.schedule, value.keepGoneDays]),
      [['Everything', { everyHours: 12 }, 365]],
    );

    const [policy] = policies;
    assert.ok(policy);
    await again.composed.services.records.policies.remove(policy.value.id, policy.etag);
    await start(never);
    assert.deepEqual(await again.composed.services.records.policies.list(), []);

    // A lost key file is said, and no new one put in its place: it would open nothing.
    await rm(settings.key.path);
    await assert.rejects(start(never), { name: 'Fault', kind: 'key-unavailable' });
    await assert.rejects(stat(settings.key.path), { code: 'ENOENT' });
  });
});
