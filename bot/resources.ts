import type { ProtectedResource } from '../engine/model/resource.ts';
import type { Records } from '../engine/records/records.ts';

type Listed = Pick<Records, 'resources'>;

/** Every resource, page by page. */
export async function* allResources(
  records: Listed,
  filter: { readonly ownerId?: string } = {},
): AsyncIterable<ProtectedResource> {
  let token: string | undefined;
  do {
    const page = await records.resources.list(filter, token);
    yield* page.value;
    token = page.nextPageToken;
  } while (token !== undefined);
}

export interface Person {
  /** Owner of the resources. */
  readonly id: string;
  readonly name: string;
  readonly address?: string;
}

/** The owners whom a name may mean, among the resources that may be seen. An exact name or address wins alone. */
export async function peopleNamed(
  records: Listed,
  name: string,
  maySee: (resource: ProtectedResource) => boolean,
): Promise<readonly Person[]> {
  const people = new Map<string, Person>();
  for await (const resource of allResources(records)) {
    if (resource.ownerId === undefined || !maySee(resource) || !isMeant(resource, name)) continue;
    const known = people.get(resource.ownerId);
    const address = known?.address ?? resource.address;
    people.set(resource.ownerId, {
      id: resource.ownerId,
      // The mailbox carries the person's name; a drive may carry one of its own.
      name: resource.workload === 'mail' || known === undefined ? resource.name : known.name,
      ...(address === undefined ? {} : { address }),
    });
  }
  const found = [...people.values()].toSorted((a, b) => a.name.localeCompare(b.name));
  const exact = found.filter((person) =>
    [person.id, folded(person.name), folded(person.address ?? '')].includes(folded(name)),
  );
  return exact.length === 1 ? exact : found;
}

/** Does every word of `name` begin a word of the resource's name, or is it its address or id? */
export function isMeant(resource: ProtectedResource, name: string): boolean {
  const wanted = folded(name);
  if (wanted === '') return false;
  if (resource.ownerId === name || resource.id === name || folded(resource.address ?? '') === wanted) return true;
  const words = folded(resource.name).split(/[\s,()._-]+/u);
  return wanted.split(/\s+/u).every((part) => words.some((word) => word.startsWith(part)));
}

const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .trim()
    .toLocaleLowerCase('en');
