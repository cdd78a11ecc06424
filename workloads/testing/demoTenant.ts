import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { startTenant, type DemoTenant } from '../../dev/tenant/tenant.ts';
import { openApiDir } from '../../dev/tenant/testing/besideTheRepository.ts';
import { Fault } from '../../engine/fault.ts';
import { createRecorder, type Recorder } from '../../graph/testing/recorder.ts';
import { driveDescription } from '../drive/describe.ts';
import { mailDescription } from '../mail/describe.ts';
import { createGraph, createPacing, type Clock, type GraphConnection, type Log } from '../../graph/index.ts';

/** A demo tenant of a test's own, and connections to it as the backup and the restore app. */
export interface TestTenant {
  readonly tenant: DemoTenant;
  readonly read: GraphConnection;
  readonly write: GraphConnection;
  /** What left as either app, held against the published contract. */
  readonly recorders: { readonly read: Recorder; readonly write: Recorder };
  readonly log: Log;
  /** Rejects when anything was asked or answered against the contract: every test that talks to the tenant ends here. */
  stop(): Promise<void>;
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(new Fault('cancelled', 'The wait was cancelled'));
      });
    }),
};

export const quietLog: Log = { info: () => undefined, warn: () => undefined };

/** Starts a tenant with `options` on a temporary folder; `stop` removes it. */
export async function startTestTenant(options: Partial<Parameters<typeof startTenant>[0]> = {}): Promise<TestTenant> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'holdfast-tenant-'));
  const tenant = await startTenant({ seed: 'small', openApiDir, ...options, dataDir });
  // What NODE_EXTRA_CA_CERTS does for a process, done for this one.
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), tenant.ca]);
  const recorders = {
    read: createRecorder(tenant.graphUrl, permissionsOf('backup')),
    write: createRecorder(tenant.graphUrl, permissionsOf('restore')),
  };
  const connect = ({ clientId, secret }: { clientId: string; secret?: string }, recorder: Recorder) =>
    createGraph({
      endpoint: tenant.graphUrl,
      authorityHost: tenant.authorityUrl,
      tenantId: tenant.tenantId,
      clientId,
      credential: { kind: 'secret', secret: secret ?? '' },
      contentHosts: [new URL(tenant.contentUrl).host],
      pacing: createPacing({ clock: realClock, clientId, holder: 'test' }),
      clock: realClock,
      log: quietLog,
      observe: recorder.observe,
    });
  const read = connect(tenant.apps.backup, recorders.read);
  const write = connect(tenant.apps.restore, recorders.write);
  return {
    tenant,
    read,
    write,
    recorders,
    log: quietLog,
    async stop() {
      const broken = [
        ...recorders.read.violations,
        ...recorders.write.violations,
        ...tenant.recorder.violations().map((one) => JSON.stringify(one)),
        ...tenant.recorder.outgoings().map((one) => JSON.stringify(one)),
      ];
      await Promise.all([read.close(), write.close()]);
      await tenant.close();
      await rm(dataDir, { recursive: true, force: true });
      assert.deepEqual(broken, []);
    },
  };
}

/** What the two apps ask for, over all workloads. */
export const permissionsOf = (app: 'backup' | 'restore'): ReadonlySet<string> =>
  new Set(
    [mailDescription, driveDescription].flatMap(({ permissions }) =>
      permissions.filter((one) => one.app === app).map(({ name }) => name),
    ),
  );
