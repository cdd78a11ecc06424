import type { BackupWorld, Process } from '../../backup/testing/backupWorld.ts';
import type { Finding, Verification } from '../../model/verification.ts';
import type { OpenRepository } from '../../repository/openRepository.ts';
import { boundary, Killed, type Boundary } from '../../testing/boundary.ts';
import { silentLog } from '../../testing/silentLog.ts';
import {
  startVerification,
  verifyTick,
  workOnVerification,
  type VerifyNudge,
  type VerifyOrder,
} from '../verifyFlow.ts';
import { verifySettings, type VerifyServices } from '../verifyServices.ts';

/** Verification in the process of a backup world: the same storage, records and queue. */
export function verifyServices(
  world: BackupWorld,
  { services }: Process,
  settings: Partial<VerifyServices['settings']> = {},
): VerifyServices {
  const { records, queue, clock, random, holder } = services;
  const repository = services.repository as OpenRepository;
  return {
    repository,
    records,
    ground: { tables: world.tables, blobs: world.blobs, sealer: repository, clock, random },
    queue,
    clock,
    random,
    log: silentLog(),
    holder,
    isDead: (other) => services.isDead(other),
    signal: services.signal,
    settings: { ...verifySettings, ...settings },
  };
}

/** Works off what is on its queue until nothing is left. */
export async function drainVerify(world: BackupWorld, services: VerifyServices, process?: Boundary): Promise<void> {
  for (;;) {
    const taken = world.queue.take('sweep');
    for (const one of taken) {
      const { verify } = one.message as Partial<VerifyNudge>;
      const act = async (): Promise<void> => {
        if (verify !== undefined) await workOnVerification(services, verify);
      };
      if (process === undefined) await act();
      else await process.run(act);
      one.done();
    }
    if (taken.length > 0) continue;
    const due = world.queue.dump('sweep').map((message) => message.dueAt);
    if (due.length === 0) return;
    world.clock.set(Math.max(world.clock.now(), Math.min(...due)));
  }
}

/** A whole verification in a process that nobody disturbs, or in one that is killed and followed by another. */
export async function verifyAll(
  world: BackupWorld,
  order: VerifyOrder = { level: 'full' },
  through: Boundary = boundary(),
  settings: Partial<VerifyServices['settings']> = {},
): Promise<{ readonly verification: Verification; readonly findings: readonly Finding[] }> {
  const clean = verifyServices(world, await world.start());
  const id = await startVerification(clean, order, 'system');
  try {
    const process = await through.run(() => world.start(through));
    await drainVerify(world, verifyServices(world, process, settings), through);
  } catch (error) {
    if (!(error instanceof Killed) && through.hits.length === 0) throw error;
  }
  const after = verifyServices(world, await world.start(), settings);
  await verifyTick(after, true);
  await drainVerify(world, after);
  const verification = (await clean.records.inspections.get(id))?.value as Verification;
  const findings: Finding[] = [];
  let token: string | undefined;
  do {
    const page = await clean.records.inspections.evidence.list(id, token);
    findings.push(...(page.value as readonly Finding[]));
    token = page.nextPageToken;
  } while (token !== undefined);
  return { verification, findings };
}
