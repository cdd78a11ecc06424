import { GraphError, jsonBody, parameter, type Call, type Handlers, type Reply } from '../call.ts';
import { DOMAIN } from '../../seed/people.ts';
import { parseFilter, project, selected } from '../odata.ts';
import { contextOf, nextLink, pageSize, skipFrom } from '../paging.ts';
import type { TenantState } from '../tenantState.ts';
import { directoryDelta } from './directoryDelta.ts';
import { entity, groupOf, userOf, type ObjectRow } from './objects.ts';

/** What Entra gives of a user when nothing was selected. */
const USER_DEFAULT =
  'businessPhones,displayName,givenName,jobTitle,mail,mobilePhone,officeLocation,preferredLanguage,surname,userPrincipalName,id';

/** Organisation, users, groups, their members and their delta feeds. */
export function directoryHandlers(state: TenantState): Handlers {
  return {
    'GET /organization': (call) => ({
      status: 200,
      json: {
        '@odata.context': contextOf(call, 'organization'),
        value: [project(organization(state), selected(call.query.get('$select')))],
      },
    }),
    'GET /organization/{organization-id}': (call) => ({
      status: 200,
      json: project(organization(state), selected(call.query.get('$select'))),
    }),
    'GET /subscribedSkus': (call) => ({
      status: 200,
      json: { '@odata.context': contextOf(call, 'subscribedSkus'), value: [sku(state)] },
    }),
    'GET /users': (call) => list(state, call, 'users', USER_DEFAULT),
    'GET /users/delta': (call) => directoryDelta(state, call, 'users'),
    'GET /users/{user-id}': (call) => {
      const user = userOf(state, parameter(call, 0));
      return {
        status: 200,
        json: {
          '@odata.context': contextOf(call, 'users/$entity'),
          ...project(entity(user), selected(call.query.get('$select') ?? USER_DEFAULT)),
        },
      };
    },
    'GET /users/{user-id}/licenseDetails': (call) => {
      const user = userOf(state, parameter(call, 0));
      const licences = (entity(user)['assignedLicenses'] as unknown[] | undefined) ?? [];
      return {
        status: 200,
        json: {
          '@odata.context': contextOf(call, `users('${user.id}')/licenseDetails`),
          value: licences.map(() => licenceDetail()),
        },
      };
    },
    'GET /users/{user-id}/memberOf': (call) => {
      const user = userOf(state, parameter(call, 0));
      const rows = state.database.all<ObjectRow>(
        'SELECT g.* FROM groups g JOIN members m ON m.group_id = g.id WHERE m.member_id = ? AND m.removed = 0 AND g.deleted = 0 ORDER BY g.id',
        user.id,
      );
      return page(
        state,
        call,
        rows.map((row) => ({ '@odata.type': '#microsoft.graph.group', ...entity(row) })),
        `users('${user.id}')/memberOf`,
      );
    },
    'GET /users/{user-id}/mailboxSettings': (call) => ({ status: 200, json: mailboxSettings(state, call) }),
    'PATCH /users/{user-id}/mailboxSettings': async (call) => {
      const user = userOf(state, parameter(call, 0));
      const settings = { ...mailboxSettings(state, call), ...(await jsonBody(call)) };
      delete settings['@odata.context'];
      state.database.run('UPDATE users SET settings = ? WHERE id = ?', JSON.stringify(settings), user.id);
      return { status: 200, json: mailboxSettings(state, call) };
    },
    'GET /groups': (call) => list(state, call, 'groups', undefined),
    'GET /groups/delta': (call) => directoryDelta(state, call, 'groups'),
    'GET /groups/{group-id}': (call) => {
      const group = groupOf(state, parameter(call, 0));
      return {
        status: 200,
        json: {
          '@odata.context': contextOf(call, 'groups/$entity'),
          ...project(entity(group), selected(call.query.get('$select'))),
        },
      };
    },
    'GET /groups/{group-id}/members': (call) => members(state, call, false),
    'GET /groups/{group-id}/transitiveMembers': (call) => members(state, call, true),
    'GET /groups/{group-id}/owners': (call) => {
      const group = groupOf(state, parameter(call, 0));
      const first = memberRows(state, group.id, 'user').slice(0, 1);
      return page(
        state,
        call,
        first.map((row) => ({ '@odata.type': '#microsoft.graph.user', ...entity(row) })),
        `groups('${group.id}')/owners`,
      );
    },
  };
}

function organization(state: TenantState): Record<string, unknown> {
  return {
    id: state.options.tenantId,
    deletedDateTime: null,
    businessPhones: ['+49 30 5550 100'],
    city: 'Berlin',
    country: null,
    countryLetterCode: 'DE',
    createdDateTime: '2019-04-01T08:00:00Z',
    displayName: 'Lindqvist & Partners (demo)',
    preferredLanguage: 'en',
    tenantType: 'AAD',
    verifiedDomains: [
      {
        capabilities: 'Email, OfficeCommunicationsOnline',
        isDefault: true,
        isInitial: true,
        name: DOMAIN,
        type: 'Managed',
      },
    ],
    assignedPlans: [],
  };
}

const SKU_ID = '05e9a617-0261-4cee-bb44-138d3ef5d965';

function sku(state: TenantState): Record<string, unknown> {
  const consumed =
    state.database.get<{ count: number }>(
      "SELECT count(*) AS count FROM users WHERE deleted = 0 AND props LIKE '%skuId%'",
    )?.count ?? 0;
  return {
    id: `${state.options.tenantId}_${SKU_ID}`,
    accountId: state.options.tenantId,
    accountName: 'demo',
    appliesTo: 'User',
    capabilityStatus: 'Enabled',
    consumedUnits: consumed,
    prepaidUnits: { enabled: state.options.throttle.licences, lockedOut: 0, suspended: 0, warning: 0 },
    servicePlans: licenceDetail()['servicePlans'],
    skuId: SKU_ID,
    skuPartNumber: 'SPE_E3',
    subscriptionIds: [],
  };
}

function licenceDetail(): Record<string, unknown> {
  const plan = (id: string, name: string) => ({
    appliesTo: 'User',
    provisioningStatus: 'Success',
    servicePlanId: id,
    servicePlanName: name,
  });
  return {
    id: 'demoLicence',
    skuId: SKU_ID,
    skuPartNumber: 'SPE_E3',
    servicePlans: [
      plan('efb87545-963c-4e0d-99df-69c6916d9eb0', 'EXCHANGE_S_ENTERPRISE'),
      plan('5dbe027f-2339-4123-9542-606e4d348a72', 'SHAREPOINTENTERPRISE'),
    ],
  };
}

function list(state: TenantState, call: Call, table: 'users' | 'groups', defaults: string | undefined): Reply {
  const filter = call.query.get('$filter');
  const matches = filter === null ? () => true : parseFilter(filter).matches;
  const rows = state.database
    .all<ObjectRow>(`SELECT id, props, changed_seq, deleted FROM ${table} WHERE deleted = 0 ORDER BY id`)
    .map(entity)
    .filter(matches);
  return page(state, call, rows, table, defaults);
}

function page(
  state: TenantState,
  call: Call,
  rows: readonly Record<string, unknown>[],
  context: string,
  defaults?: string,
): Reply {
  const size = pageSize(call, 100, 999);
  const skip = skipFrom(call, state.tokens);
  const select = selected(call.query.get('$select') ?? defaults);
  return {
    status: 200,
    json: {
      '@odata.context': contextOf(call, context),
      ...(call.query.get('$count') === 'true' ? { '@odata.count': rows.length } : {}),
      ...(rows.length > skip + size ? { '@odata.nextLink': nextLink(call, state.tokens, skip + size) } : {}),
      value: rows.slice(skip, skip + size).map((row) => project(row, select)),
    },
  };
}

function memberRows(state: TenantState, groupId: string, kind: 'user' | 'group'): ObjectRow[] {
  const table = kind === 'user' ? 'users' : 'groups';
  return state.database.all<ObjectRow>(
    `SELECT o.id, o.props, o.changed_seq, o.deleted FROM ${table} o JOIN members m ON m.member_id = o.id WHERE m.group_id = ? AND m.removed = 0 AND o.deleted = 0 ORDER BY o.id`,
    groupId,
  );
}

function members(state: TenantState, call: Call, transitive: boolean): Reply {
  const group = groupOf(state, parameter(call, 0));
  const found = new Map<string, Record<string, unknown>>();
  const collect = (id: string): void => {
    for (const row of memberRows(state, id, 'user'))
      found.set(row.id, { '@odata.type': '#microsoft.graph.user', ...entity(row) });
    for (const row of memberRows(state, id, 'group')) {
      const seen = found.has(row.id);
      found.set(row.id, { '@odata.type': '#microsoft.graph.group', ...entity(row) });
      if (transitive && !seen) collect(row.id);
    }
  };
  collect(group.id);
  return page(state, call, [...found.values()], 'directoryObjects');
}

function mailboxSettings(state: TenantState, call: Call): Record<string, unknown> {
  const key = parameter(call, 0);
  const user = userOf(state, key);
  const row = state.database.get<{ mailbox: string | null; settings: string }>(
    'SELECT mailbox, settings FROM users WHERE id = ?',
    user.id,
  );
  if (row === undefined || row.mailbox === null)
    throw new GraphError(
      404,
      'MailboxNotEnabledForRESTAPI',
      'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
    );
  const settings = {
    archiveFolder: null,
    timeZone: 'W. Europe Standard Time',
    delegateMeetingMessageDeliveryOptions: 'sendToDelegateOnly',
    dateFormat: 'dd.MM.yyyy',
    timeFormat: 'HH:mm',
    language: { locale: 'en-US', displayName: 'English (United States)' },
    automaticRepliesSetting: {
      status: 'disabled',
      externalAudience: 'all',
      internalReplyMessage: '',
      externalReplyMessage: '',
    },
    userPurpose: 'user',
    ...(JSON.parse(row.settings) as Record<string, unknown>),
  };
  return {
    '@odata.context': contextOf(call, `users('${user.id}')/mailboxSettings`),
    ...project(settings, selected(call.query.get('$select'))),
  };
}
