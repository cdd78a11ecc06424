import type { Finding } from '../model/verification.ts';
import { isFault, type Fault } from '../fault.ts';
import type { OpenedLog } from '../records/openLog.ts';
import { damageOf } from './damageOf.ts';
import { objectFinding } from './findings.ts';

const kinds = [
  { kind: 'run', partition: 'runs', endStates: ['completed', 'cancelled'] },
  { kind: 'request', partition: 'requests', endStates: undefined },
  { kind: 'one', partition: 'inspections', endStates: undefined },
] as const;

/**
 * Rows of runs, restore requests and inspections against one another and against what was kept when they ended: a run that ended shows
 * that it did, and whatever is listed is there. What never ended has no copy, so its loss shows only in its list. A resource with restore points has a row.
 */
export async function checkPast(opened: OpenedLog): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { kind, partition, endStates } of kinds) {
    const listed = await idsUnder(opened, partition, 'list:');
    const there = await idsUnder(opened, partition, `${kind}:`);
    const say = (id: string, how: 'missing' | 'differs', detail: string): void =>
      void findings.push(
        objectFinding({ area: 'records', kind: how, object: `records/${partition}/${kind}:${id}`, detail }),
      );
    for (const id of listed) if (!there.has(id)) say(id, 'missing', 'It is listed, and its row is gone.');
    for (const id of there) if (!listed.has(id)) say(id, 'differs', 'It is there and is not listed.');
    for (const id of await endedIds(opened, kind)) {
      if (!there.has(id)) {
        if (!listed.has(id)) say(id, 'missing', 'It ended, and its row is gone. Run npm run records:rebuild.');
      } else if (endStates !== undefined && !(await hasState(opened, partition, `${kind}:${id}`, endStates)))
        say(id, 'differs', 'It ended, and its row says that it did not: the table was put back.');
    }
    for await (const row of opened.rows.all(partition, { from: 'ends:', to: 'ends;' })) {
      const broken = await faultIn(() => opened.rows.open(row));
      if (broken !== undefined)
        findings.push(
          objectFinding({
            area: 'records',
            kind: damageOf(broken).kind,
            object: `records/${partition}/${row.key}`,
            detail: `The count of how often it ended cannot be read: ${broken.message}`,
          }),
        );
    }
  }
  for (const id of await resourcesWithPoints(opened)) {
    if ((await opened.tables.get('records', 'resources', id)) !== undefined) continue;
    const detail = 'It has restore points, and its row is gone. The next run of its policy makes it again.';
    findings.push(objectFinding({ area: 'records', kind: 'missing', object: `records/resources/${id}`, detail }));
  }
  return findings;
}

async function resourcesWithPoints({ blobs }: OpenedLog): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
    const page = await blobs.list('repository', 'points/', pageToken);
    pageToken = page.nextPageToken;
    for (const { name } of page.blobs) ids.add(name.split('/')[1] ?? '');
  }
  return ids;
}

async function idsUnder({ rows }: OpenedLog, partition: string, prefix: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const to = `${prefix.slice(0, -1)};`;
  for await (const { key } of rows.all(partition, { from: prefix, to })) ids.add(key.slice(key.lastIndexOf(':') + 1));
  return ids;
}

async function endedIds({ blobs }: OpenedLog, kind: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
    const page = await blobs.list('repository', `ended/${kind}/`, pageToken);
    pageToken = page.nextPageToken;
    for (const { name } of page.blobs) ids.add(name.split('/')[2] ?? '');
  }
  return ids;
}

async function faultIn(look: () => Promise<unknown>): Promise<Fault | undefined> {
  try {
    await look();
    return undefined;
  } catch (error) {
    if (!isFault(error, 'corrupt', 'missing', 'not-found')) throw error;
    return error;
  }
}

async function hasState(
  { rows }: OpenedLog,
  partition: string,
  key: string,
  states: readonly string[],
): Promise<boolean> {
  try {
    const value = (await rows.get(partition, key))?.value as { readonly state?: string } | undefined;
    return value === undefined || states.includes(value.state ?? '');
  } catch (error) {
    // A row that does not open is told where it is read.
    if (!isFault(error, 'corrupt', 'missing', 'not-found')) throw error;
    return true;
  }
}
