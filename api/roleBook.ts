import type { AppRole } from '../contract/roles.ts';
import { isFault } from '../engine/fault.ts';
import type { Records } from '../engine/records/records.ts';
import type { RolePeople } from '../engine/restore/rights.ts';
import { sharedSettings } from './access.ts';
import type { Caller } from './http/caller.ts';

/** Person → roles and name, as the newest token of each said, and when. */
type Seen = Readonly<
  Record<string, { readonly roles: readonly AppRole[]; readonly at: number; readonly name?: string }>
>;

const NAME = 'people/roles';
const TRIES = 3;
/** Noted again after a day, so that a note says when the person last came. */
const FRESH_MS = 24 * 3_600_000;
/** Another process may have noted something else since: what this one knows is trusted for a minute only. */
const KNOWN_MS = 60_000;
/** A role that no token showed for this long may be gone: where no token comes along (chat) it counts no more. */
const TRUSTED_MS = 7 * FRESH_MS;

export interface RoleBook {
  /** Notes who came with which roles; writes only when that changed. Never refuses a call: a lost note is noted next time. */
  note(caller: Caller): Promise<void>;
  /** Roles of a person as a token of the last days said; undefined when none did. */
  rolesOf(person: string): Promise<readonly AppRole[] | undefined>;
  /**
   * Who could decide a restore request. Holdfast has no right to list the role assignments of the tenant, so that an
   * admin it has never seen may exist: one admin counts as alone only after an admin said so (`soleAdministrator`) and
   * while nobody else was seen.
   */
  people(): Promise<RolePeople>;
  /** Names of those who hold or held a role, by their ids, as their newest token said; one read for all. */
  names(): Promise<ReadonlyMap<string, string>>;
}

export function roleBook(records: Pick<Records, 'settings'>, now: () => number): RoleBook {
  const noted = new Map<string, { readonly mark: string; readonly at: number }>();
  const read = () => records.settings.get<Seen>(NAME);
  const isFresh = (known: { readonly mark: string; readonly at: number }, mark: string) =>
    known.mark === mark && now() - known.at < FRESH_MS;
  return {
    async note(caller) {
      if (caller.kind !== 'person') return;
      const roles = caller.roles.toSorted();
      const mark = markOf(roles, caller.name);
      const last = noted.get(caller.id);
      if (last?.mark === mark && now() - last.at < KNOWN_MS) return;
      for (let tries = 0; tries < TRIES; tries++) {
        const stored = await read();
        const known = stored?.value[caller.id];
        // Members without a role are many and decide nothing: only who had one before is noted as having none.
        if (known === undefined) {
          if (roles.length === 0) break;
        } else if (isFresh({ mark: markOf(known.roles, known.name), at: known.at }, mark)) break;
        const noting = { roles, at: now(), ...(caller.name === '' ? {} : { name: caller.name }) };
        try {
          await records.settings.put(NAME, { ...stored?.value, [caller.id]: noting }, stored?.etag);
          break;
        } catch (error) {
          if (isFault(error, 'unavailable')) return;
          if (!isFault(error, 'conflict')) throw error;
        }
      }
      noted.set(caller.id, { mark, at: now() });
    },

    async rolesOf(person) {
      const known = (await read())?.value[person];
      return known === undefined || now() - known.at > TRUSTED_MS ? undefined : known.roles;
    },

    async names() {
      const seen = Object.entries((await read())?.value ?? {});
      return new Map(seen.flatMap(([id, { name }]) => (name === undefined ? [] : [[id, name] as const])));
    },

    async people() {
      const seen = Object.entries((await read())?.value ?? {});
      const holding = (role: AppRole) => seen.filter(([, { roles }]) => roles.includes(role)).map(([id]) => id);
      const { access } = await sharedSettings(records);
      return { admins: access.soleAdministrator ? holding('Backup.Admin') : [], approvers: holding('Backup.Approver') };
    },
  };
}

const markOf = (roles: readonly AppRole[], name = ''): string => `${roles.join(' ')}/${name}`;
