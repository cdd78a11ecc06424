import { Fault } from '../engine/fault.ts';
import type { FaultDetail, FaultKind } from '../engine/fault.ts';
import { signInTrouble } from './identity.ts';

/** What the Azure SDKs throw, as far as we look at it. */
interface AzureError {
  readonly name?: string;
  readonly message?: string;
  readonly statusCode?: number;
  readonly code?: string;
  /** data-tables keeps the service's code here. */
  readonly details?: { readonly odataError?: { readonly code?: string }; readonly errorCode?: string };
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

interface Meaning {
  readonly kind: FaultKind;
  readonly says: (what: string) => string;
  /** The service refused before it did anything. */
  readonly nothingHappened?: boolean;
}

const busy: Meaning = {
  kind: 'unavailable',
  says: (what) => `Storage is busy, ${what} has to wait`,
  nothingHappened: true,
};
const full: Meaning = { kind: 'storage-full', says: (what) => `The storage account has no room for ${what}` };
const changed: Meaning = {
  kind: 'conflict',
  says: (what) => `${what} exists already or was changed by another writer`,
};
const absent: Meaning = { kind: 'not-found', says: (what) => `${what} is not there` };
// Not `not-found`: a reader must not take a lost container for a blob that was never written.
const unprepared: Meaning = {
  kind: 'unavailable',
  says: (what) => `The container, table or queue of ${what} is missing: the storage account is not prepared or lost it`,
  nothingHappened: true,
};
const protectedBlob: Meaning = {
  kind: 'conflict',
  says: (what) => `${what} is write-protected by an immutability policy or legal hold`,
};
const refused: Meaning = {
  kind: 'forbidden',
  says: (what) => `The storage account refuses access to ${what}: check its role assignments and network rules`,
};
const unauthorized: Meaning = {
  kind: 'unauthorized',
  says: (what) =>
    `The storage account did not accept our sign-in for ${what}: check the connection string or managed identity`,
};
const tooLarge: Meaning = { kind: 'too-large', says: (what) => `${what} is larger than storage takes` };

/** https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes and the pages of each service. */
const byCode: Readonly<Record<string, Meaning>> = {
  ServerBusy: busy,
  BlobNotFound: absent,
  ResourceNotFound: absent,
  EntityNotFound: absent,
  ContainerNotFound: unprepared,
  TableNotFound: unprepared,
  QueueNotFound: unprepared,
  ContainerBeingDeleted: unprepared,
  TableBeingDeleted: unprepared,
  QueueBeingDeleted: unprepared,
  BlobAlreadyExists: changed,
  EntityAlreadyExists: changed,
  ConditionNotMet: changed,
  UpdateConditionNotSatisfied: changed,
  BlobImmutableDueToPolicy: protectedBlob,
  BlobImmutableDueToLegalHold: protectedBlob,
  AccountLimitExceeded: full,
  InsufficientAccountStorage: full,
  InsufficientStorage: full,
  RequestBodyTooLarge: tooLarge,
  EntityTooLarge: tooLarge,
  AuthenticationFailed: unauthorized,
  InvalidAuthenticationInfo: unauthorized,
  NoAuthenticationInformation: unauthorized,
  AuthorizationFailure: refused,
  AuthorizationPermissionMismatch: refused,
  AuthorizationProtocolMismatch: refused,
  AccountIsDisabled: refused,
  Md5Mismatch: {
    kind: 'unavailable',
    says: (what) => `${what} was damaged on its way to storage`,
    nothingHappened: true,
  },
};

const byStatus: Readonly<Record<number, Meaning>> = {
  401: unauthorized,
  403: refused,
  404: absent,
  409: changed,
  412: changed,
  413: tooLarge,
  429: busy,
  507: full,
};

/** Never reached the service: nothing can have happened. */
const notConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The service took the request and closed the connection: an emulator whose disk is full may do so before it answers. */
const brokenOff = new Set(['ECONNRESET', 'EPIPE']);
const ROOM_HINT = 'check that its disk has room';

/**
 * Azure's words stop here. What is expected becomes a Fault of origin `storage`; a surprise goes on as it came.
 * `what` is a blob, row or queue for people to read: ids only, never content.
 */
export function toFault(error: unknown, what: string): unknown {
  if (typeof error !== 'object' || error === null || error instanceof Fault) return error;
  const azure = error as AzureError;
  const code = azure.details?.odataError?.code ?? azure.details?.errorCode ?? azure.code;
  const status = azure.statusCode;
  const detail: FaultDetail = { origin: 'storage', cause: error, ...(code && { code }), ...(status && { status }) };

  const meaning = (code && byCode[code]) || (status && byStatus[status]);
  if (meaning) {
    const outcomeUnknown = meaning.kind === 'unavailable' && !meaning.nothingHappened;
    return new Fault(meaning.kind, meaning.says(what), {
      ...detail,
      outcomeUnknown,
      retryAfterMs: retryAfterOf(azure),
    });
  }
  if (status !== undefined && status >= 500) {
    // Azure names its troubles; an emulator whose disk is full answers 500 and nothing else.
    const hint = code ? '' : ` and does not say why: ${ROOM_HINT}`;
    return new Fault('unavailable', `Storage had trouble with ${what}${hint}`, { ...detail, outcomeUnknown: true });
  }
  const signIn = signInTrouble(error);
  if (signIn === 'refused') return new Fault('unauthorized', unauthorized.says(what), detail);
  if (signIn === 'passing')
    return new Fault('unavailable', `The sign-in for storage does not answer, ${what} has to wait`, detail);
  if (azure.name === 'RestError' && status === undefined) {
    const outcomeUnknown = code === undefined || !notConnected.has(code);
    const hint = brokenOff.has(code ?? '') ? ` (it broke off: ${ROOM_HINT})` : '';
    return new Fault('unavailable', `Storage does not answer, ${what} has to wait${hint}`, {
      ...detail,
      outcomeUnknown,
    });
  }
  return error;
}

function retryAfterOf(error: AzureError): number | undefined {
  const seconds = Number(error.response?.headers?.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}
