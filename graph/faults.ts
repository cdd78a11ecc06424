import { Fault, type FaultDetail, type FaultKind } from '../engine/fault.ts';
import { retryAfterMs, type Headers } from './retryAfter.ts';

/** An answer that is not what was asked for. */
export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  /** Start of the body, as text. */
  readonly body: string;
  /** What was asked, in words that hold no names: `GET /users/{id}/messages/delta`. */
  readonly what: string;
  /** Budget scope of the call. */
  readonly scope: string;
  readonly now: number;
  /** Can the call have had an effect? */
  readonly isWrite: boolean;
}

/** Codes that say more than their status, in lower case. */
const byCode: Readonly<Record<string, FaultKind>> = {
  toomanyrequests: 'throttled',
  applicationthrottled: 'throttled',
  activitylimitreached: 'throttled',
  servicenotavailable: 'throttled',
  errorservertoobusy: 'throttled',
  errormailboxstoreunavailable: 'unavailable',
  unknownerror: 'unavailable',
  resyncrequired: 'resync',
  resyncchangesapplydifferences: 'resync',
  resyncchangesuploaddifferences: 'resync',
  syncstatenotfound: 'resync',
  syncstateinvalid: 'resync',
  directory_expiredpagetoken: 'resync',
  errorsyncfoldernotfound: 'not-found',
  erroritemnotfound: 'not-found',
  itemnotfound: 'not-found',
  mailboxnotenabledforrestapi: 'not-found',
  mailboxnotsupportedforrestapi: 'not-found',
  resourcenotfound: 'not-found',
  request_resourcenotfound: 'not-found',
  errorinvaliduser: 'not-found',
  uploadsessionnotfound: 'not-found',
  errorcorruptdata: 'source-corrupt',
  errorcannotopenfileattachment: 'source-corrupt',
  errorfolderexists: 'conflict',
  namealreadyexists: 'conflict',
  preconditionfailed: 'conflict',
  errorirresolvableconflict: 'conflict',
  erroraccessdenied: 'forbidden',
  authorization_requestdenied: 'forbidden',
  accessdenied: 'forbidden',
  malwaredetected: 'malware',
  resourcelocked: 'locked',
  notallowed: 'locked',
  errorquotaexceeded: 'storage-full',
  quotalimitreached: 'storage-full',
  errormessagesizeexceeded: 'too-large',
  invalidauthenticationtoken: 'unauthorized',
};

const byStatus: Readonly<Record<number, FaultKind>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  408: 'unavailable',
  409: 'conflict',
  410: 'resync',
  412: 'conflict',
  413: 'too-large',
  405: 'unsupported',
  423: 'locked',
  429: 'throttled',
  501: 'unsupported',
  507: 'storage-full',
};

/** The one place where Graph's words become ours. */
export function toFault(refusal: Refusal): Fault {
  const { status, headers, now } = refusal;
  const codes = codesOf(refusal.body);
  const wait = retryAfterMs(headers, now);
  const kind = kindOf(status, codes, headers, wait);
  const code = codes[0];
  const detail: FaultDetail = {
    origin: 'graph',
    status,
    ...(code === undefined ? {} : { code }),
    ...(kind === 'throttled' ? { scope: refusal.scope } : {}),
    ...(['throttled', 'unavailable'].includes(kind) && wait !== undefined ? { retryAfterMs: wait } : {}),
    ...(kind === 'resync' && headers['location'] !== undefined ? { location: headers['location'] } : {}),
    ...(kind === 'unavailable' && refusal.isWrite ? { outcomeUnknown: true } : {}),
  };
  return new Fault(kind, sentence(kind, refusal, code), detail);
}

function kindOf(status: number, codes: readonly string[], headers: Headers, wait: number | undefined): FaultKind {
  // A 503 that names a time is SharePoint's other way of throttling; without one it is a passing trouble.
  if (status === 429 || (status === 503 && wait !== undefined)) return 'throttled';
  if (headers['x-virus-infected'] === 'true') return 'malware';
  if (status === 401) return 'unauthorized';
  // SharePoint nests codes and puts the telling one innermost.
  for (const code of codes.toReversed()) {
    const kind = byCode[code.toLowerCase()];
    // `serviceNotAvailable` with 502 or 504 is a gateway's trouble, no throttle.
    if (kind !== undefined && !(kind === 'throttled' && ![403, 429, 503].includes(status))) return kind;
  }
  return byStatus[status] ?? (status >= 500 ? 'unavailable' : 'invalid');
}

/** Error codes of a Graph error body, outermost first. */
export function codesOf(body: string): string[] {
  const found: string[] = [];
  let level = errorObject(body);
  for (let depth = 0; level !== undefined && depth < 6; depth++) {
    if (typeof level['code'] === 'string' && level['code'] !== '') found.push(level['code']);
    level = asObject(level['innerError'] ?? level['innererror']);
  }
  return found;
}

function errorObject(body: string): Record<string, unknown> | undefined {
  if (!body.trimStart().startsWith('{')) return undefined;
  try {
    return asObject(asObject(JSON.parse(body))?.['error']);
  } catch (error) {
    // A cut or garbled error body names no code; the status speaks for it.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const asObject = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;

function sentence(kind: FaultKind, { what, status, scope }: Refusal, code: string | undefined): string {
  const answer = code === undefined ? `${status}` : `${status} ${code}`;
  switch (kind) {
    case 'throttled':
      return `Microsoft 365 asks to wait before the next call to ${scope} (${answer})`;
    case 'unauthorized':
      return `Microsoft Graph does not accept the token for ${what} (${answer}). Check the app's credential and tenant`;
    case 'forbidden':
      return `Microsoft Graph refuses ${what} (${answer}). A permission is missing, its consent was withdrawn, or a policy excludes this place`;
    case 'not-found':
      return `${what} found nothing (${answer})`;
    case 'locked':
      return `${what} is locked or read-only at Microsoft 365 (${answer})`;
    case 'resync':
      return `The saved place in the change feed is dead, ${what} starts over (${answer})`;
    case 'malware':
      return `Microsoft 365 found malware and does not hand the content out (${answer})`;
    case 'storage-full':
      return `There is no room left at the target in Microsoft 365 (${answer})`;
    default:
      return `Microsoft Graph answered ${what} with ${answer}`;
  }
}

/** A connection that broke or never came about. */
export function brokenConnection(what: string, isWrite: boolean, cause: unknown): Fault {
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  // Nothing was sent when not even the connection stood.
  const neverSent =
    code !== undefined && ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'].includes(code);
  return new Fault(
    'unavailable',
    `The connection to Microsoft 365 failed during ${what}${code === undefined ? '' : ` (${code})`}`,
    {
      origin: 'graph',
      cause,
      ...(code === undefined ? {} : { code }),
      ...(isWrite && !neverSent ? { outcomeUnknown: true } : {}),
    },
  );
}

/** The Fault of an error that came inside an answer which itself succeeded. Unknown codes are passing troubles. */
export function faultOfCode(code: string, what: string): Fault {
  const kind =
    byCode[code.toLowerCase()] ?? (/^Error(InvalidRecipients|InvalidId)/i.test(code) ? 'invalid' : 'unavailable');
  return new Fault(kind, `${what} failed at Microsoft 365 (${code})`, { origin: 'graph', code, status: 200 });
}
