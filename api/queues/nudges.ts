import { BackupNudge, RestoreNudge, SweepNudge } from '../../contract/messages.ts';
import type { BackupServices } from '../../engine/backup/backupServices.ts';
import { onBackupNudge, onPoisonedNudge } from '../../engine/backup/nudges.ts';
import { isFault } from '../../engine/fault.ts';
import type { RequestId, ResourceId } from '../../engine/model/ids.ts';
import type { Log } from '../../engine/ports/log.ts';
import type { Queue } from '../../engine/ports/queue.ts';
import type { Catalog, Repository } from '../../engine/repository/repository.ts';
import type { RestoreFlow } from '../../engine/restore/restoreFlow.ts';
import type { RetentionFlow } from '../../engine/retention/retentionFlow.ts';
import type { VerificationFlow } from '../verification.ts';
import type { SweepFlow } from '../../engine/sweep/sweepFlow.ts';

export type WorkQueue = 'backup' | 'history' | 'restore';

export interface NudgeServices {
  readonly log: Log;
  readonly queue: Queue;
  /** Opens what the work needs. Its faults are known trouble: the nudge comes again later. */
  readonly open: () => Promise<{
    readonly backup: BackupServices;
    readonly services: {
      readonly restore: RestoreFlow;
      readonly retention: Pick<RetentionFlow, 'expire'>;
      readonly verification: Pick<VerificationFlow, 'onNudge'>;
      readonly sweep: Pick<SweepFlow, 'onNudge'>;
      readonly repository: Pick<Repository, 'points'> & { readonly catalog: Catalog };
    };
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

    /** After a backup the catalog follows; once a day retention looks, and the sweep. May come late and twice. */
    async onSweep(message: unknown): Promise<void> {
      const nudge = SweepNudge.parse(message);
      try {
        const { repository, retention, sweep } = (await open()).services;
        if ('sweep' in nudge) {
          await sweep.onNudge();
          return;
        }
        if ('verify' in nudge || 'drill' in nudge) {
          await (await open()).services.verification.onNudge(nudge);
          return;
        }
        if ('expire' in nudge) {
          await retention.expire(nudge.expire as ResourceId);
          return;
        }
        const resource = nudge.resource as ResourceId;
        const { newestPoint } = await repository.points.head(resource);
        if (newestPoint !== undefined) await repository.catalog.apply(resource, newestPoint);
      } catch (error) {
        if (!isFault(error)) throw error;
        const isDaily = 'expire' in nudge || 'resource' in nudge;
        if (isDaily && isFault(error, 'corrupt', 'missing', 'unsupported')) {
          // No later try finds it otherwise before somebody puts it right; the next backup or day brings a nudge of its own.
          log.error('nudge.dropped', { of: Object.values(nudge).join(), kind: error.kind, why: error.message });
          return;
        }
        log.warn('nudge.later', { queue: 'sweep', kind: error.kind, origin: error.origin });
        await queue.send('sweep', nudge, LATER_SECONDS);
      }
    },

    /** The next backup, or the next day, nudges again; `npm run catalog:rebuild` makes a catalog anew. */
    onSweepPoisoned(message: unknown): void {
      const nudge = SweepNudge.safeParse(message).data;
      log.error('sweep.poisoned', { of: Object.values(nudge ?? {}).join() || 'unknown' });
    },

    async onPoisoned(name: WorkQueue, message: unknown): Promise<void> {
      const parsed = name === 'restore' ? RestoreNudge.safeParse(message) : BackupNudge.safeParse(message);
      if (!parsed.success) {
        log.warn('nudge.parked', { queue: name });
        return;
      }
      const { backup, services } = await open();
      if (!('requestId' in parsed.data)) {
        if (name !== 'restore') await onPoisonedNudge(backup, backupNudge(parsed.data), name);
        return;
      }
      log.error('restore.poisoned', { request: parsed.data.requestId });
      await services.restore.onPoisoned(parsed.data.requestId as RequestId);
    },
  };
}

const backupNudge = ({ run, resource }: BackupNudge) => ({ run, ...(resource === undefined ? {} : { resource }) });
