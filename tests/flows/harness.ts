import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiClient, apiClient, type RouteInput, type RouteOutput } from '../../contract/client.ts';
import type { RouteName } from '../../contract/paths.ts';
import type { Item, Resource } from '../../contract/resources.ts';
import type { RestoreOrder, RestoreRequest, RestoreResult } from '../../contract/restore.ts';
import type { Counts, Run } from '../../contract/runs.ts';
import { type Addresses, Product, type ProductOptions } from './product.ts';
import { TenantControl } from './tenantControl.ts';

/** Who does what in the tests; roles as the demo tenant gives them. */
export const PEOPLE = {
  admin: 'anna.lindqvist',
  operator: 'ben.okafor',
  auditor: 'clara.weber',
  approver: 'david.moreau',
  member: 'emi.tanaka',
} as const;

/** A running product with its demo tenant, and somebody's hands on its API. */
export class Flow {
  readonly product: Product;
  #addresses: Addresses;
  #tenant: TenantControl;

  constructor(product: Product, addresses: Addresses) {
    this.product = product;
    this.#addresses = addresses;
    this.#tenant = new TenantControl(addresses.control ?? '');
  }

  get tenant(): TenantControl {
    return this.#tenant;
  }

  static async start(options: ProductOptions = {}): Promise<Flow> {
    const { product, addresses } = await Product.started(options);
    return new Flow(product, addresses);
  }

  /** Starts the product again on its data; the addresses may be others. */
  async startAgain(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#addresses = await this.product.start(env);
    this.#tenant = new TenantControl(this.#addresses.control ?? '');
  }

  /** Where the chat is, of a start with browser parts. */
  get chat(): string | undefined {
    return this.#addresses.chat;
  }

  get api(): string {
    return this.#addresses.api;
  }

  /** The API as this person uses it. */
  as(user: string): ApiClient {
    return apiClient({ baseUrl: this.#addresses.api, token: (renew) => this.tenant.token(user, renew) });
  }

  get admin(): ApiClient {
    return this.as(PEOPLE.admin);
  }

  /** The mailbox or the drive of a person. */
  async resource(workload: 'mail' | 'drive', alias: string): Promise<Resource> {
    const { id } = await this.tenant.user(alias);
    const { value } = await this.admin.call('listResources', { query: { workload, owner: id } });
    assert.equal(value.length, 1, `${alias} has one ${workload}`);
    return value[0] as Resource;
  }

  /** The first run of the product, when it is over. */
  async firstRun(timeoutMs = 240_000): Promise<Run> {
    const { value } = await this.admin.call('listRuns', {});
    const first = value.at(-1);
    assert.ok(first, 'the start began a run');
    return finishedRun(this.admin, first.id, timeoutMs);
  }

  /** "Back up now" for everything, to its end. */
  async backUp(timeoutMs = 120_000): Promise<Run> {
    const { value } = await this.admin.call('listPolicies', {});
    const { id } = await this.admin.call('startPolicyRun', { params: { id: value[0]?.id ?? '' } });
    return finishedRun(this.admin, id, timeoutMs);
  }

  /** "Back up now" for one mailbox or drive, to its end. */
  async backUpResource({ id }: Resource, timeoutMs = 120_000): Promise<Run> {
    const started = await this.admin.call('startResourceRun', { params: { id } });
    return finishedRun(this.admin, started.id, timeoutMs);
  }
}

/** Asks until `done` says yes: the product works in its own time. Fails with what was seen last. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  done: (seen: T) => boolean,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await ask();
    if (done(seen)) return seen;
    if (Date.now() > deadline)
      throw new Error(`${what}: not within ${timeoutMs} ms. Last seen: ${JSON.stringify(seen)?.slice(0, 2_000)}`);
    await delay(150);
  }
}

export function finishedRun(api: ApiClient, id: string, timeoutMs: number): Promise<Run> {
  const ended = ({ state }: Run) => state === 'completed' || state === 'cancelled';
  return until(`run ${id} ends`, () => api.call('getRun', { params: { id } }), ended, timeoutMs);
}

type Listed<Name extends RouteName> = RouteOutput<Name> extends { value: (infer Element)[] } ? Element : never;

/** Every element of a list, whatever its pages. */
export async function everything<Name extends RouteName>(
  api: ApiClient,
  name: Name,
  input: RouteInput<Name>,
): Promise<Listed<Name>[]> {
  const found: Listed<Name>[] = [];
  let token: string | undefined;
  do {
    const { query }: { query?: Readonly<Record<string, unknown>> } = input;
    const asked = {
      ...input,
      query: { pageSize: 200, ...query, ...(token === undefined ? {} : { pageToken: token }) },
    };
    const page = (await api.call(name, asked as RouteInput<Name>)) as unknown as {
      value: Listed<Name>[];
      nextPageToken?: string;
    };
    found.push(...page.value);
    token = page.nextPageToken;
  } while (token !== undefined);
  return found;
}

/** Everything below a container (the whole resource without one) at a moment, containers included. */
export async function walk(api: ApiClient, resourceId: string, at?: string, parent?: string): Promise<Item[]> {
  const input = {
    params: { id: resourceId },
    query: { ...(at === undefined ? {} : { at }), ...(parent === undefined ? {} : { parent }) },
  };
  const here = await everything(api, 'listItems', input);
  const below: Item[] = [];
  for (const { id, container } of here) if (container) below.push(...(await walk(api, resourceId, at, id)));
  return [...here, ...below];
}

export const leaves = (items: readonly Item[]): Item[] => items.filter(({ container }) => !container);

/** The bytes of an item as `format=original` gives them. */
export async function contentOf(api: ApiClient, resourceId: string, itemId: string, at?: string): Promise<Buffer> {
  const answer = await api.open('getContent', {
    params: { id: resourceId, itemId },
    query: { format: 'original', ...(at === undefined ? {} : { at }) },
  });
  return Buffer.from(await answer.arrayBuffer());
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Fails when an item that was listed is in no class, or in two. */
export function assertBalanced(counts: Counts, what: string): void {
  const { listed, stored, reused, skipped, failed, vanished, outOfScope, pending } = counts;
  assert.equal(
    listed,
    stored + reused + skipped + failed + vanished + outOfScope + pending,
    `${what}: ${JSON.stringify(counts)}`,
  );
}

/** What the newest restore points of `resources` hold is what the tenant holds: the same items, once, with the same bytes. */
export async function assertCurrent(flow: Flow, resources?: readonly Resource[]): Promise<void> {
  const looked = resources ?? (await everything(flow.admin, 'listResources', { query: { state: 'protected' } }));
  const stored = await inParallel(looked, 4, async ({ id }) => leaves(await walk(flow.admin, id)));
  const sources = new Set(looked.map(({ sourceId }) => sourceId));
  const [everyMessage, files] = await Promise.all([flow.tenant.messages(), flow.tenant.files()]);
  // What was deleted from the bin lies in Recoverable Items, outside of the folders of a mailbox.
  const messages = everyMessage.filter(({ folder }) => folder !== '');
  assertSameSet(
    stored.flat().map((item) => [item.sourceId, item.sha256]),
    [
      ...messages.filter(({ userId }) => sources.has(userId)).map((message) => [message.immutableId, message.sha256]),
      ...files.filter(({ folder, driveId }) => !folder && sources.has(driveId)).map((file) => [file.id, file.sha256]),
    ],
  );
}

/** The run, its resources that are not complete and its failed items, for the message of a test that expected better. */
export async function whatWasWrong(api: ApiClient, run: Run): Promise<string> {
  const params = { id: run.id };
  const resources = await everything(api, 'listRunResources', { params });
  const failed = await everything(api, 'listRunLedger', { params, query: { outcome: 'failed' } });
  const lines = [run, ...resources.filter(({ status }) => status !== 'complete'), ...failed];
  return lines.map((line) => JSON.stringify(line)).join('\n');
}

/** The ledger of a finished run, held against its counts, resource by resource and as a whole. */
export async function assertLedgerBalanced(api: ApiClient, run: Run): Promise<void> {
  assertBalanced(run.counts, 'run');
  assert.equal(run.counts.pending, 0, 'nothing is pending in a finished run');
  const rows = await everything(api, 'listRunResources', { params: { id: run.id } });
  for (const row of rows) assertBalanced(row.counts, row.name);
  for (const name of Object.keys(run.counts) as (keyof Counts)[]) {
    const sum = rows.reduce((total, row) => total + row.counts[name], 0);
    assert.equal(sum, run.counts[name], `${name} of the run is the sum of its resources`);
  }
  const ledger = await everything(api, 'listRunLedger', { params: { id: run.id } });
  for (const outcome of ['stored', 'reused', 'skipped', 'failed', 'vanished', 'outOfScope'] as const) {
    const entries = ledger.filter((entry) => entry.outcome === outcome);
    assert.equal(entries.length, run.counts[outcome], `ledger entries ${outcome}`);
  }
  const keys = ledger.map(({ resourceId, itemId }) => `${resourceId}/${itemId}`);
  assert.equal(new Set(keys).size, keys.length, 'no item stands in the ledger twice');
}

export interface Restored {
  readonly request: RestoreRequest;
  readonly results: readonly RestoreResult[];
}

const settled = ({ state }: RestoreRequest) => !['planning', 'approved', 'running'].includes(state);

export async function planned(
  api: ApiClient,
  order: Partial<RestoreOrder> & Pick<RestoreOrder, 'selection'>,
): Promise<RestoreRequest> {
  const { id } = await api.call('createRestore', { body: order });
  return until('the plan is ready', () => api.call('getRestore', { params: { id } }), settled);
}

/** Runs a planned request to its end; `approver` says yes where a second person is needed. */
export async function carryOut(api: ApiClient, { id }: RestoreRequest, approver?: ApiClient): Promise<Restored> {
  const params = { id };
  const started = await api.call('runRestore', { params });
  if (started.state === 'waiting') {
    assert.ok(approver, 'a second person is needed');
    await approver.call('approveRestore', { params });
  }
  const request = await until('the restore ends', () => api.call('getRestore', { params }), settled, 120_000);
  return { request, results: await everything(api, 'listRestoreResults', { params }) };
}

export async function restored(
  api: ApiClient,
  order: Partial<RestoreOrder> & Pick<RestoreOrder, 'selection'>,
  approver?: ApiClient,
): Promise<Restored> {
  const request = await planned(api, order);
  assert.equal(request.state, 'ready', request.trouble ?? JSON.stringify(request));
  return carryOut(api, request, approver);
}

/** Takes a restore back: so many are removed, and so many kept because somebody changed them since. */
export async function undone(api: ApiClient, id: string, removed: number, kept = 0): Promise<void> {
  const params = { id };
  await api.call('undoRestore', { params });
  const ask = () => api.call('getRestore', { params });
  const { undone: taken } = await until(
    'undo ends',
    ask,
    (seen) => (seen.undone?.removed ?? 0) + (seen.undone?.kept ?? 0) >= removed + kept,
  );
  assert.deepEqual([taken?.removed, taken?.kept], [removed, kept]);
}

/** `work` over all of `values`, a few at once. */
export async function inParallel<T, R>(
  values: readonly T[],
  atOnce: number,
  work: (value: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < values.length; index = next++) results[index] = await work(values[index] as T);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** Both hold the same elements, in whatever order; names the first few that differ rather than everything. */
export function assertSameSet(actual: readonly unknown[], expected: readonly unknown[]): void {
  const [left, right] = [actual, expected].map((values) => values.map((value) => JSON.stringify(value)).toSorted());
  const missing = without(right ?? [], left ?? []);
  const surplus = without(left ?? [], right ?? []);
  const shown = (values: readonly string[]) =>
    values
      .slice(0, 3)
      .map((value) => value.slice(0, 1_500))
      .join('\n');
  if (missing.length + surplus.length > 0)
    assert.fail(`${missing.length} missing:\n${shown(missing)}\n${surplus.length} too many:\n${shown(surplus)}`);
}

function without(values: readonly string[], taken: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const value of taken) left.set(value, (left.get(value) ?? 0) + 1);
  return values.filter((value) => {
    const count = left.get(value) ?? 0;
    left.set(value, count - 1);
    return count <= 0;
  });
}
