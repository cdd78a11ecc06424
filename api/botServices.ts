import type { BotServices } from '../bot/botServices.ts';
import { searchPoints } from '../engine/search/searchPoints.ts';
import type { Composed } from './compose.ts';
import { safetyOf } from './safety.ts';
import type { Settings } from './settings.ts';

type Parts = Pick<Composed, 'memberOf'> & {
  readonly services: Pick<
    Composed['services'],
    | 'records'
    | 'repository'
    | 'backup'
    | 'restore'
    | 'retention'
    | 'probes'
    | 'clock'
    | 'log'
    | 'roles'
    | 'verification'
    | 'sweep'
  >;
};

/** What the bot asks of the app. The person in a chat has the roles that a token of theirs showed in the last days. */
export function botServices(
  { services, memberOf }: Parts,
  settings: Pick<Settings, 'publicUrl' | 'port'>,
): BotServices {
  const { records, repository, backup, restore, clock, log } = services;
  const base = settings.publicUrl ?? `http://localhost:${settings.port}`;
  return {
    clock,
    log,
    records,
    restore,
    points: repository.points,
    async actor(user, name) {
      const member = await memberOf(user);
      if (member === undefined) return undefined;
      const held = (await services.roles.rolesOf(user)) ?? [];
      // A guest has no data of their own here: without a role there is nothing to say to them.
      if (member.isGuest && held.length === 0) return undefined;
      // The channel leaves the name out when somebody installs the app.
      return { id: user, name: member.name ?? name, roles: held };
    },
    startPolicyRun: (policy, by) => backup.startPolicyRun(policy, by),
    startResourceRun: (resource, by) => backup.startResourceRun(resource, by),
    cancelRun: (run) => backup.cancelRun(run),
    verdict: async () => (await safetyOf(services)).verdict,
    retention: services.retention,
    damage: async () => {
      const { items, accepted, others } = await services.verification.damage();
      return { items: items - accepted, others };
    },
    describeRuns: (runs) => backup.describe(runs),
    ledger: (run, filter) => backup.ledger(run, filter),
    search: (query, maySee, unreadable) =>
      searchPoints(query, { repository, records, catalog: repository.catalog, maySee, unreadable }),
    consoleUrl: (place) => `${base}/${place.replace(/^\/+/, '')}`,
  };
}
