import { applyPolicies } from '../../engine/backup/applyPolicies.ts';
import type { BackupServices } from '../../engine/backup/backupServices.ts';
import { digestTick } from '../../engine/backup/digest.ts';
import { scheduleTick } from '../../engine/backup/startRun.ts';
import { resumeOpenRuns, watchdogTick } from '../../engine/backup/watchdog.ts';
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

/** Timers look at the clock through the engine and do nothing else; each may fire twice or never. */
export function ticks(open: () => Promise<Opened>) {
  let tellAuditHead: (() => Promise<void>) | undefined;
  return {
    async schedule(): Promise<void> {
      const { backup, services, condition } = await open();
      // Policies that may be the wrong ones start nothing.
      if ((await condition()).safeMode) return;
      await scheduleTick(backup);
      // What a change of the policies left undone when it was cut off.
      await applyPolicies(backup);
      await services.retention.tick();
      await services.verification.schedule();
      await services.sweep.tick();
      await services.keys.tick();
      tellAuditHead ??= auditHeadTeller(services);
      await tellAuditHead();
      const { notifications } = await sharedSettings(services.records);
      const { digest, digestDay: day, digestAt: at, timeZone } = notifications;
      // Without a zone it is due where the day comes first: whoever sends it waits for that time where its reader is.
      await digestTick(backup, digest === 'off' ? undefined : { day, at, timeZone: timeZone ?? 'Pacific/Kiritimati' });
    },
    async watchdog(): Promise<void> {
      const { backup, services } = await open();
      await watchdogTick(backup);
      await services.restore.tick(false);
      await services.verification.tick(false);
    },
    /** At the start of a process that knows every other one to be dead: all open work goes on at once. */
    async takeUp(): Promise<void> {
      const { backup, services } = await open();
      await resumeOpenRuns(backup);
      await services.restore.tick(true);
      await services.verification.tick(true);
    },
  };
}
