import type { Composed } from '../../../api/compose.ts';
import type { StartedHow } from '../../../engine/backup/startRun.ts';
import { policyDefaults } from '../../../engine/backup/defaults.ts';
import { isFault } from '../../../engine/fault.ts';
import { instant, type PolicyId } from '../../../engine/model/ids.ts';
import type { BackupPolicy } from '../../../engine/model/policy.ts';
import type { World } from '../kernel/world.ts';

export const everything = 'e'.repeat(32) as PolicyId;

/** What an administrator does first: one policy over these workloads, and no weekly digest. May be repeated. */
export function protect(workloads: readonly string[], rules: Partial<BackupPolicy> = {}) {
  return async ({ services }: Composed): Promise<void> => {
    const policy: BackupPolicy = {
      ...policyDefaults,
      id: everything,
      name: 'Everything',
      enabled: true,
      order: 0,
      scope: { include: [{ kind: 'all' }], exclude: [], workloads, autoInclude: true },
      options: {},
      createdAt: instant(services.clock.now()),
      createdBy: 'system',
      ...rules,
    };
    const noted = {
      at: policy.createdAt,
      who: 'system',
      action: 'policy.create',
      on: { policy: policy.id },
      result: 'done',
    } as const;
    const unlessThere = (error: unknown): void => {
      if (!isFault(error, 'conflict')) throw error;
    };
    await services.records.policies.create(policy, noted).then(() => undefined, unlessThere);
    await services.records.settings.put('notifications', { digest: 'off' }).then(() => undefined, unlessThere);
  };
}

/** Days pass without rehearsals and samples of verification: they look at everything, and it is not what this is about. */
export async function verifyNothing({ services }: Composed): Promise<void> {
  await services.records.settings
    .put('verification', { drills: 'off', samples: 'off', fullEveryDays: 0 })
    .catch((error: unknown) => {
      if (!isFault(error, 'conflict')) throw error;
    });
}

/** Asks for a run of everything, now. Who gets no answer presses again: that may make two. */
export const backUp = (world: World, how: StartedHow = {}): Promise<unknown> =>
  world.ask(({ services }) => services.backup.startPolicyRun(everything, 'system' as never, how));

/** Asks for a run and waits until every run has ended: for what comes before the run that is disturbed. */
export async function backUpWholly(world: World): Promise<void> {
  await backUp(world);
  await world.until(
    async ({ services }) => (await services.records.runs.open()).length === 0 && world.deployment.isIdle,
  );
}

/** Waits until no run is open, however often nobody answers. */
export async function runsEnded(world: World): Promise<void> {
  while ((await world.ask(({ services }) => services.records.runs.open())).length > 0) await world.time.sleep(60_000);
}

/** Ids of what a mailbox or drive holds now, in order. */
export const idsOf = (world: World, resource: string, kind: 'message' | 'file' | 'folder' | 'mailFolder'): string[] =>
  [...world.land.tenant.history.contentsAt(resource)]
    .filter(([, state]) => state.kind === kind)
    .map(([id]) => id)
    .toSorted();
