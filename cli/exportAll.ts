import path from 'node:path';
import { writeFile } from 'node:fs/promises';
import type { RecoveredRepository } from '../engine/repository/openRepository.ts';
import { maybeNewer, nameOf, pointsFor, resourcesFor } from './choose.ts';
import type { Chosen } from './choose.ts';
import { exportPoint } from './exportPoint.ts';
import { nothingAt } from './selection.ts';
import { showProgress } from './progress.ts';
import type { Settings } from './settings.ts';
import { bytesShown, countShown, shown } from './shown.ts';
import type { FoundPoint, FoundResource } from './survey.ts';
import { openTally } from './tally.ts';
import type { Tally } from './tally.ts';
import { onDisk, openTarget } from './target.ts';

/**
 * Writes what was asked for and says what it came to. Answers the exit code: 0, 3 when something is missing, 130. Fault
 * `not-found` when nothing of it is there at all; a resource that lacks it costs no other one.
 */
export async function exportAll(
  settings: Settings & { readonly to: string },
  repository: RecoveredRepository,
  all: readonly FoundResource[],
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const began = performance.now();
  const folder = path.resolve(settings.to);
  const wanted = settings.resources.length === 0 ? all : settings.resources.flatMap((one) => resourcesFor(one, all));
  const { chosen, without } = pointsFor([...new Set(wanted)], settings.at);

  const target = await openTarget(folder);
  const tally = await openTally(folder);
  const given = new Set<Chosen>();
  const lacking: FoundResource[] = [];
  const summarize = (interrupted: boolean): Promise<void> =>
    onDisk('summary.json', () =>
      writeFile(path.join(folder, 'summary.json'), summaryOf(repository, [...given], tally, interrupted)),
    );
  const items = chosen.reduce((sum, { point }) => sum + point.reader.point.counts.items, 0);
  const progress = showProgress(tally, settings.path === undefined ? items : undefined);
  try {
    for (const { resource, fault } of without)
      await tally.lose({ resource: nameOf(resource), kind: fault.kind, reason: fault.message });
    for (const one of chosen) {
      if (signal.aborted) break;
      const { resource, point } = one;
      for (const line of warningsOf(resource, point)) say(line);
      given.add(one);
      for (const { kind, message } of maybeNewer(one, settings.at))
        await tally.lose({ resource: nameOf(resource), kind, reason: message });
      const isThere = await exportPoint({
        repository,
        resource,
        point,
        target,
        ...(settings.path !== undefined && { path: settings.path }),
        exact: settings.exact,
        properties: settings.properties,
        tally,
        signal,
      });
      if (isThere || signal.aborted) continue;
      given.delete(one);
      lacking.push(resource);
    }
  } catch (error) {
    // What came of it so far, as far as there is room for it; what ended the export is told.
    await tally.close().catch(() => undefined);
    await summarize(true).catch(() => undefined);
    throw error;
  } finally {
    progress.stop();
  }
  if (settings.path !== undefined && given.size === 0 && tally.lost === 0 && !signal.aborted) {
    await tally.discard();
    await target.finish();
    throw nothingAt(settings.path);
  }
  await tally.close();
  const seconds = (performance.now() - began) / 1000;
  await summarize(signal.aborted);
  await target.finish();
  if (settings.path !== undefined && lacking.length > 0) say(lackingShown(lacking, settings.path));
  tell(tally, folder, seconds, settings.path !== undefined, say);
  if (signal.aborted) {
    say('Interrupted: not everything was looked at. Run it again to go on: what is whole is kept.');
    return 130;
  }
  if (tally.lost > 0) return 3;
  const isAll = tally.never === 0 && [...given].every(({ point }) => point.reader.point.status !== 'partial');
  say(`${isAll ? 'Nothing is missing' : 'Everything that had been backed up was given'}. ${folder}`);
  return 0;
}

const LACKING_NAMED = 5;

/** With many resources most lack a folder of one of them: the first are named. */
function lackingShown(lacking: readonly FoundResource[], at: string): string {
  const more = lacking.length - LACKING_NAMED;
  const names = lacking.slice(0, LACKING_NAMED).map(nameOf).join(', ');
  return `Nothing at "${shown(at)}" in ${names}${more > 0 ? ` and ${more} more` : ''}.`;
}

function warningsOf(resource: FoundResource, { reader, lostPacks }: FoundPoint): string[] {
  const { status, reason, takenAt } = reader.point;
  return [
    ...(status === 'partial'
      ? [`${nameOf(resource)}: the restore point of ${takenAt} is partial: ${shown(reason ?? 'it does not say why')}.`]
      : []),
    ...(lostPacks.length > 0
      ? [
          `${nameOf(resource)}: ${countShown(lostPacks.length, 'pack')} that it needs ${lostPacks.length === 1 ? 'is' : 'are'} missing or cut off: ${lostPacks.slice(0, 3).join(', ')}${lostPacks.length > 3 ? ', …' : ''}. If this is a copy, copy them again.`,
        ]
      : []),
  ];
}

function tell(tally: Tally, folder: string, seconds: number, isPart: boolean, say: (text: string) => void): void {
  const { written, kept, lost, refused, never, bytes } = tally;
  const speed = Math.round((written + kept) / Math.max(0.001, seconds));
  say(
    `${countShown(written, 'file')} written, ${kept.toLocaleString('en')} there already and whole, ${bytesShown(bytes)} in ${seconds.toFixed(1)} s (${speed.toLocaleString('en')} a second); every one checked by SHA-256.`,
  );
  const where = isPart ? '; in which folders they were is not known' : '';
  if (never > 0)
    say(`${countShown(never, 'item')} had not been backed up${where}. Each is in missing.jsonl with its reason.`);
  if (lost === 0) return;
  say(`${countShown(lost, 'thing')} could not be given:`);
  for (const { resource, folder: names = [], name, reason } of tally.first)
    say(`  ${[resource, ...names, ...(name === undefined ? [] : [name])].map(shown).join(' / ')}: ${reason}`);
  if (lost > tally.first.length) say('  …');
  say(`All of them are in ${path.join(folder, 'missing.jsonl')}.`);
  if (lost > refused)
    say(
      'If this is a copy, copy what is named again and run this again: what is whole is kept. An earlier restore point (--at) may hold it too.',
    );
  if (refused > 0)
    say('What the target did not take can be had by an export into an empty folder, or onto another disk.');
}

const summaryOf = (
  repository: RecoveredRepository,
  chosen: readonly Chosen[],
  tally: Tally,
  interrupted: boolean,
): string =>
  `${JSON.stringify(
    {
      product: 'Holdfast',
      repository: repository.id,
      tenant: repository.tenant,
      finishedAt: new Date().toISOString(),
      interrupted,
      points: chosen.map(({ resource, point }) => ({
        resource: resource.id,
        ...resource.facts,
        point: point.id,
        takenAt: point.reader.point.takenAt,
        status: point.reader.point.status,
        counts: point.reader.point.counts,
      })),
      filesWritten: tally.written,
      filesKept: tally.kept,
      bytes: tally.bytes,
      lost: tally.lost,
      neverBackedUp: tally.never,
    },
    undefined,
    2,
  )}\n`;
