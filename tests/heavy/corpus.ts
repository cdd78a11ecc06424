import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Item, Resource } from '../../contract/resources.ts';
import type { RestoreRequest } from '../../contract/restore.ts';
import {
  assertCurrent,
  assertLedgerBalanced,
  assertSameSet,
  contentOf,
  everything,
  Flow,
  inParallel,
  leaves,
  PEOPLE,
  planned,
  sha256,
  until,
  walk,
  whatWasWrong,
} from '../flows/harness.ts';
import { lasting as lastingMail } from '../flows/restoreMail.ts';
import type { TenantFile, TenantMessage } from '../flows/tenantControl.ts';
import type { Measured } from './table.ts';
import { MemoryWatch } from './watch.ts';

const MANIFEST = path.resolve(import.meta.dirname, '../../../shared/corpus/manifest.json');
const FIRST_RUN_MS = 600_000;
/** Drives are given back at the pace that SharePoint allows, whatever the tenant would. */
const RESTORE_MS = 1_800_000;
const PEAK_BYTES = 300 * 1024 ** 2;
const REASON = 'everything was deleted';

interface Content {
  readonly messages: readonly TenantMessage[];
  readonly files: readonly TenantFile[];
}

interface Held {
  readonly resource: Resource;
  readonly items: readonly Item[];
}

/**
 * The whole demo tenant with its corpus: backed up, each item compared with the tenant's by download, everything
 * deleted at the source, and given back to where it was; nothing is missing, nothing is there twice, nobody hears of it.
 */
export async function corpus(): Promise<Measured[]> {
  if (!existsSync(MANIFEST)) {
    console.log('  skipped: the corpus is not beside this repository');
    return [];
  }
  const flow = await Flow.start({ tenant: '--throttle off' });
  const memory = new MemoryWatch(flow.product.dataDir);
  try {
    return await wholeTenant(flow, memory);
  } catch (cause) {
    throw new Error(flow.product.report(), { cause });
  } finally {
    memory.stop();
    await flow.product.remove();
  }
}

async function wholeTenant(flow: Flow, memory: MemoryWatch): Promise<Measured[]> {
  const rows: Measured[] = [];
  const run = await flow.firstRun(FIRST_RUN_MS);
  assert.equal(run.status, 'complete', await whatWasWrong(flow.admin, run));
  await assertLedgerBalanced(flow.admin, run);
  const seen = await contentOfTenant(flow);
  const { total } = await flow.tenant.counters();
  rows.push({
    what: 'corpus, first backup',
    seconds: (Date.parse(run.finishedAt ?? '') - Date.parse(run.startedAt)) / 1000,
    items: seen.messages.length + seen.files.length,
    bytes: run.counts.bytesRead,
    peaks: memory.peaks,
    requests: total,
    note: await requestsOf(flow, seen),
  });

  memory.begin();
  const held = await heldIn(flow);
  const comparedSince = Date.now();
  const bytes = await compareByDownload(flow, held, seen);
  rows.push({
    what: 'corpus, each item compared by download',
    seconds: since(comparedSince),
    items: seen.messages.length + seen.files.length,
    bytes,
    peaks: memory.peaks,
    note: 'SHA-256 equal',
  });

  const points = new Map(
    await inParallel(held, 4, async ({ resource }) => [resource.id, await newest(flow, resource)] as const),
  );
  await deleteEverything(flow, seen);
  memory.begin();
  await flow.tenant.remove('counters');
  const second = await flow.backUp(FIRST_RUN_MS);
  assert.equal(second.status, 'complete', await whatWasWrong(flow.admin, second));
  await assertCurrent(flow);
  rows.push({
    what: 'corpus, backup after everything was deleted',
    seconds: (Date.parse(second.finishedAt ?? '') - Date.parse(second.startedAt)) / 1000,
    items: seen.messages.length + seen.files.length,
    peaks: memory.peaks,
    requests: (await flow.tenant.counters()).total,
    note: 'the newest points are empty',
  });

  for (const workload of ['mail', 'drive']) {
    const lost = held.filter(({ resource }) => resource.workload === workload);
    memory.begin();
    rows.push(await giveBack(flow, memory, workload, lost, points));
  }
  const back = await contentOfTenant(flow);
  assertSameSet(back.messages.map(mailBack), seen.messages.map(mailBack));
  assertSameSet(back.files.map(fileBack), seen.files.map(fileBack));
  assert.deepEqual(await flow.tenant.complaints(), [], 'nothing undeclared was asked, and nobody got mail');
  for (const { what, peaks } of rows)
    assert.ok((peaks?.worker ?? 0) < PEAK_BYTES, `${what}: the worker held ${peaks?.worker} bytes`);
  return rows;
}

/** Folders were deleted too and have other ids now; their path is compared. */
function mailBack(message: TenantMessage): unknown {
  return { ...lastingMail(message), folderId: undefined };
}

/** Bytes, place and name, and the times that people see. */
const fileBack = ({ driveId, path: place, size, sha256: hash, fileSystemInfo }: TenantFile): unknown => ({
  driveId,
  place,
  size,
  hash,
  fileSystemInfo,
});

async function contentOfTenant(flow: Flow): Promise<Content> {
  const [messages, files] = await Promise.all([flow.tenant.messages(), flow.tenant.files()]);
  // What was deleted from the bin lies outside of the folders of a mailbox.
  return { messages: messages.filter(({ folder }) => folder !== ''), files: files.filter(({ folder }) => !folder) };
}

async function requestsOf(flow: Flow, { messages, files }: Content): Promise<string> {
  const fetched = await flow.tenant.fetched();
  const perMail = (fetched.mails + fetched.exports) / messages.length;
  const perFile = fetched.files / files.length;
  return `${messages.length} mails, ${perMail.toFixed(3)} requests each; ${files.length} files, ${perFile.toFixed(3)} requests each`;
}

async function heldIn(flow: Flow): Promise<Held[]> {
  const resources = await everything(flow.admin, 'listResources', { query: { state: 'protected' } });
  return inParallel(resources, 4, async (resource) => ({
    resource,
    items: leaves(await walk(flow.admin, resource.id)),
  }));
}

async function newest(flow: Flow, { id }: Resource): Promise<string> {
  const { value } = await flow.admin.call('listPoints', { params: { id } });
  assert.ok(value[0]);
  return value[0].id;
}

/** Every item once, with the bytes of the tenant and the hash that the API names; answers how many bytes came. */
async function compareByDownload(flow: Flow, held: readonly Held[], { messages, files }: Content): Promise<number> {
  const wanted = new Map([
    ...messages.map((message) => [message.immutableId, message.sha256] as const),
    ...files.map((file) => [file.id, file.sha256] as const),
  ]);
  const items = held.flatMap(({ resource, items: own }) => own.map((item) => ({ resource, item })));
  assertSameSet(
    items.map(({ item }) => item.sourceId),
    [...wanted.keys()],
  );
  const differences: string[] = [];
  let bytes = 0;
  await inParallel(items, 6, async ({ resource, item }) => {
    const content = await contentOf(flow.admin, resource.id, item.id);
    bytes += content.length;
    const hash = sha256(content);
    if (hash !== wanted.get(item.sourceId) || hash !== item.sha256)
      differences.push(`${resource.name}: ${item.path}/${item.name}`);
  });
  assert.deepEqual(differences, []);
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { files: { path: string; sha256: string }[] };
  const stored = new Set(wanted.values());
  assert.deepEqual(
    manifest.files.filter(({ sha256: hash }) => !stored.has(hash)).map((file) => file.path),
    [],
    'the corpus is among it',
  );
  return bytes;
}

/** Mail for good, files and the folders that people made with them. */
async function deleteEverything(flow: Flow, { messages, files }: Content): Promise<void> {
  for (const { userId: user, id } of messages)
    await flow.tenant.post('messages/change', { user, id, action: 'remove' });
  const owners = (await flow.tenant.users()).filter(({ deleted }) => !deleted);
  for (const { id: user } of owners.filter(({ mailbox }) => mailbox !== null)) {
    const { value } = await flow.tenant.get<{
      value: { id: string; path: string; wellKnown: string | null; hidden: boolean }[];
    }>(`folders?user=${user}`);
    const own = value.filter(({ wellKnown, hidden }) => wellKnown === null && !hidden);
    // The innermost first: a folder takes those inside with it.
    for (const { id: folder } of own.toSorted((a, b) => b.path.length - a.path.length))
      await flow.tenant.post('folders', { user, folder, action: 'remove' });
  }
  const driveOwner = new Map(owners.map(({ id, driveId }) => [driveId, id]));
  const all = await flow.tenant.files();
  for (const { driveId, id, path: place } of all)
    if (place !== '/' && place.lastIndexOf('/') === 0)
      await flow.tenant.post('files/change', { user: driveOwner.get(driveId), id, action: 'delete' });
  const left = await contentOfTenant(flow);
  assert.deepEqual([left.messages.length, left.files.length], [0, 0], `all of ${files.length} files are gone`);
}

/** Everything of these resources as it was at their points, into its original place. */
async function giveBack(
  flow: Flow,
  memory: MemoryWatch,
  workload: string,
  lost: readonly Held[],
  points: ReadonlyMap<string, string>,
): Promise<Measured> {
  await flow.tenant.remove('counters');
  const startedAt = Date.now();
  const counts = await inParallel(
    lost.filter(({ items }) => items.length > 0),
    2,
    (one) => restoreWhole(flow, one, points.get(one.resource.id) ?? ''),
  );
  const sum = (name: keyof Counts) => counts.reduce((total, one) => total + one[name], 0);
  return {
    what: `corpus, restore of every ${workload}`,
    seconds: since(startedAt),
    items: sum('restored'),
    bytes: sum('bytes'),
    peaks: memory.peaks,
    requests: (await flow.tenant.counters()).total,
    note: `${counts.length} requests for restore, ${sum('changedByService')} changed by the service`,
  };
}

type Counts = NonNullable<RestoreRequest['counts']>;

async function restoreWhole(flow: Flow, { resource, items }: Held, at: string): Promise<Counts> {
  const plan = await planned(flow.admin, {
    selection: { resourceId: resource.id, at },
    destination: { kind: 'original' },
    reason: REASON,
  });
  assert.deepEqual(
    [plan.state, plan.plan?.add, plan.plan?.cannot],
    ['ready', items.length, 0],
    `${resource.workload} of ${resource.name}: ${JSON.stringify(plan)}`,
  );
  if (resource.workload === 'mail') assert.equal(plan.plan?.fidelity.exact, items.length, resource.name);
  const params = { id: plan.id };
  const started = await flow.admin.call('runRestore', { params });
  if (started.state === 'waiting') await flow.as(PEOPLE.approver).call('approveRestore', { params });
  const request = await until(
    `the restore of ${resource.name} ends`,
    () => flow.admin.call('getRestore', { params }),
    ({ state }) => !['approved', 'running'].includes(state),
    RESTORE_MS,
  );
  const results = await everything(flow.admin, 'listRestoreResults', { params });
  const bad = results.filter(({ outcome }) => outcome !== 'restored');
  assert.deepEqual([request.state, bad], ['done', []], `${resource.workload} of ${resource.name}`);
  assert.ok(request.counts);
  assert.equal(request.counts.restored, items.length, resource.name);
  return request.counts;
}

const since = (moment: number): number => (Date.now() - moment) / 1000;
