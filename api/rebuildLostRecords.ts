import { Fault } from '../engine/fault.ts';
import { instant } from '../engine/model/ids.ts';
import { makeRecords } from '../engine/records/makeRecords.ts';
import type { RecordServices } from '../engine/records/openLog.ts';
import { rebuildRecords, type Rebuilt } from '../engine/records/rebuildRecords.ts';
import { recoverRecords, type RecordsCondition } from '../engine/records/recoverRecords.ts';

/**
 * Rebuilds the records from the repository and puts that into the audit. Fault `invalid` when the table holds changes that
 * the repository has lost, unless `discardNewer`: a rebuild would take the only copy of them away.
 */
export async function rebuildLostRecords(
  services: RecordServices,
  { discardNewer }: { readonly discardNewer: boolean },
): Promise<Rebuilt & { readonly condition: RecordsCondition }> {
  const before = await recoverRecords(services);
  if (before.safeMode && before.lacking === 'blobs' && !discardNewer)
    throw new Fault(
      'invalid',
      `${before.reason} A rebuild would go back to what the repository holds. Bring the blobs below records/ back first ` +
        '(soft delete and versions keep them), or say that newer changes may go: npm run records:rebuild -- --discard-newer',
      { origin: 'input' },
    );
  const rebuilt = await rebuildRecords(services);
  const condition = await recoverRecords(services);
  if (!condition.safeMode)
    await makeRecords(services).audit.append({
      at: instant(services.clock.now()),
      who: 'system',
      action: 'records.rebuild',
      on: { rows: String(rebuilt.rows), lost: String(rebuilt.lost) },
      result: 'done',
    });
  return { ...rebuilt, condition };
}
