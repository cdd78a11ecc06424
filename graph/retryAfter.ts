/** Header names in lower case; of a header sent twice, the first value. */
export type Headers = Readonly<Record<string, string>>;

/**
 * How long the service asks to wait, in milliseconds; undefined when it does not say. Understands seconds and HTTP dates
 * (read against the answer's own `Date`, so that a wrong clock here does not matter), and takes the larger of
 * `Retry-After` and, when nothing remains of the budget, `RateLimit-Reset`.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const asked = waitOf(headers['retry-after'], Date.parse(headers['date'] ?? '') || now);
  const reset = headers['ratelimit-remaining'] === '0' ? waitOf(headers['ratelimit-reset'], now) : undefined;
  if (asked === undefined) return reset;
  return reset === undefined ? asked : Math.max(asked, reset);
}

/** Longer than a day nobody means. */
const LONGEST_MS = 86_400_000;

function waitOf(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(LONGEST_MS, Math.ceil(Number(text) * 1000));
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(LONGEST_MS, Math.max(0, at - now));
}
