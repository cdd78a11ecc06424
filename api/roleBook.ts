import type { AppRole } from '../contract/roles.ts';
import { isFault } from '../engine/fault.ts';
import type { Records } from '../engine/records/records.ts';
import type { RolePeople } from '../engine/restore/rights.ts';
import { sharedSettings } from './access.ts';
import type { Caller } from './http/caller.ts';

/** Person → roles, as the newest token of each said. */
type Seen = Readonly<Record<string, { readonly name: string; readonly roles: readonly AppRole[] }>>;

const NAME = 'people/roles';
const TRIES = 3;

export interface RoleBook {
  /** Notes who came with which roles; writes only when that changed. Never refuses a call: a lost note is noted next time. */
  note(caller: Caller): Promise<void>;
  /** Roles of a person as last seen; undefined for somebody who never signed in. */
  rolesOf(person: string): Promise<readonly AppRole[] | undefined>;
  /**
   * Who could decide a restore request. Holdfast has no right to list the role assignments of the tenant, so that an
   * admin it has never seen may exist: one admin counts as alone only after an admin said so (`soleAdministrator`) and
   * while nobody else was seen.
   */
  people(): Promise<RolePeople>;
}

export function roleBook(records: Pick<Records, 'settings'>): RoleBook {
  const noted = new Map<string, string>();
  const read = () => records.settings.get<Seen>(NAME);
  return {
    async note(caller) {
      if (caller.kind !== 'person') return;
      const roles = caller.roles.toSorted();
      const mark = roles.join(' ');
      if (noted.get(caller.id) === mark) return;
      for (let tries = 0; tries < TRIES; tries++) {
        const stored = await read();
        const known = stored?.value[caller.id];
        // Members without a role are many and decide nothing: only who had one before is noted as having none.
        if (known === undefined ? mark === '' : known.roles.join(' ') === mark) break;
        const next: Seen = { ...stored?.value, [caller.id]: { name: caller.name, roles } };
        try {
          await records.settings.put(NAME, next, stored?.etag);
          break;
        } catch (error) {
          if (!isFault(error, 'conflict')) throw error;
        }
      }
      noted.set(caller.id, mark);
    },

    rolesOf: async (person) => (await read())?.value[person]?.roles,

    async people() {
      const seen = Object.entries((await read())?.value ?? {});
      const holding = (role: AppRole) => seen.filter(([, { roles }]) => roles.includes(role)).map(([id]) => id);
      const { access } = await sharedSettings(records);
      return { admins: access.soleAdministrator ? holding('Backup.Admin') : [], approvers: holding('Backup.Approver') };
    },
  };
}
