import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { Instant } from '../model/ids.ts';
import type { WriteProtection } from '../ports/writeProtection.ts';
import { inParallel } from '../repository/inParallel.ts';
import type { Cycle } from './cycle.ts';
import { awhileFrom, packLasts, promisedEnds } from './promisedEnds.ts';
import type { Scan } from './scan.ts';
import { mostChanges } from './state.ts';

const atOnce = 8;
/** Everything under these stays for ever: without keys and records nobody reads the rest. */
const alwaysNeeded = ['config', 'keys/', 'records/'];
/** Dates of storage are whole seconds. */
const wholeSecond = (ms: number): Instant => instant(Math.ceil(ms / 1000) * 1000);

/**
 * Where storage protects blobs until a date: whatever is needed and whose date ends soon is protected anew, as long as
 * retention promises to keep it, at most `coverMs` from now. Nothing is ever shortened. Does it once a cycle; what a kill
 * left is done by the next call.
 */
export async function extendProtection(cycle: Cycle, scan: Scan): Promise<void> {
  const { protection } = cycle.services.blobs;
  if (protection === undefined || cycle.state.extended === cycle.state.cycle) return;
  if (await protection.isOn('repository')) {
    const promised = await promisedEnds(cycle, (name) => isNeeded(cycle, scan, name));
    const { points, packs, moved } = promised;
    // What a job, a pin or an expiry under way needs is needed tomorrow; nobody knows for how much longer.
    const awhile = awhileFrom(cycle);
    for (const [pack, { isInJob }] of scan.usage) if (isInJob) await packLasts(cycle, promised, pack, awhile);
    const idOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);
    for (const [prefix, dates] of [
      ['points/', points],
      ['moved/', moved],
      ['packs/', packs],
    ] as const)
      await extendUnder(cycle, protection, prefix, (name) =>
        isNeeded(cycle, scan, name) ? (dates.get(idOf(name)) ?? awhile) : undefined,
      );
    const forEver = cycle.now + cycle.settings.coverMs;
    for (const prefix of alwaysNeeded) await extendUnder(cycle, protection, prefix, () => forEver);
  }
  await cycle.advance({ extended: cycle.state.cycle });
}

async function extendUnder(
  cycle: Cycle,
  protection: WriteProtection,
  prefix: string,
  neededUntilOf: (name: string) => number | undefined,
): Promise<void> {
  const soon = cycle.now + cycle.settings.dueMs;
  for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
    const page = await protection.list('repository', prefix, pageToken);
    pageToken = page.nextPageToken;
    const due = page.blobs.flatMap(({ name, until }) => {
      const ends = until === undefined ? 0 : Date.parse(until);
      const needed = neededUntilOf(name);
      return needed !== undefined && ends < soon && ends < needed ? [{ name, until: wholeSecond(needed) }] : [];
    });
    for (let from = 0; from < due.length; from += mostChanges) {
      cycle.insistOnTime();
      await extendAll(cycle, protection, due.slice(from, from + mostChanges));
    }
  }
}

async function extendAll(
  cycle: Cycle,
  protection: WriteProtection,
  due: readonly { readonly name: string; readonly until: Instant }[],
): Promise<void> {
  let extended = 0;
  let notExtended = 0;
  await inParallel(due, atOnce, async ({ name, until }) => {
    try {
      await protection.extend('repository', name, until);
      extended += 1;
    } catch (error) {
      if (!isFault(error, 'conflict', 'forbidden', 'not-found')) throw error;
      notExtended += 1;
      cycle.services.log.error('sweep.notExtended', { object: name, kind: error.kind });
    }
  });
  await cycle.note({ extended, notExtended });
}

/** Of roots the listing shows those alone that nothing needs, or that are on the list. */
const isNeeded = ({ listing }: Cycle, { needed }: Scan, name: string): boolean =>
  needed.has(name) || (name.startsWith('points/') && !listing['points/'].has(name));
