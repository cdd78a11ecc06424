import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compose } from '../../api/compose.ts';
import { once } from '../../api/once.ts';
import { nudgeHandlers } from '../../api/queues/nudges.ts';
import { readSettings } from '../../api/settings.ts';
import { ticks } from '../../api/timers/ticks.ts';
import { keyVaultWrapper } from '../../azure/keyVaultWrapper.ts';
import { fakeVault } from '../../azure/testing/fakeVault.ts';
import { everything } from '../../engine/backup/testing/backupWorld.ts';
import { Fault } from '../../engine/fault.ts';
import type { PolicyId } from '../../engine/model/ids.ts';
import type { QueueName } from '../../engine/ports/queue.ts';
import { createRepository } from '../../engine/repository/openRepository.ts';
import { memoryBlobStore } from '../../engine/testing/memoryBlobStore.ts';
import { memoryQueue } from '../../engine/testing/memoryQueue.ts';
import { memoryTableStore } from '../../engine/testing/memoryTableStore.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import { silentLog } from '../../engine/testing/silentLog.ts';
import { virtualClock } from '../../engine/testing/virtualClock.ts';
import { simTenant } from '../simulation/tenant/simTenant.ts';

const WORK = ['backup', 'history', 'restore'] as const;
const credential = { getToken: async () => ({ token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 }) };

/** The app as its host starts it, over storage in memory, with the wrapper of Key Vault and a tenant that records requests. */
async function deployment() {
  const vault = fakeVault();
  let isSilent = false;
  const httpClient: typeof vault.httpClient = {
    sendRequest: (request) =>
      isSilent
        ? Promise.reject(Object.assign(new Error('No answer'), { name: 'RestError', code: 'ETIMEDOUT' }))
        : vault.httpClient.sendRequest(request),
  };
  const options = { httpClient, retryOptions: { maxRetries: 0 } };
  const newWrapper = () => keyVaultWrapper({ keyId: vault.keyId, credential, options });

  const clock = virtualClock();
  const random = seededRandom('key vault');
  const log = silentLog();
  const [blobs, tables, queue] = [memoryBlobStore({ clock }), memoryTableStore(), memoryQueue({ clock })];
  const tenant = simTenant({ clock, people: [{ alias: 'anna', messages: 2, files: 1 }] });
  await createRepository({ blobs, tables, random, clock }, { vault: newWrapper() }, tenant.tenantId);
  const [backup, restore] = [tenant.connection('backup'), tenant.connection('restore')];
  const settings = readSettings({
    GRAPH_ENDPOINT: backup.endpoint,
    AUTHORITY_HOST: backup.authorityHost,
    TENANT_ID: tenant.tenantId,
    BACKUP_CLIENT_ID: backup.clientId,
    BACKUP_CLIENT_SECRET: 'x',
    RESTORE_CLIENT_ID: restore.clientId,
    RESTORE_CLIENT_SECRET: 'x',
    STORAGE_CONNECTION_STRING: 'UseDevelopmentStorage=true',
    KEY_VAULT_KEY_ID: vault.keyId,
  });

  let tokens = 0;
  const start = (holder: string) => {
    const storage = { blobs, tables, queue, prepare: async () => undefined, askQueues: async () => undefined };
    const open = once(() =>
      compose(
        { ...settings, holder, isAlone: true },
        {
          storage,
          outerKey: newWrapper(),
          log,
          clock,
          random,
          wire: (app) => {
            const { transport, acquireToken } = tenant.connection(app);
            return {
              ...(transport && { transport }),
              acquireToken: async (fresh) => {
                tokens += 1;
                if (acquireToken === undefined) throw new Error('The tenant gives no tokens');
                return acquireToken(fresh);
              },
            };
          },
          signal: new AbortController().signal,
        },
      ),
    );
    return { open, queues: nudgeHandlers({ log, queue, open }), timers: ticks(open) };
  };
  type Started = ReturnType<typeof start>;

  /** Hands every message that is due to the app, once. */
  const deliver = async ({ queues }: Started): Promise<number> => {
    let count = 0;
    for (const name of [...WORK, 'sweep'] satisfies readonly QueueName[])
      for (const message of queue.take(name)) {
        count += 1;
        if (name === 'sweep') await queues.onSweep(message.message);
        else await queues.onNudge(name, message.message);
        message.done();
      }
    return count;
  };
  return {
    vault,
    clock,
    queue,
    tenant,
    start,
    deliver,
    setSilent: (silent: boolean) => (isSilent = silent),
    askedOfMicrosoft: () => tenant.calls.length + tokens,
  };
}

describe('a key vault that does not give the key', () => {
  const troubles: readonly {
    readonly name: string;
    readonly kind: string;
    readonly says: RegExp;
    readonly begin: (world: Awaited<ReturnType<typeof deployment>>) => void;
  }[] = [
    {
      name: 'is busy (429)',
      kind: 'unavailable',
      says: /Key Vault is busy, the key https:.*\/keys\/wrapping has to wait/,
      begin: ({ vault }) => vault.refuse(429, 'Throttled', { 'retry-after': '20' }),
    },
    {
      name: 'refuses the key (403)',
      kind: 'key-unavailable',
      says: /Key Vault refuses the key https:.*: it is disabled, expired, or our role on it is missing/,
      begin: ({ vault }) => vault.refuse(403, 'Forbidden'),
    },
    {
      name: 'has the key disabled (403)',
      kind: 'key-unavailable',
      says: /Key Vault refuses the key https:.*: it is disabled/,
      begin: ({ vault }) => vault.refuse(403, 'KeyDisabled'),
    },
    {
      name: 'has the key deleted (404)',
      kind: 'key-unavailable',
      says: /The key https:.* is not in its vault: recover it if it was deleted/,
      begin: ({ vault }) => vault.refuse(404, 'KeyNotFound'),
    },
    {
      name: 'has trouble of its own (503)',
      kind: 'unavailable',
      says: /Key Vault had trouble with the key https:/,
      begin: ({ vault }) => vault.refuse(503, 'ServiceUnavailable'),
    },
    {
      name: 'does not answer',
      kind: 'unavailable',
      says: /Key Vault does not answer for the key https:/,
      begin: ({ setSilent }) => setSilent(true),
    },
  ];

  for (const { name, kind, says, begin } of troubles)
    it(`and ${name}: nothing is asked of Microsoft 365, the words are clear, and work goes on by itself once it does`, async () => {
      const world = await deployment();
      const { clock, queue, vault } = world;
      const first = world.start('first');
      const { services } = await first.open();
      await services.records.policies.create({
        ...everything('ab'.repeat(16) as PolicyId, 'mail'),
        scope: { include: [{ kind: 'all' }], exclude: [], workloads: ['mail', 'drive'], autoInclude: true },
      });
      await first.timers.schedule();
      assert.ok(queue.dump('history').length + queue.dump('backup').length > 0, 'a run has begun');

      // The process is gone, and the next one comes while the vault has its trouble.
      begin(world);
      const next = world.start('next');
      const before = world.askedOfMicrosoft();
      for (let minute = 0; minute < 10; minute++) {
        for (const timer of ['schedule', 'watchdog', 'takeUp'] as const)
          await assert.rejects(next.timers[timer](), (error) => {
            assert.ok(error instanceof Fault);
            assert.deepEqual([error.kind, error.origin], [kind, 'keys']);
            assert.match(error.message, says);
            return true;
          });
        await world.deliver(next);
        await clock.advance(60_000);
      }
      assert.equal(world.askedOfMicrosoft() - before, 0);
      assert.ok(queue.dump('history').length + queue.dump('backup').length > 0, 'the work still waits');

      vault.refuse(undefined);
      world.setSilent(false);
      const { records } = (await next.open()).services;
      for (let minute = 0; minute < 60 && (await records.runs.open()).length > 0; minute++) {
        await world.deliver(next);
        await next.timers.watchdog();
        await clock.advance(60_000);
      }
      const [run] = (await records.runs.list()).value;
      assert.deepEqual([run?.state, run?.status], ['completed', 'complete']);
      assert.ok(world.askedOfMicrosoft() > before);
      assert.deepEqual(world.tenant.violations, []);
    });
});
