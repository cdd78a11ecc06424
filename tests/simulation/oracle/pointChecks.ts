import { hash } from 'node:crypto';
import type { ItemState } from '../tenant/history.ts';
import type { SimTenant } from '../tenant/simTenant.ts';
import type { Entry } from '../../../engine/model/item.ts';
import type { PointId, ResourceId } from '../../../engine/model/ids.ts';
import type { StoredStream } from '../../../engine/model/stream.ts';
import { packName } from '../../../engine/repository/core.ts';
import { rootName, type Root } from '../../../engine/repository/root.ts';
import type { Findings } from './violations.ts';
import type { Inspector } from './inspector.ts';
import { isExcused } from './lies.ts';
import { openedOnce } from './openedOnce.ts';

/** All that a point shows, and what of it cannot be read. */
interface Contents {
  readonly entries: readonly Entry[];
  readonly problems: readonly string[];
}

/** What a visible restore point says, held against its bytes in storage and against all that the source ever held. */
export class PointChecks {
  readonly #inspector: Inspector;
  readonly #tenant: SimTenant;
  readonly #findings: Findings;
  /** Streams that this run has read to their end. */
  readonly #whole = new Set<string>();

  constructor(inspector: Inspector, tenant: SimTenant, findings: Findings) {
    this.#inspector = inspector;
    this.#tenant = tenant;
    this.#findings = findings;
  }

  async check(resource: ResourceId, id: PointId): Promise<void> {
    const root = await this.#inspector.root(resource, id);
    const { entries, problems } = await this.#contentsOf(root);
    this.#findings.check(
      'I5',
      entries.filter((entry) => !entry.container).length === root.counts.items,
      () => `point ${id} counts ${root.counts.items} items and shows ${entries.length} entries`,
    );
    this.#findings.check('I1', problems.length === 0, () => `in point ${id} ${problems.join(' · ')}`);
    await this.#truth(root, entries);
  }

  /** I1: every byte from storage and keys alone, with the hash that its entry names. The same bytes read the same in every run. */
  async #contentsOf(root: Root): Promise<Contents> {
    const { past } = this.#inspector;
    const name = rootName(root.resourceId, root.id);
    const names = [name, ...root.packs.map(({ pack }) => packName(pack))];
    const blobs = names.flatMap((one) => past.find('repository', one)?.bytes ?? []);
    return blobs.length < names.length
      ? this.#read(root)
      : openedOnce(`contents of ${name}`, hash('sha256', Buffer.concat(blobs), 'buffer'), () => this.#read(root));
  }

  async #read(root: Root): Promise<Contents> {
    const reader = await this.#inspector.repository.points.open(root.resourceId, root.id);
    const entries = await Array.fromAsync(reader.entries());
    const problems: string[] = [];
    for (const { sourceId, streams } of entries)
      for (const stream of streams) {
        const problem = await this.#problemOf(stream);
        if (problem !== undefined) problems.push(`${stream.name} of ${sourceId}: ${problem}`);
      }
    return { entries, problems };
  }

  async #problemOf(stream: StoredStream): Promise<string | undefined> {
    const key = JSON.stringify([stream.sha256, stream.parts]);
    if (this.#whole.has(key)) return undefined;
    let size = 0;
    try {
      for await (const bytes of this.#inspector.repository.readStream(stream)) size += bytes.byteLength;
    } catch (error) {
      return String(error);
    }
    if (size !== stream.size) return `it has ${size} of ${stream.size} bytes`;
    this.#whole.add(key);
    return undefined;
  }

  /** I1 and I16 after something was removed: every byte of the point, from what is there now. */
  async readNow(resource: ResourceId, id: PointId): Promise<void> {
    const repository = await this.#inspector.present();
    try {
      const reader = await repository.points.open(resource, id);
      for await (const { streams } of reader.entries())
        for (const stream of streams) for await (const bytes of repository.readStream(stream)) bytes.subarray();
      this.#findings.check('I16', true, () => '');
    } catch (error) {
      this.#findings.broken('I16', `visible point ${id} cannot be read any more: ${String(error)}`);
    }
  }

  /** I8: what failed or was skipped has its reason at the source. G8: a complete point lacks nothing that could not be read. */
  #ledger(root: Root, resource: string, held: ReadonlyMap<string, Entry>, to: number): void {
    const { history, calls } = this.#tenant;
    // A request that names no item asks for many, and one for the root for the place: what befell it befell each of them.
    const isOfAll = (item: string | undefined): boolean =>
      item === undefined || history.statesOf(resource, item).length === 0;
    const troubled = calls
      .filter((call) => call.resource === resource)
      .filter(({ troubles, outcome }) => troubles.length > 0 || outcome === 'broken' || outcome === 'open');
    const isTroubled = (sourceId: string): boolean =>
      troubled.some(({ item }) => isOfAll(item) || item === sourceId) ||
      history.statesOf(resource, sourceId).some(({ readable }) => !readable);
    for (const { sourceId, outcome, reason } of root.missing)
      this.#findings.check(
        'I8',
        isTroubled(sourceId) || outcome === 'vanished' || outcome === 'outOfScope',
        () => `point ${root.id} has ${sourceId} as ${outcome} (${reason}), and the source had no trouble`,
      );
    if (root.status !== 'complete') return;
    for (const state of history.contentsAt(resource, to).values()) {
      if (state.readable || state.from > history.seqAt(Date.parse(root.window.from))) continue;
      const entry = held.get(state.sourceId);
      this.#findings.check(
        'G8',
        (entry !== undefined && isState(entry, state)) || isExcused(this.#tenant, resource, state.sourceId),
        () => `point ${root.id} is complete, and ${state.sourceId} cannot be read`,
      );
    }
  }

  async #truth(root: Root, entries: readonly Entry[]): Promise<void> {
    const resource = await this.#inspector.resource(root.resourceId);
    if (resource === undefined) return this.#findings.broken('I4', `nobody knows resource ${root.resourceId}`);
    const { history } = this.#tenant;
    const from = history.seqAt(Date.parse(root.window.from));
    const to = history.seqAt(Date.parse(root.window.to));
    const isWhole = root.status !== 'partial';
    const held = new Map(entries.map((entry) => [entry.sourceId, entry]));
    for (const entry of entries) {
      // A partial point may still show what an earlier one held.
      const states = isWhole
        ? history.statesIn(resource.sourceId, entry.sourceId, from, to)
        : history.statesIn(resource.sourceId, entry.sourceId, 0, to);
      const held = states.filter((state) => !state.deleted);
      this.#findings.check(
        held.length === 0 && isWhole ? 'I7' : 'I4',
        held.some((state) => isState(entry, state)) || isExcused(this.#tenant, resource.sourceId, entry.sourceId),
        () =>
          `${root.status} point ${root.id} of ${resource.workload} shows ${factsOf(entry)}; the source had ${JSON.stringify(held)}`,
      );
    }
    this.#ledger(root, resource.sourceId, held, to);
    if (!isWhole) return;
    const missing = new Set(root.missing.map((entry) => entry.sourceId));
    for (const [sourceId, state] of history.contentsAt(resource.sourceId, to)) {
      if (state.from > from) continue;
      this.#findings.check(
        'I4',
        held.has(sourceId) || missing.has(sourceId) || isExcused(this.#tenant, resource.sourceId, sourceId),
        () => `${root.status} point ${root.id} of ${resource.workload} lacks ${state.kind} ${sourceId} (${state.name})`,
      );
    }
  }
}

/** Folders are their name and place; items are their version and their bytes. */
export const isState = (entry: Entry, state: ItemState): boolean =>
  entry.container
    ? entry.name === state.name
    : (state.versionTag === undefined || entry.versionTag === state.versionTag) &&
      (entry.sha256 === undefined || state.original === undefined || entry.sha256 === state.original);

export const factsOf = ({ sourceId, name, versionTag, sha256 }: Entry): string =>
  JSON.stringify({ sourceId, name, versionTag, sha256 });
