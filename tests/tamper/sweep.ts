import { seededRandom } from '../../engine/testing/seededRandom.ts';
import { makeDeployment } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import { observe } from './observe.ts';
import type { Held, Observed } from './observe.ts';
import { drawTamper, nameOf, tamperKinds, targetsOf } from './tampers.ts';
import type { Tamper, Target } from './tampers.ts';
import { whyUnknowable } from './unknowable.ts';

/** `named`: it is told, with the object and every item that cannot be read for it. `told`: it is told, not all of that. `harmless`: all that is read is equal. */
export type Outcome = 'named' | 'told' | 'harmless' | 'unknowable' | 'unseen' | 'given away' | 'defect';

export interface Judged {
  readonly tamper: Tamper;
  readonly outcome: Outcome;
  /** What the product said, or what differs though it said nothing. */
  readonly detail: string;
}

export interface Sweep {
  /** `object kind | tamper | outcome` with how many. */
  readonly counts: ReadonlyMap<string, number>;
  readonly bad: readonly Judged[];
  readonly total: number;
}

const kindsThatTell = new Set([
  'corrupt',
  'missing',
  'differs',
  'key-unavailable',
  'unsupported',
  'rows',
  'blobs',
  'not-found',
  'invalid',
]);
export const isBad = (outcome: Outcome): boolean => ['unseen', 'given away', 'defect'].includes(outcome);

/** `count` tampers drawn from `seed`, spread over kinds of objects and of tampers. Each is applied to storage of its own. */
export async function tamperSweep(count: number, seed: string, onJudged?: (judged: Judged) => void): Promise<Sweep> {
  const deployment = await makeDeployment();
  const clean = await observeFork(deployment);
  if (clean.notices.length > 0)
    throw new Error(`Untouched storage is complained about: ${JSON.stringify(clean.notices[0])}`);
  const random = seededRandom(seed);
  const targets = [...targetsOf(deployment)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const counts = new Map<string, number>();
  const bad: Judged[] = [];
  for (let total = 0; total < count;) {
    const [kind, ofKind] = targets[total % targets.length] as (typeof targets)[number];
    const tamper = drawTamper(random.pick(tamperKinds), random.pick(ofKind), deployment, random);
    if (tamper === undefined) continue;
    const judged = await judge(tamper, deployment, clean);
    onJudged?.(judged);
    total += 1;
    const at = `${kind}|${tamper.kind}|${judged.outcome}`;
    counts.set(at, (counts.get(at) ?? 0) + 1);
    if (isBad(judged.outcome)) bad.push(judged);
  }
  return { counts, bad, total: count };
}

async function observeFork(deployment: Deployment, tamper?: Tamper): Promise<Observed> {
  const stores = { blobs: deployment.blobs.fork(), tables: deployment.tables.fork() };
  tamper?.apply(stores);
  return observe(stores, deployment);
}

async function judge(tamper: Tamper, deployment: Deployment, clean: Observed): Promise<Judged> {
  const seen = await observeFork(deployment, tamper).catch((error: unknown) => ({
    notices: [{ part: 'whole', kind: 'defect', text: error instanceof Error ? String(error.stack) : String(error) }],
    facts: new Map<string, string>(),
    given: [],
    readable: new Set<Held>(),
    named: new Set<string>(),
  }));
  const forged = seen.given.find((bytes) => !deployment.bodies.has(bytes));
  if (forged !== undefined) return { tamper, outcome: 'given away', detail: forged.slice(0, 80) };
  const defect = seen.notices.find(({ kind }) => !kindsThatTell.has(kind));
  if (defect !== undefined)
    return { tamper, outcome: 'defect', detail: `${defect.part} ${defect.kind}: ${defect.text}` };
  // Two objects that changed places are both wrong; either leads to the other.
  const touched = [tamper.target, ...(tamper.other === undefined ? [] : [tamper.other])];
  const telling = seen.notices.find((notice) => touched.some((target) => names(target, notice.text)));
  const lost = [...clean.readable].filter((held) => !seen.readable.has(held));
  // Without the keys nothing can be read, and no list of names can be had: that is said of the repository.
  const isOfKeys = touched.some((target) => 'name' in target && /^(?:config$|keys\/)/.test(target.name));
  const unnamed = isOfKeys ? undefined : lost.find((held) => !isNamed(held, seen));
  if (telling !== undefined && unnamed === undefined) return { tamper, outcome: 'named', detail: telling.text };
  const [first] = seen.notices;
  if (first !== undefined)
    return { tamper, outcome: 'told', detail: `${unnamed ?? 'no object'} is not named; ${first.part}: ${first.text}` };
  const different = [...clean.facts].find(([part, fact]) => seen.facts.get(part) !== fact);
  if (different === undefined) return { tamper, outcome: 'harmless', detail: '' };
  const why = whyUnknowable(tamper, different[0]);
  if (why !== undefined) return { tamper, outcome: 'unknowable', detail: why };
  return {
    tamper,
    outcome: 'unseen',
    detail: differenceOf(different[0], different[1], seen.facts.get(different[0]) ?? ''),
  };
}

/** Is the item told as damaged, or its point as one that cannot be opened? */
function isNamed(held: Held, { named, notices }: Observed): boolean {
  const [point = '', item = ''] = held.split('/');
  return named.has(item) || notices.some(({ text }) => text.includes(point));
}

const ID = /[0-9a-f]{32}/;

/** Does the text say which object it is, or which resource a row of its belongs to? */
function names(target: Target, text: string): boolean {
  if ('name' in target) {
    // A record of a rewritten pack is told by the pack that cannot be had without it: both carry its id.
    const id = target.name.split('/').at(-1) ?? '';
    return text.includes(target.name) || (ID.test(id) && text.includes(id)) || (id === 'config' && /keys/.test(text));
  }
  const { partition, key } = target;
  const id = key.split(/[/:]/).at(-1) ?? '';
  return (
    text.includes(`${partition}/${key}`) ||
    (text.includes(`${partition}/`) && text.includes(id)) ||
    text.includes(`${partition}:${key}`) ||
    (ID.test(key) && text.includes(key)) ||
    (ID.test(partition) && text.includes(partition))
  );
}

function differenceOf(part: string, was: string, is: string): string {
  let at = 0;
  while (at < was.length && was[at] === is[at]) at += 1;
  return `${part}: …${was.slice(Math.max(0, at - 40), at + 60)}… became …${is.slice(Math.max(0, at - 40), at + 60)}…`;
}

export const inWords = ({ tamper, outcome, detail }: Judged): string =>
  `${outcome}: ${tamper.kind} of ${tamper.target.kind} ${nameOf(tamper.target)} (${tamper.what}): ${detail}`;
