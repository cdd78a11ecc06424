import { GraphError } from '../graphError.ts';
import { mailboxOf } from '../mailWorld.ts';
import type { Group, Person } from '../rows.ts';
import { contextOf } from './mailFeeds.ts';
import { listPage } from './lists.ts';
import { json, param, project, selectOf, type Handler, type Request } from './request.ts';

const notFound = (key: string): GraphError =>
  new GraphError(404, 'Request_ResourceNotFound', `Resource '${key}' does not exist.`);

const userEntity = (person: Person): Readonly<Record<string, unknown>> => ({
  id: person.id,
  displayName: person.name,
  userPrincipalName: person.address,
  mail: person.purpose === undefined ? null : person.address,
  userType: person.isGuest ? 'Guest' : 'Member',
  accountEnabled: true,
});

export const userList: Handler = (request) => {
  const people = [...request.world.people.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return directoryPage(request, people.map(userEntity), 'users');
};

export const userGet: Handler = (request) => {
  const person = request.world.people.get(param(request, 0).toLowerCase());
  if (person === undefined) throw notFound(param(request, 0));
  return json(200, { '@odata.context': contextOf('users/$entity'), ...project(userEntity(person), selectOf(request)) });
};

export const mailboxSettings: Handler = (request) => {
  const { owner } = mailboxOf(request.world, param(request, 0));
  const userPurpose = request.world.people.get(owner)?.purpose ?? 'user';
  const settings = { timeZone: 'W. Europe Standard Time', userPurpose };
  return json(200, {
    '@odata.context': contextOf(`users('${owner}')/mailboxSettings`),
    ...project(settings, selectOf(request)),
  });
};

const groupEntity = ({ id, name }: Group): Readonly<Record<string, unknown>> => ({ id, displayName: name });

export const groupList: Handler = (request) =>
  directoryPage(request, [...request.world.groups.values()].map(groupEntity), 'groups');

/** Members of members included, each once. */
export const groupMembers: Handler = (request) => {
  const { people, groups } = request.world;
  if (!groups.has(param(request, 0))) throw notFound(param(request, 0));
  const found = new Map<string, Readonly<Record<string, unknown>>>();
  const collect = (id: string): void => {
    for (const member of groups.get(id)?.members ?? []) {
      if (found.has(member)) continue;
      const [person, group] = [people.get(member), groups.get(member)];
      if (person !== undefined) found.set(member, { '@odata.type': '#microsoft.graph.user', ...userEntity(person) });
      if (group === undefined) continue;
      found.set(member, { '@odata.type': '#microsoft.graph.group', ...groupEntity(group) });
      collect(member);
    }
  };
  collect(param(request, 0));
  return directoryPage(request, [...found.values()], 'directoryObjects');
};

const directoryPage = (request: Request, entities: readonly Readonly<Record<string, unknown>>[], context: string) => {
  const select = selectOf(request);
  return listPage(
    request,
    entities.map((entity) => () => JSON.stringify(project(entity, select))),
    request.limits.people,
    context,
  );
};

export const organization: Handler = () =>
  json(200, { '@odata.context': contextOf('organization'), value: [{ id: 'contoso', displayName: 'Contoso' }] });

export const subscribedSkus: Handler = ({ world: { licences } }) =>
  json(200, {
    '@odata.context': contextOf('subscribedSkus'),
    value: [
      {
        id: 'contoso_05e9a617-0261-4cee-bb44-138d3ef5d965',
        skuId: '05e9a617-0261-4cee-bb44-138d3ef5d965',
        skuPartNumber: 'SPE_E3',
        appliesTo: 'User',
        capabilityStatus: 'Enabled',
        consumedUnits: licences,
        prepaidUnits: { enabled: licences, lockedOut: 0, suspended: 0, warning: 0 },
        servicePlans: [
          {
            appliesTo: 'User',
            provisioningStatus: 'Success',
            servicePlanId: '5dbe027f-2339-4123-9542-606e4d348a72',
            servicePlanName: 'SHAREPOINTENTERPRISE',
          },
        ],
      },
    ],
  });
