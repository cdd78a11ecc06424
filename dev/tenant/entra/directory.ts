import type { AppRegistration, TenantApps } from '../options.ts';
import type { Database } from '../store/database.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly upn: string;
  readonly jobTitle: string;
  readonly appRoles: readonly string[];
}

interface UserRow {
  readonly id: string;
  readonly upn: string;
  readonly props: string;
  readonly app_roles: string;
}

/** Who may sign in, which apps are registered and what they were granted. */
export class SignInDirectory {
  readonly #database: Database;
  readonly #apps: readonly AppRegistration[];

  constructor(database: Database, apps: TenantApps) {
    this.#database = database;
    this.#apps = Object.values(apps);
    if (database.meta('grants') === undefined) {
      for (const app of this.#apps) this.grant(app.clientId, app.roles);
      database.setMeta('grants', 'made');
    }
  }

  /** Registrations of a client id; console and API may share one. */
  app(clientId: string): AppRegistration | undefined {
    const same = this.#apps.filter((app) => app.clientId === clientId);
    return same.find((app) => app.secret !== undefined || app.certificates !== undefined) ?? same[0];
  }

  granted(clientId: string): string[] {
    return this.#database
      .all<{ role: string }>('SELECT role FROM grants WHERE app = ? ORDER BY role', clientId)
      .map((row) => row.role);
  }

  grant(clientId: string, roles: readonly string[]): void {
    for (const role of roles)
      this.#database.run('INSERT OR IGNORE INTO grants(app, role) VALUES(?, ?)', clientId, role);
  }

  revoke(clientId: string, roles: readonly string[]): void {
    for (const role of roles) this.#database.run('DELETE FROM grants WHERE app = ? AND role = ?', clientId, role);
  }

  people(): Person[] {
    return this.#database
      .all<UserRow>('SELECT id, upn, props, app_roles FROM users WHERE deleted = 0 ORDER BY rowid')
      .map(toPerson)
      .filter((person) => person.jobTitle !== '');
  }

  /** By object id or user principal name. */
  person(key: string): Person | undefined {
    const row = this.#database.get<UserRow>(
      'SELECT id, upn, props, app_roles FROM users WHERE deleted = 0 AND (id = ? OR upn = ?)',
      key,
      key,
    );
    return row === undefined ? undefined : toPerson(row);
  }

  setAppRoles(userId: string, roles: readonly string[]): void {
    this.#database.run('UPDATE users SET app_roles = ? WHERE id = ?', JSON.stringify(roles), userId);
  }
}

function toPerson(row: UserRow): Person {
  const props = JSON.parse(row.props) as { displayName?: string; jobTitle?: string | null };
  return {
    id: row.id,
    upn: row.upn,
    name: props.displayName ?? row.upn,
    jobTitle: props.jobTitle ?? '',
    appRoles: JSON.parse(row.app_roles) as string[],
  };
}
