import type { Finding, FindingArea, Verification } from '../model/verification.ts';
import type { Records } from '../records/records.ts';
import { hasEndedInspection } from './inspectionJob.ts';
import { isInPart } from './verifier.ts';
import { isVerification } from './verifyFlow.ts';

/** What a sample reads as a whole; of everything else it reads a share. */
const wholeInSamples: ReadonlySet<FindingArea> = new Set(['keys', 'records', 'audit', 'head', 'point']);
/** Of what else a sample finds, the items are read again until they are whole: the object is theirs. */
const toldByItems: ReadonlySet<FindingArea> = new Set(['pack', 'page', 'content']);

/** A verification that came to its end. */
interface Look {
  readonly verification: Verification;
  readonly startedAtMs: number;
}

/**
 * What verifications found beside the list of damaged items, until a newer one looked at just that again: one of the same
 * resource and of no lower level, begun after the finding was written down. Each damage once, however often it was met.
 */
export function standingFindings(records: Pick<Records, 'inspections'>): () => Promise<readonly Finding[]> {
  const { inspections } = records;
  // What ended finds nothing more: only what was written anew is read again.
  let known = new Map<string, { readonly etag: string; readonly findings: readonly Finding[] }>();

  async function unlisted(id: string, etag: string): Promise<readonly Finding[]> {
    const before = known.get(id);
    if (before?.etag === etag) return before.findings;
    const findings: Finding[] = [];
    let token: string | undefined;
    do {
      const page = await inspections.evidence.list(id, token);
      findings.push(...(page.value as readonly Finding[]).filter((finding) => !isOnTheList(finding)));
      token = page.nextPageToken;
    } while (token !== undefined);
    return findings;
  }

  return async () => {
    const standing = new Map<string, Finding>();
    const looks: Look[] = [];
    const read: typeof known = new Map();
    let isEverythingSeen = false;
    let token: string | undefined;
    do {
      const page = await inspections.list('verify', token);
      for (const { value, etag } of page.value) {
        if (!isVerification(value)) continue;
        const since = looks.filter(({ startedAtMs }) => startedAtMs >= endOf(value));
        if (coversAll(since)) isEverythingSeen = true;
        else if (value.found.missing + value.found.corrupt + value.found.differs > 0) {
          const findings = await unlisted(value.id, etag);
          read.set(value.id, { etag, findings });
          for (const finding of findings)
            if (!since.some(({ verification }) => lookedAgain(verification, value, finding)))
              standing.set(finding.key, standing.get(finding.key) ?? finding);
        }
        if (value.state === 'done') looks.push({ verification: value, startedAtMs: Date.parse(value.startedAt) });
      }
      token = isEverythingSeen ? undefined : page.nextPageToken;
    } while (token !== undefined);
    known = read;
    return [...standing.values()];
  };
}

/** An item that cannot be read stands there, and leaves it when it can be read again. */
const isOnTheList = ({ item, kind }: Finding): boolean => item !== undefined && kind !== 'differs';

/** While it goes on, nothing that began before can have looked at all that it found. */
const endOf = (verification: Verification): number =>
  hasEndedInspection(verification) ? Date.parse(verification.finishedAt ?? verification.heartbeatAt) : Infinity;

function lookedAgain(later: Verification, { level }: Verification, { resourceId, area, kind }: Finding): boolean {
  const { resource, part } = later;
  if (resource !== undefined && resource !== resourceId) return false;
  if (part !== undefined && (resourceId === undefined || !isInPart(resourceId, part))) return false;
  if (later.level === 'full' || wholeInSamples.has(area)) return true;
  return (area === 'pack' && kind === 'missing') || (level === 'sampling' && toldByItems.has(area));
}

/** Is there nothing that none of them looked at, whatever it was? What comes before is of no weight any more. */
function coversAll(looks: readonly Look[]): boolean {
  const whole = looks.filter(({ verification: { resource, part } }) => resource === undefined && part === undefined);
  if (whole.some(({ verification: { level } }) => level === 'full')) return true;
  const turns = Map.groupBy(
    looks.flatMap(({ verification: { level, part } }) => (level === 'full' && part !== undefined ? [part] : [])),
    ({ of }) => of,
  );
  return whole.length > 0 && [...turns].some(([of, parts]) => new Set(parts.map(({ index }) => index)).size === of);
}
