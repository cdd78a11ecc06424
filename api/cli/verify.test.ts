import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { BlobServiceClient } from '@azure/storage-blob';
import { startAzurite, type RunningAzurite } from '../../azure/testing/startAzurite.ts';
import {
  instant,
  type ItemId,
  type PointId,
  type ResourceId,
  type RunId,
  type SliceId,
} from '../../engine/model/ids.ts';
import type { Entry } from '../../engine/model/item.ts';
import { noCounts } from '../../engine/model/ledger.ts';
import { makeRecords } from '../../engine/records/makeRecords.ts';
import type { OpenRepository } from '../../engine/repository/openRepository.ts';
import { bootstrap } from '../bootstrap.ts';
import { consoleLog } from '../consoleLog.ts';
import { openKept } from '../kept.ts';
import { readSettings } from '../settings.ts';

const id = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 32);
const resource = id('mailbox') as ResourceId;
const MEGABYTE = 1024 * 1024;

describe('npm run verify', () => {
  let azurite: RunningAzurite;
  let folder: string;
  let environment: Record<string, string>;
  let repository: OpenRepository;
  before(async () => {
    azurite = await startAzurite();
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-verify-'));
    environment = {
      TENANT_ID: 'd3700000-0000-4000-8000-000000000001',
      BACKUP_CLIENT_ID: 'backup',
      BACKUP_CLIENT_SECRET: 'x',
      STORAGE_CONNECTION_STRING: azurite.connectionString,
      LOCAL_KEY_PATH: path.join(folder, 'wrapping.key'),
    };
    const settings = readSettings({ ...environment, BOT_AUTH: 'none' });
    const { composed } = await bootstrap(settings, {
      log: { ...consoleLog, info: () => undefined },
      showRecoveryKey: async () => undefined,
    });
    await composed.graphs.read.close();
    const kept = await openKept(settings);
    repository = kept.repository;
    await makeRecords(kept.recordServices).resources.put({
      id: resource,
      workload: 'mail',
      kind: 'user',
      sourceId: 'anna',
      name: 'Anna',
      state: 'protected',
      firstSeenAt: instant(Date.now()),
    });
  });
  after(async () => {
    await azurite.stop();
    await rm(folder, { recursive: true });
  });

  const verify = async (...args: readonly string[]) => {
    const told = `process.on('exit', () => console.error('peak ' + process.resourceUsage().maxRSS))`;
    const child = spawn(
      process.execPath,
      [
        '--import',
        `data:text/javascript,${encodeURIComponent(told)}`,
        path.join(import.meta.dirname, 'verify.ts'),
        ...args,
      ],
      { cwd: folder, env: { PATH: process.env['PATH'] ?? '', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
    const peak = Number(/peak (\d+)/.exec(err)?.[1]) * 1024;
    return { out, err, code, peak };
  };

  /** A restore point more, with these items. */
  async function publish(items: Readonly<Record<string, Uint8Array>>): Promise<ReadonlyMap<string, Entry>> {
    const now = instant(Date.now());
    const run = id(`run ${now}`) as RunId;
    const head = await repository.points.takeFence(resource, {
      holder: `test ${now}`,
      run,
      now,
      aliveMs: 0,
      isDead: () => true,
    });
    assert.ok(head);
    const writer = repository.packWriter();
    const stored = new Map<string, Entry>();
    for (const [name, bytes] of Object.entries(items)) {
      const stream = await writer.store(
        'original',
        'binary',
        (async function* () {
          yield bytes;
        })(),
      );
      stored.set(name, {
        id: id(name) as ItemId,
        sourceId: name,
        name,
        kind: 'file',
        container: false,
        size: bytes.length,
        versionTag: id(`${name} ${now}`),
        sha256: stream.sha256,
        streams: [stream],
      });
    }
    const packs = await writer.flush();
    const slice = id(`slice ${now}`) as SliceId;
    await repository.putSlice({
      id: slice,
      resourceId: resource,
      runId: run,
      fence: head.fence,
      step: head.step + 1,
      committedAt: now,
      entries: [...stored.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      removals: [],
      ledger: [],
      pending: [],
      packs,
      state: {},
    });
    const committed = await repository.points.commit(head, { headSlice: slice, step: head.step + 1 });
    const { head: done, point } = await repository.points.publish(committed, {
      id: id(`point ${now}`) as PointId,
      runId: run,
      window: { from: now, to: now },
      slices: [slice],
      removals: [],
      status: 'complete',
      missing: [],
      counts: noCounts,
    });
    await repository.points.commit(done, { openRun: undefined, holder: undefined, heartbeatAt: undefined });
    await repository.catalog.apply(resource, point.id);
    return stored;
  }

  const packOf = (entry: Entry | undefined): string => {
    const pack = entry?.streams[0]?.parts[0]?.place.pack ?? '';
    return `packs/${pack.slice(0, 2)}/${pack}`;
  };
  async function flip(name: string, at: number): Promise<void> {
    const blob = BlobServiceClient.fromConnectionString(azurite.connectionString)
      .getContainerClient('repository')
      .getBlockBlobClient(name);
    const bytes = await blob.downloadToBuffer();
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await blob.uploadData(bytes);
  }

  it('finds nothing where nothing is wrong, one flipped bit by the name of its item, and puts right what it can', async () => {
    const kept = randomBytes(300_000);
    const first = await publish({ kept, other: randomBytes(20_000) });
    const clean = await verify('--full');
    assert.match(clean.out, /Everything that was read is as it was written\./);
    assert.equal(clean.code, 0, clean.err);

    await flip(packOf(first.get('kept')), 5_000);
    const bad = await verify('--full', '--resource', resource);
    assert.equal(bad.code, 1);
    assert.match(bad.err, /^corrupt: packs\/.*item [0-9a-f]{32} "kept"/m);
    const waiting = await verify('--full', '--repair');
    assert.match(waiting.err, /waits for the next backup/);

    // What the next backup does: it stores the same bytes again.
    await repository.damage.avoidDamagedPacks();
    await publish({ kept });
    const repaired = await verify('--full', '--repair');
    assert.match(repaired.out, /lies in a new one: 1 lost parts were found elsewhere, 0 were not/);
    const again = await verify('--full');
    assert.equal(again.code, 0, again.err);
  });

  it('reads a hundred megabytes without holding them', async () => {
    const small = await verify('--full');
    for (let round = 0; round < 5; round++)
      await publish(Object.fromEntries([0, 1, 2, 3, 4].map((n) => [`large ${round} ${n}`, randomBytes(4 * MEGABYTE)])));
    const large = await verify('--full');
    assert.match(large.out, /10\d\.\d MB in/);
    assert.ok(large.peak < 400 * MEGABYTE, `${large.peak} bytes at most`);
    assert.ok(large.peak - small.peak < 200 * MEGABYTE, `${large.peak - small.peak} bytes more than for a small one`);
  });
});
