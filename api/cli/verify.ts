/**
 * `npm run verify`: is everything that is stored as it was written? `--full` reads every byte, else a sample; `--share 0.2`
 * says how large; `--resource ID` looks at one; `--repair` heals afterwards what can be healed, and changes nothing else.
 * Backups and restores may go on meanwhile. Ends with code 1 when something was found.
 */
import { parseArgs } from 'node:util';
import { isHexId, type ResourceId } from '../../engine/model/ids.ts';
import type { Finding, Verification } from '../../engine/model/verification.ts';
import { makeRecords } from '../../engine/records/makeRecords.ts';
import { repairFindings } from '../../engine/verify/repair.ts';
import { startVerification, workOnVerification } from '../../engine/verify/verifyFlow.ts';
import { verifySettings, type VerifyServices } from '../../engine/verify/verifyServices.ts';
import { consoleLog } from '../consoleLog.ts';
import { openKept } from '../kept.ts';
import { SettingsError } from '../settings.ts';
import { cliSettings } from './cliSettings.ts';
import { fail } from './fail.ts';

try {
  const { env, full, share, resource, repair } = options();
  const { repository, recordServices } = await openKept(await cliSettings(env === undefined ? [] : ['--env', env]));
  const records = makeRecords(recordServices);
  const services: VerifyServices = {
    repository,
    records,
    ground: recordServices,
    // It works here and now; a message would let a running app take it up as well.
    queue: { send: () => Promise.resolve() },
    clock: recordServices.clock,
    random: recordServices.random,
    log: {
      info: () => undefined,
      warn: (...line) => consoleLog.warn(...line),
      error: (...line) => consoleLog.error(...line),
    },
    holder: `command-${process.pid}`,
    isDead: () => false,
    signal: new AbortController().signal,
    settings: { ...verifySettings, jobMs: Infinity },
  };
  const id = await startVerification(services, { level: full ? 'full' : 'sampling', ...share, ...resource }, 'system');
  const began = services.clock.now();
  let verification = await look(services, id);
  while (verification.state === 'queued' || verification.state === 'running') {
    await workOnVerification(services, id);
    verification = await look(services, id);
    if (verification.reason !== undefined) await services.clock.sleep(verifySettings.firstRetryMs);
  }
  const findings = await everyFinding(services, id);
  for (const finding of findings) console.error(sentence(finding));
  console.log(summary(verification, (services.clock.now() - began) / 1000));
  if (verification.state === 'failed') console.error(verification.reason);
  if (repair) {
    const { done, left } = await repairFindings({ repository, findings });
    for (const line of done) console.log(line);
    for (const line of left) console.error(line);
  }
  if (verification.state === 'failed' || findings.length > 0) process.exitCode = 1;
} catch (error) {
  fail(error);
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        env: { type: 'string' },
        full: { type: 'boolean', default: false },
        share: { type: 'string' },
        resource: { type: 'string' },
        repair: { type: 'boolean', default: false },
      },
    });
    const share = values.share === undefined ? undefined : Number(values.share);
    if (share !== undefined && !(share >= 0 && share <= 1))
      throw new SettingsError(['--share: a part of the content between 0 and 1, such as 0.2']);
    if (values.resource !== undefined && !isHexId(values.resource))
      throw new SettingsError(['--resource: the id of a protected resource, 32 hex digits']);
    return {
      ...values,
      share: share === undefined ? {} : { share },
      resource: values.resource === undefined ? {} : { resource: values.resource as ResourceId },
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SettingsError([`${error.message.split('. ')[0]}. Known: --full --share --resource --repair --env`]);
  }
}

async function look({ records }: VerifyServices, id: string): Promise<Verification> {
  const stored = await records.inspections.get(id);
  if (stored === undefined) throw new Error('The record of this verification is gone');
  return stored.value as Verification;
}

async function everyFinding({ records }: VerifyServices, id: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  let token: string | undefined;
  do {
    const page = await records.inspections.evidence.list(id, token);
    findings.push(...(page.value as readonly Finding[]));
    token = page.nextPageToken;
  } while (token !== undefined);
  return findings;
}

function sentence({ kind, object, detail, item, resourceId, points, unnamed }: Finding): string {
  const whom = item === undefined ? '' : ` · item ${item.id} "${item.name}"`;
  const where = resourceId === undefined ? '' : ` · resource ${resourceId}`;
  const which = points.length === 0 ? '' : ` · ${points.length} restore points, newest ${points[0]}`;
  const more = unnamed === undefined ? '' : ` · ${unnamed} more items without a name`;
  return `${kind}: ${object}${where}${whom}${which}${more}\n  ${detail}`;
}

function summary({ looked, found }: Verification, seconds: number): string {
  const megabytes = looked.bytes / 1_000_000;
  const rate = (megabytes / Math.max(seconds, 0.001)).toFixed(1);
  const read = `Looked at ${looked.points} restore points of ${looked.resources} resources, ${looked.items} items, ${megabytes.toFixed(1)} MB in ${seconds.toFixed(1)} s (${rate} MB/s).`;
  return found.items + found.others === 0
    ? `${read} Everything that was read is as it was written.`
    : `${read} ${found.items} items are concerned, and ${found.others} findings are about no single item.`;
}
