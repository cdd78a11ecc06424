import type { TenantState } from '../graph/tenantState.ts';
import { insertPerson, type NewPerson } from '../control/population.ts';
import { stableGuid } from './ids.ts';
import { PEOPLE } from './people.ts';

/** Makes the people with their mailboxes, folders and drives, and the groups they belong to. */
export function seedPeople(state: TenantState): void {
  for (const person of PEOPLE) insertPerson(state, person satisfies NewPerson);
  const departments = [...new Set(PEOPLE.map((person) => person.department))];
  const everybody = group(state, 'All staff', false);
  for (const person of PEOPLE)
    if ((person.kind ?? 'user') === 'user') member(state, everybody, stableGuid(`user ${person.alias}`), 'user');
  for (const department of departments) {
    const id = group(state, department, department !== 'Facilities');
    for (const person of PEOPLE)
      if (person.department === department) member(state, id, stableGuid(`user ${person.alias}`), 'user');
  }
  const nested = group(state, 'Headquarters', false);
  for (const department of ['Finance', 'Legal', 'People', 'Management'])
    member(state, nested, stableGuid(`group ${department}`), 'group');
}

function group(state: TenantState, name: string, unified: boolean): string {
  const id = stableGuid(`group ${name}`);
  const nick = name.toLowerCase().replace(/\W+/g, '-');
  const props = {
    deletedDateTime: null,
    createdDateTime: '2024-02-01T09:00:00Z',
    description: `${name} of the demo tenant`,
    displayName: name,
    groupTypes: unified ? ['Unified'] : [],
    mail: unified ? `${nick}@demo.holdfast.example` : null,
    mailEnabled: unified,
    mailNickname: nick,
    securityEnabled: !unified,
    visibility: unified ? 'Private' : null,
    resourceProvisioningOptions: [],
  };
  state.database.run(
    'INSERT INTO groups(id, props, changed_seq) VALUES(?, ?, ?)',
    id,
    JSON.stringify(props),
    state.database.nextSeq(),
  );
  return id;
}

function member(state: TenantState, groupId: string, memberId: string, kind: 'user' | 'group'): void {
  state.database.run(
    'INSERT INTO members(group_id, member_id, kind, changed_seq) VALUES(?, ?, ?, ?)',
    groupId,
    memberId,
    kind,
    state.database.nextSeq(),
  );
}
