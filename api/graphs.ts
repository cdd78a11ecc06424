import { z } from 'zod';
import type { Clock } from '../engine/ports/clock.ts';
import type { Log } from '../engine/ports/log.ts';
import type { Random } from '../engine/ports/random.ts';
import type { TableStore } from '../engine/ports/tableStore.ts';
import {
  createGraph,
  createPacing,
  directoryScope,
  segment,
  type Graph,
  type GraphConnection,
  type GraphOptions,
} from '../graph/index.ts';
import { personId } from '../workloads/directory/people.ts';
import { pagesOf } from '../workloads/reading/pagesOf.ts';
import { sharepointLicences } from './licences.ts';
import type { AppSettings, Settings } from './settings.ts';

export interface Graphs {
  /** Speaks as the backup app. */
  readonly read: GraphConnection;
  /** Speaks as the restore app; absent without one. */
  readonly write?: GraphConnection;
}

/** How requests and sign-ins of an app travel. */
export type Wire = (app: 'backup' | 'restore') => Pick<GraphOptions, 'transport' | 'acquireToken'>;

interface GraphParts {
  readonly storage: { readonly tables: TableStore };
  readonly clock: Clock;
  readonly log: Log;
  readonly random?: Random;
  readonly wire?: Wire;
}

/** One connection for each app, both paced through the lease rows that all workers share. Makes no request by itself. */
export function connectGraphs(settings: Settings, { storage, clock, random, log, wire }: GraphParts): Graphs {
  const connect = (
    name: 'backup' | 'restore',
    app: AppSettings,
    licences: () => Promise<number | undefined>,
  ): GraphConnection =>
    createGraph({
      endpoint: settings.graphEndpoint,
      authorityHost: settings.authorityHost,
      tenantId: settings.tenantId,
      clientId: app.clientId,
      credential: app.credential,
      contentHosts: settings.contentHosts,
      pacing: createPacing({
        clock,
        clientId: app.clientId,
        rows: storage.tables,
        holder: settings.holder,
        isDead: isDeadIn(settings),
        licences,
      }),
      clock,
      log,
      ...(random && { random }),
      ...wire?.(name),
    });
  // The backup app alone may read them; they hold for both.
  const licences = () => sharepointLicences(read, new AbortController().signal);
  const read: GraphConnection = connect('backup', settings.backup, licences);
  return { read, ...(settings.restore === undefined ? {} : { write: connect('restore', settings.restore, licences) }) };
}

/** A start that has its data folder for itself knows every other holder to be gone; in Azure only time tells. */
export const isDeadIn =
  ({ isAlone, holder }: Pick<Settings, 'isAlone' | 'holder'>) =>
  (other: string): boolean =>
    isAlone && other !== holder;

const memberShape = z.object({ id: z.string(), '@odata.type': z.string().optional() });

/** Ids of the people in a group, members of members included. */
export async function groupMembers(graph: Graph, groupId: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const people = new Set<string>();
  const members = pagesOf(graph, memberShape, `/groups/${segment(groupId)}/transitiveMembers`, {
    scope: directoryScope,
    priority: 'incremental',
    signal,
    query: { $select: 'id', $top: '999' },
  });
  for await (const { id, '@odata.type': type } of members)
    if (type === undefined || type === '#microsoft.graph.user') people.add(personId(id));
  return people;
}
