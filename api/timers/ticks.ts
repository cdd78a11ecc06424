import { applyPolicies } from '../../engine/backup/applyPolicies.ts';
import type { BackupServices } from '../../engine/backup/backupServices.ts';
import { digestTick } from '../../engine/backup/digest.ts';
import { scheduleTick } from '../../engine/backup/startRun.ts';
import { resumeOpenRuns, watchdogTick } from '../../engine/backup/watchdog.ts';
import { isFault } from '../../engine/fault.ts';
import type { Log } from '../../engine/ports/log.ts';
import { auditHeadTeller } from '../../engine/records/tellAuditHead.ts';
import type { RecordsCondition } from '../../engine/records/recoverRecords.ts';
import { sharedSettings } from '../access.ts';
import type { Services } from '../services.ts';

interface Opened {
  readonly condition: () => Promise<RecordsCondition>;
  readonly backup: BackupServices;
  readonly services: Pick<
    Services,
    'restore' | 'records' | 'retention' | 'verification' | 'sweep' | 'keys' | 'clock' | 'log'
  >;
}

/**
 * Each part has its turn, whatever became of those before it: one that fails all day must keep no other from its work. The
 * first trouble is thrown at the end, so that the host counts the call as failed; the others are in the log.
 */
async function inTurn(log: Pick<Log, 'error'>, parts: Readonly<Record<string, () => Promise<unknown>>>): Promise<void> {
  const troubles: unknown[] = [];
  for (const [part, work] of Object.entries(parts)) {
    try {
      await work();
    } catch (error) {
      log.error('timer.partFailed', { part, error: isFault(error) ? error.kind : nameOf(error) });
      troubles.push(error);
    }
  }
  if (troubles.length > 0) throw troubles[0];
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

/** Timers look at the clock through the engine and do nothing else; each may fire twice or never. */
export function ticks(open: () => Promise<Opened>) {
  let tellAuditHead: (() => Promise<void>) | undefined;
  return {
    async schedule(): Promise<void> {
      const { backup, services, condition } = await open();
      // Policies that may be the wrong ones start nothing.
      if ((await condition()).safeMode) return;
      tellAuditHead ??= auditHeadTeller(services);
      await inTurn(services.log, {
        schedule: () => scheduleTick(backup),
        // What a change of the policies left undone when it was cut off.
        policies: () => applyPolicies(backup),
        retention: () => services.retention.tick(),
        verification: () => services.verification.schedule(),
        sweep: () => services.sweep.tick(),
        keys: () => services.keys.tick(),
        auditHead: tellAuditHead,
        digest: () => tellDigest(backup, services),
      });
    },
    async watchdog(): Promise<void> {
      const { backup, services } = await open();
      await inTurn(services.log, {
        backup: () => watchdogTick(backup),
        restore: () => services.restore.tick(false),
        verification: () => services.verification.tick(false),
      });
    },
    /** At the start of a process that knows every other one to be dead: all open work goes on at once. */
    async takeUp(): Promise<void> {
      const { backup, services } = await open();
      await inTurn(services.log, {
        backup: () => resumeOpenRuns(backup),
        restore: () => services.restore.tick(true),
        verification: () => services.verification.tick(true),
      });
    },
  };
}

async function tellDigest(backup: BackupServices, { records }: Pick<Services, 'records'>): Promise<void> {
  const { notifications } = await sharedSettings(records);
  const { digest, digestDay: day, digestAt: at, timeZone } = notifications;
  // Without a zone it is due where the day comes first: whoever sends it waits for that time where its reader is.
  await digestTick(backup, digest === 'off' ? undefined : { day, at, timeZone: timeZone ?? 'Pacific/Kiritimati' });
}
