import { isFault } from '../fault.ts';
import type { ResourceId } from '../model/ids.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { Records } from './records.ts';

/** What is known, and what is known to be there and cannot be read. */
export interface EveryResource {
  readonly resources: readonly ProtectedResource[];
  /** Of each nobody knows what it is: it may be any. */
  readonly unreadable: readonly ResourceId[];
}

/** All records of resources, page after page. */
export async function everyResource(
  { resources }: Pick<Records, 'resources'>,
  filter: Parameters<Records['resources']['list']>[0] = {},
): Promise<EveryResource> {
  const found: ProtectedResource[] = [];
  const unreadable: ResourceId[] = [];
  let token: string | undefined;
  do {
    const page = await resources.list(filter, token);
    found.push(...page.value);
    unreadable.push(...page.unreadable);
    token = page.nextPageToken;
  } while (token !== undefined);
  return { resources: found, unreadable };
}

/** One record; `unreadable` where it does not open: it was tampered with, or its overflow blob is gone. */
export async function readRecord(
  { resources }: Pick<Records, 'resources'>,
  id: ResourceId,
): Promise<ProtectedResource | 'unreadable' | undefined> {
  try {
    return (await resources.get(id))?.value;
  } catch (error) {
    if (!isFault(error, 'corrupt', 'missing', 'not-found')) throw error;
    return 'unreadable';
  }
}

const NAMED = 5;

/** What people are told of records that do not open, and the way on; nothing where there are none. */
export function unreadableWords(unreadable: readonly ResourceId[]): readonly string[] {
  if (unreadable.length === 0) return [];
  const which = unreadable.slice(0, NAMED).join(', ') + (unreadable.length > NAMED ? ', …' : '');
  return [
    `${unreadable.length === 1 ? 'The record of a resource' : `The records of ${unreadable.length} resources`} cannot be read (${which}): nobody backs that up, and nothing of it is removed. Bring the rows back from a copy of the table records.`,
  ];
}
