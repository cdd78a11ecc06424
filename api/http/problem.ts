import type { Problem } from '../../contract/problem.ts';
import { isFault, type Fault } from '../../engine/fault.ts';
import type { HttpAnswer } from './answer.ts';

export type ProblemFacts = Pick<Problem, 'code' | 'usedAt' | 'again'>;

/** A call that is not carried out. The message says what happened and what to do; it never holds content. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: Problem['errors'];
  readonly headers: Readonly<Record<string, string>>;
  /** What programs need to know beside the words. */
  readonly facts: ProblemFacts;

  constructor(
    status: number,
    detail: string,
    extra: {
      readonly errors?: Problem['errors'];
      readonly headers?: Readonly<Record<string, string>>;
      readonly facts?: ProblemFacts;
    } = {},
  ) {
    super(detail);
    this.name = 'Refusal';
    this.status = status;
    this.errors = extra.errors;
    this.headers = extra.headers ?? {};
    this.facts = extra.facts ?? {};
  }
}

/** The same words for what is not there and for what belongs to somebody else: nobody learns which it is. */
export const notFound = (what: string): Refusal =>
  new Refusal(404, `There is no such ${what}, or it is not yours. Check the address.`);
export const badInput = (errors: NonNullable<Problem['errors']>): Refusal =>
  new Refusal(400, `Bad input: ${errors.map(({ field, message }) => `${field} ${message}`).join('; ')}.`, { errors });

const titles: Readonly<Record<number, string>> = {
  400: 'Bad input',
  401: 'Sign in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'No such method here',
  409: 'Not possible now',
  412: 'Changed meanwhile',
  413: 'Too large',
  416: 'No such range',
  423: 'Locked',
  429: 'Too many calls',
  500: 'Something went wrong',
  501: 'Not possible',
  502: 'Microsoft 365 did not answer well',
  503: 'Not available now',
  507: 'Storage is full',
};

/** Status of a fault for whoever called. What the caller can do nothing about is 5xx, however the service named it. */
export function statusOfFault(fault: Fault): number {
  const fromInput = fault.origin === 'input' || fault.origin === 'engine';
  switch (fault.kind) {
    case 'not-found':
      return 404;
    case 'conflict':
    case 'stale-fence':
    case 'cancelled':
      return 409;
    case 'invalid':
    case 'unsupported':
      return fromInput ? 400 : 500;
    case 'too-large':
      return fromInput ? 413 : 500;
    case 'forbidden':
      return fault.origin === 'input' ? 403 : 502;
    case 'unauthorized':
    case 'locked':
    case 'malware':
    case 'source-corrupt':
    case 'resync':
      return 502;
    case 'throttled':
    case 'unavailable':
    case 'key-unavailable':
      return 503;
    case 'storage-full':
      return 507;
    case 'corrupt':
    case 'missing':
      return 500;
  }
}

/** What a reader sees of any error. Only refusals and faults speak for themselves; a defect shows its reference alone. */
export function problemAnswer(error: unknown, reference: string): HttpAnswer {
  if (error instanceof Refusal)
    return answerOf(error.status, error.message, reference, error.errors, error.headers, error.facts);
  if (isFault(error)) {
    const status = statusOfFault(error);
    const wait = error.retryAfterMs === undefined ? 10 : Math.ceil(error.retryAfterMs / 1000);
    return answerOf(status, error.message, reference, undefined, status === 503 ? { 'Retry-After': String(wait) } : {});
  }
  return answerOf(
    500,
    `Holdfast made a mistake; nothing else is affected. Try again, and tell your administrator the reference ${reference} if it stays.`,
    reference,
  );
}

function answerOf(
  status: number,
  detail: string,
  reference: string,
  errors?: Problem['errors'],
  headers: Readonly<Record<string, string>> = {},
  facts: ProblemFacts = {},
): HttpAnswer {
  const problem: Problem = {
    type: 'about:blank',
    title: titles[status] ?? 'Refused',
    status,
    detail,
    reference,
    ...facts,
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
  return {
    status,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...headers },
    body: JSON.stringify(problem),
  };
}
