import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { TableServiceClient } from '@azure/data-tables';
import { systemClock } from '../azure/systemClock.ts';
import { systemRandom } from '../azure/systemRandom.ts';
import { startAzurite, type RunningAzurite } from '../azure/testing/startAzurite.ts';
import { isFault } from '../engine/fault.ts';
import { rebuildRecords } from '../engine/records/rebuildRecords.ts';
import { silentLog } from '../engine/testing/silentLog.ts';
import { bootstrap } from './bootstrap.ts';
import { readSettings, type Settings } from './settings.ts';
import { openStores } from './stores.ts';
import { ticks } from './timers/ticks.ts';

describe('the first start', () => {
  let azurite: RunningAzurite;
  let folder: string;
  let settings: Settings & { readonly key: { readonly path: string } };
  const start = (showRecoveryKey: (text: string) => Promise<void>) =>
    bootstrap(settings, { showRecoveryKey, log: silentLog() });
  const never = () => Promise.reject(new Error('the key was shown a second time'));

  afterEach(() => azurite.stop());
  beforeEach(async () => {
    azurite = await startAzurite();
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
    assert.equal((await composed.services.keys.prove(shown[0] ?? '', { who: 'system' })).isProved, true);

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

  it('after the records were lost makes no policy and no run; what an admin had excluded stays so once rebuilt', async () => {
    const { composed } = await start(async () => undefined);
    const { records, repository } = composed.services;
    const [made] = await records.policies.list();
    assert.ok(made);
    const exclude = [{ kind: 'user' as const, sourceId: 'anna', reason: 'works council' }];
    await records.policies.update({ ...made.value, scope: { ...made.value.scope, exclude } }, made.etag);
    const storage = await openStores(settings);
    const parts = {
      blobs: storage.blobs,
      tables: storage.tables,
      sealer: repository,
      clock: systemClock,
      random: systemRandom,
    };
    const audited = (await records.audit.list()).value;
    const lost = TableServiceClient.fromConnectionString(azurite.connectionString, { allowInsecureConnection: true });
    await lost.deleteTable('records');

    const again = await start(never);
    const after = again.composed.services.records;
    assert.match(again.trouble ?? '', /lacks the last \d+ changes.* run npm run records:rebuild/);
    assert.deepEqual(again.runs, []);
    // Not by itself either, however much is tried.
    for (let n = 0; n < 6; n++) {
      await ticks(async () => again.composed).schedule();
      await assert.rejects(after.policies.create(made.value), isRebuildWanted);
    }
    assert.deepEqual((await after.runs.list()).value, []);
    assert.equal((await start(never)).trouble, again.trouble);
    const probe = (await again.composed.services.probes.dependencies()).find(({ name }) => name === 'records');
    assert.deepEqual([probe?.state, probe?.detail], ['fails', again.trouble]);

    assert.equal((await rebuildRecords(parts)).lost, 0);
    const rebuilt = await start(never);
    assert.equal(rebuilt.trouble, undefined);
    const { records: whole } = rebuilt.composed.services;
    assert.deepEqual(
      (await whole.policies.list()).map(({ value }) => value.scope.exclude),
      [exclude],
    );
    assert.deepEqual((await whole.audit.list()).value, audited);
    // Runs are not kept in the repository: the next one is due.
    assert.equal(rebuilt.runs.length, 1);
  });
});

const isRebuildWanted = (error: unknown) =>
  isFault(error, 'unavailable') && /npm run records:rebuild/.test(error.message);
