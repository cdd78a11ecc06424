import { instant } from '../../engine/model/ids.ts';
import type { RouteName } from '../../contract/paths.ts';
import type { AuditEntry, NewAuditEntry } from '../../engine/records/records.ts';
import type { Services } from '../services.ts';
import type { HttpCall } from './answer.ts';
import type { Caller } from './caller.ts';

type Told = { readonly services: Services; readonly caller: Caller; readonly call: HttpCall };

/** What each change is called in the audit. Trying out changes nothing, and stays out of it. */
export const deeds: Partial<Record<RouteName, string>> = {
  createPolicy: 'policy.create',
  changePolicy: 'policy.change',
  removePolicy: 'policy.remove',
  acceptRetention: 'change.ask',
  setHold: 'hold.set',
  releaseHold: 'change.ask',
  approveChange: 'change.approve',
  withdrawChange: 'change.withdraw',
  giveUpPoint: 'change.ask',
  resumeExpiry: 'expiry.resume',
  startPolicyRun: 'run.start',
  startResourceRun: 'run.start',
  cancelRun: 'run.cancel',
  createRestore: 'restore.ask',
  planRestore: 'restore.plan',
  approveRestore: 'restore.approve',
  declineRestore: 'restore.decline',
  withdrawRestore: 'restore.withdraw',
  runRestore: 'restore.run',
  cancelRestore: 'restore.cancel',
  undoRestore: 'restore.undo',
  putSettings: 'settings.change',
  acceptListing: 'sweep.acceptListing',
  startVerification: 'verify.start',
  startRepair: 'verify.repair',
  acceptLoss: 'loss.accept',
  startDrill: 'drill.start',
  verifyKey: 'key.verify',
  rotateKeys: 'change.ask',
};

/** Writes down who did what. `on` holds ids and plain words, never content. */
export async function audit(
  told: Told,
  action: string,
  on: AuditEntry['on'],
  result: AuditEntry['result'] = 'done',
): Promise<void> {
  await told.services.records.audit.append(auditEntry(told, action, on, result));
}

/** The same entry for a change that takes it along, so that it cannot take effect without. */
export function auditEntry(
  { services, caller, call }: Told,
  action: string,
  on: AuditEntry['on'],
  result: AuditEntry['result'] = 'done',
): NewAuditEntry {
  const from = call.headers.get('x-forwarded-for')?.split(',')[0]?.trim().slice(0, 64);
  return {
    at: instant(services.clock.now()),
    who: caller.id,
    ...(caller.name === '' ? {} : { name: caller.name }),
    action,
    on,
    ...(from === undefined ? {} : { from }),
    result,
  };
}
