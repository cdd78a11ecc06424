import { ApiProblem } from '../../../../../contract/client.ts';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import type { Api } from '../../../client/apiContext.ts';

export interface Decided {
  readonly request: RestoreRequest;
  /** Somebody or something was quicker; the request is shown as it stands now. */
  readonly tooLate: boolean;
}

/** Decides a request. When it cannot be decided any more, answers how it stands instead. */
export async function decide(api: Api, id: string, decision: 'approve' | 'decline', reason: string): Promise<Decided> {
  const params = { id };
  const once = { idempotencyKey: crypto.randomUUID() };
  try {
    const request =
      decision === 'approve'
        ? await api.call('approveRestore', { params, body: reason === '' ? {} : { reason } }, once)
        : await api.call('declineRestore', { params, body: { reason } }, once);
    return { request, tooLate: false };
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 409) throw error;
    return { request: await api.call('getRestore', { params }), tooLate: true };
  }
}
