import { type AppRole, roleOf, type Role } from '../../contract/roles.ts';
import type { UserId } from '../../engine/model/ids.ts';

/** Who calls, as a verified token says it. A person is tenant + object id; names are for people to read. */
export interface Caller {
  readonly kind: 'person' | 'app';
  readonly id: UserId;
  readonly tenantId: string;
  readonly name: string;
  readonly roles: readonly AppRole[];
}

/** Everybody who is a person is a member too. */
export const rolesOf = (caller: Caller): ReadonlySet<Role> =>
  new Set<Role>([
    ...caller.roles.map((role) => roleOf[role]),
    ...(caller.kind === 'person' ? (['member'] as const) : []),
  ]);

export const hasRole = (caller: Caller, ...wanted: readonly Role[]): boolean => {
  const roles = rolesOf(caller);
  return wanted.some((role) => roles.has(role));
};
