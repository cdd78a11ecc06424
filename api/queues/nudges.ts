import { BackupNudge, RestoreNudge } from '../../contract/messages.ts';
import type { BackupServices } from '../../engine/backup/backupServices.ts';
import { onBackupNudge, onPoisonedNudge } from '../../engine/backup/nudges.ts';
import { isFault } from '../../engine/fault.ts';
import type { RequestId } from '../../engine/model/ids.ts';
import type { Log } from '../../engine/ports/log.ts';
import type { Queue } from '../../engine/ports/queue.ts';
import type { RestoreFlow } from '../../engine/restore/restoreFlow.ts';

export type WorkQueue = 'backup' | 'history' | 'restore';

export interface NudgeServices {
  readonly log: Log;
  readonly queue: Queue;
  /** Opens what the work needs. Its faults are known trouble: the nudge comes again later. */
  readonly open: () => Promise<{
    readonly backup: BackupServices;
    readonly services: { readonly restore: RestoreFlow };
  }>;
}

/** How long a nudge waits when storage, key or records cannot be opened. */
const LATER_SECONDS = 60;

/** Unwraps queue messages. What they mean is in engine/backup and engine/restore. */
export function nudgeHandlers({ log, queue, open }: NudgeServices) {
  return {
    /** Throws for a message that is none of ours: after five tries it is parked in the poison queue. */
    async onNudge(name: WorkQueue, message: unknown): Promise<void> {
      const nudge = name === 'restore' ? RestoreNudge.parse(message) : BackupNudge.parse(message);
      try {
        const { backup, services } = await open();
        if ('requestId' in nudge) await services.restore.onNudge(nudge.requestId as RequestId);
        else if (name !== 'restore') await onBackupNudge(backup, backupNudge(nudge), name);
      } catch (error) {
        if (!isFault(error)) throw error;
        log.warn('nudge.later', { queue: name, kind: error.kind, origin: error.origin });
        await queue.send(name, nudge, LATER_SECONDS);
      }
    },

    async onPoisoned(name: WorkQueue, message: unknown): Promise<void> {
      const parsed = name === 'restore' ? RestoreNudge.safeParse(message) : BackupNudge.safeParse(message);
      if (!parsed.success) {
        log.warn('nudge.parked', { queue: name });
        return;
      }
      // A restore that broke its worker is taken up by the watchdog, which counts its tries.
      if ('requestId' in parsed.data) log.error('restore.poisoned', { request: parsed.data.requestId });
      else await onPoisonedNudge((await open()).backup, backupNudge(parsed.data));
    },
  };
}

const backupNudge = ({ run, resource }: BackupNudge) => ({ run, ...(resource === undefined ? {} : { resource }) });
