import type { TenantState } from '../graph/tenantState.ts';
import { makeDriveId, makeItemId } from '../graph/drive/items.ts';
import { stableGuid } from '../seed/ids.ts';
import { DOMAIN, LOCALES, OWN_FOLDERS, WELL_KNOWN, type DemoPerson } from '../seed/people.ts';

export type NewPerson = DemoPerson;

/** A person with mailbox, folders and drive as their kind has them. Returns the user id; one who was deleted comes back. */
export function insertPerson(state: TenantState, person: NewPerson): string {
  const id = stableGuid(`user ${person.alias}`);
  if (state.database.get('SELECT id FROM users WHERE id = ?', id) !== undefined) {
    state.database.run('UPDATE users SET deleted = 0, changed_seq = ? WHERE id = ?', state.database.nextSeq(), id);
    return id;
  }
  const kind = person.kind ?? 'user';
  const upn = `${person.alias}@${DOMAIN}`;
  const [givenName = person.name, ...rest] = person.name.split(' ');
  const licensed = kind === 'user';
  const props = {
    accountEnabled: kind === 'user',
    businessPhones: [],
    createdDateTime: '2024-01-15T08:00:00Z',
    department: person.department,
    displayName: person.name,
    givenName,
    jobTitle: person.job === '' ? null : person.job,
    mail: kind === 'none' ? null : upn,
    mailNickname: person.alias,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: LOCALES[person.language].locale,
    surname: rest.join(' ') || null,
    usageLocation: 'DE',
    userPrincipalName: upn,
    userType: 'Member',
    assignedLicenses: licensed ? [{ disabledPlans: [], skuId: '05e9a617-0261-4cee-bb44-138d3ef5d965' }] : [],
    proxyAddresses: kind === 'none' ? [] : [`SMTP:${upn}`],
  };
  const { locale, displayName, timeZone } = LOCALES[person.language];
  const settings = { userPurpose: kind === 'none' ? 'unknown' : kind, timeZone, language: { locale, displayName } };
  state.database.run(
    'INSERT INTO users(id, upn, props, app_roles, mailbox, settings, changed_seq) VALUES(?, ?, ?, ?, ?, ?, ?)',
    id,
    upn,
    JSON.stringify(props),
    JSON.stringify(person.appRoles ?? []),
    kind === 'none' ? null : stableGuid(`mailbox ${person.alias}`),
    JSON.stringify(settings),
    state.database.nextSeq(),
  );
  if (kind !== 'none') insertMailbox(state, id, person);
  if (kind === 'user') insertDrive(state, id, person.name);
  return id;
}

function insertMailbox(state: TenantState, userId: string, person: NewPerson): void {
  const root = insertFolder(state, userId, null, 'Top of Information Store', 'msgfolderroot', false);
  const known = new Map<string, number>([['', root]]);
  for (const [wellKnown, names] of Object.entries(WELL_KNOWN)) {
    known.set(
      wellKnown,
      insertFolder(state, userId, root, names[person.language], wellKnown, wellKnown === 'conversationhistory'),
    );
  }
  insertFolder(state, userId, null, 'Recoverable Items', 'recoverableitemsroot', true);
  insertFolder(state, userId, null, 'Deletions', 'recoverableitemsdeletions', true);
  insertFolder(state, userId, root, 'Conversation Action Settings', null, true);
  if (person.kind === 'room') return;
  for (const [base, path] of OWN_FOLDERS[person.language]) {
    let parent = known.get(base) ?? root;
    for (const name of path.split('/')) {
      const existing = state.database.get<{ n: number }>(
        'SELECT n FROM folders WHERE user_id = ? AND parent_n = ? AND name = ?',
        userId,
        parent,
        name,
      );
      parent = existing?.n ?? insertFolder(state, userId, parent, name, null, false);
    }
  }
}

function insertFolder(
  state: TenantState,
  userId: string,
  parent: number | null,
  name: string,
  wellKnown: string | null,
  hidden: boolean,
): number {
  return state.database.run(
    'INSERT INTO folders(user_id, parent_n, name, well_known, hidden, changed_seq) VALUES(?, ?, ?, ?, ?, ?)',
    userId,
    parent,
    name,
    wellKnown,
    hidden ? 1 : 0,
    state.database.nextSeq(),
  );
}

export function insertDrive(state: TenantState, userId: string, ownerName: string): string {
  const id = makeDriveId(userId);
  const created = '2024-01-15T08:30:00Z';
  const seq = state.database.nextSeq();
  state.database.run(
    'INSERT INTO drives(id, user_id, name, created) VALUES(?, ?, ?, ?)',
    id,
    userId,
    ownerName,
    created,
  );
  state.database.run(
    `INSERT INTO items(drive_id, id, parent_id, name, name_key, folder, created, modified, fs_created, fs_modified, etag_seq, ctag_seq, delta_seq)
     VALUES(?, ?, NULL, 'root', 'root', 1, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    makeItemId(id, 'root'),
    created,
    created,
    created,
    created,
    seq,
    seq,
    seq,
  );
  return id;
}

/** Removes a person from the directory, as deletion in Entra does; mailbox and drive are no longer reachable. */
export function removePerson(state: TenantState, userId: string): void {
  state.database.run('UPDATE users SET deleted = 1, changed_seq = ? WHERE id = ?', state.database.nextSeq(), userId);
}
