import type { AuditHead } from '../../../../../contract/audit.ts';

/**
 * Heads of the log as somebody pasted them from a summary: a line each, the count and 64 hex digits, whatever stands
 * between. Undefined where a line that is not empty has none.
 */
export function headsIn(pasted: string): readonly AuditHead[] | undefined {
  const heads: AuditHead[] = [];
  for (const line of pasted.split('\n')) {
    if (line.trim() === '') continue;
    const hash = /\b[0-9a-f]{64}\b/i.exec(line)?.[0];
    const count = /\d[\d,.\u00a0\u202f]*/.exec(hash === undefined ? '' : line.replace(hash, ''))?.[0];
    if (hash === undefined || count === undefined) return undefined;
    heads.push({ count: Number(count.replace(/\D/g, '')), hash: hash.toLowerCase() });
  }
  return heads;
}
