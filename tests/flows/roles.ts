import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiProblem } from '../../contract/client.ts';
import { startForeignTenant } from './foreignTenant.ts';
import { everything, type Flow, leaves, PEOPLE, walk } from './harness.ts';
import { TenantControl } from './tenantControl.ts';

/** What the API answers: a status, or 200 when it agrees. */
const statusOf = (call: Promise<unknown>): Promise<number> =>
  call.then(
    () => 200,
    (error: unknown) => {
      if (error instanceof ApiProblem) return error.status;
      throw error;
    },
  );

export function describeRoles(flowOf: () => Flow): void {
  describe('who may do what', () => {
    it('a member sees their own data and learns nothing of anybody else’s', async () => {
      const flow = flowOf();
      const member = flow.as(PEOPLE.member);
      const own = await everything(member, 'listResources', {});
      const { id: memberId } = await flow.tenant.user(PEOPLE.member);
      assert.deepEqual([...new Set(own.map(({ ownerId }) => ownerId))], [memberId]);
      const other = await flow.resource('mail', 'felix.bauer');
      const [item] = leaves(await walk(flow.admin, other.id));
      const place = { id: other.id, itemId: item?.id ?? '' };
      const selection = { items: [{ resourceId: place.id, itemId: place.itemId }] };
      assert.deepEqual(
        await Promise.all([
          statusOf(member.call('getResource', { params: { id: other.id } })),
          statusOf(member.call('listItems', { params: { id: other.id } })),
          statusOf(member.call('getItem', { params: place })),
          statusOf(member.open('getContent', { params: place })),
          statusOf(member.call('createRestore', { body: { selection } })),
        ]),
        [404, 404, 404, 404, 404],
      );
      assert.deepEqual(
        await Promise.all([
          statusOf(member.call('listRuns', {})),
          statusOf(member.call('listPolicies', {})),
          statusOf(member.call('startResourceRun', { params: { id: own[0]?.id ?? '' } })),
          statusOf(member.call('getAllSettings', {})),
        ]),
        [403, 403, 403, 403],
      );
      const { value: hits } = await member.call('search', { query: { q: item?.name ?? '' } });
      assert.ok(hits.every(({ resourceId }) => own.some(({ id }) => id === resourceId)));
    });

    it('an auditor sees that it is there and never what is in it; an operator gives back without looking', async () => {
      const flow = flowOf();
      const [auditor, operator] = [flow.as(PEOPLE.auditor), flow.as(PEOPLE.operator)];
      const other = await flow.resource('mail', 'felix.bauer');
      const [item] = leaves(await walk(flow.admin, other.id));
      const place = { id: other.id, itemId: item?.id ?? '' };
      assert.equal(await statusOf(auditor.call('getItem', { params: place })), 200);
      assert.notEqual(
        (await auditor.call('getItem', { params: place })).name,
        item?.name === '' ? undefined : item?.name,
      );
      const body = {
        selection: { items: [{ resourceId: place.id, itemId: place.itemId }] },
        reason: 'asked by its owner',
      };
      assert.deepEqual(
        await Promise.all([
          statusOf(auditor.open('getContent', { params: place })),
          statusOf(auditor.call('createRestore', { body })),
          statusOf(auditor.call('startResourceRun', { params: { id: other.id } })),
          statusOf(operator.open('getContent', { params: place })),
          statusOf(operator.call('putSettings', { params: { name: 'access' }, body: {} })),
          statusOf(operator.call('createRestore', { body })),
        ]),
        [403, 403, 403, 403, 403, 200],
      );
      assert.equal(await statusOf(flow.admin.open('getContent', { params: place })), 200);
      const { value } = await flow.admin.call('listAudit', { query: { action: 'content.read' } });
      assert.ok(value.some(({ result }) => result === 'refused') && value.some(({ result }) => result === 'done'));
    });

    it('a token that is not exactly ours opens nothing', async () => {
      const flow = flowOf();
      const foreign = await startForeignTenant({ seed: 'empty' });
      try {
        const made = async (spoiled: object) =>
          (await flow.tenant.post<{ token: string }>('token', { user: PEOPLE.admin, ...spoiled })).token;
        const good = await made({});
        const bad = new Map([
          ['another tenant', await new TenantControl(foreign.tenant.controlUrl).token(PEOPLE.admin)],
          ['wrong key', await made({ key: 'wrong' })],
          ['no signature', await made({ alg: 'none' })],
          ['public key as secret', await made({ alg: 'HS256' })],
          ['unknown kid', await made({ kid: 'nobody' })],
          ['audience', await made({ claims: { aud: 'https://graph.microsoft.com' } })],
          ['issuer', await made({ claims: { iss: 'https://login.example/v2.0' } })],
          ['tenant', await made({ claims: { tid: foreign.tenant.tenantId } })],
          ['expired', await made({ expiresIn: -600 })],
          ['not yet valid', await made({ claims: { nbf: Math.floor(Date.now() / 1000) + 3_600 } })],
          ['foreign client', await made({ claims: { azp: '99999999-9999-4999-8999-999999999999' } })],
          ['no scope and no role', await made({ claims: { scp: null, roles: null } })],
          ['cut', good.slice(0, -8)],
          ['nothing', ''],
        ]);
        const status = async (token: string) =>
          (await fetch(`${flow.api}/me`, { headers: token === '' ? {} : { authorization: `Bearer ${token}` } })).status;
        assert.equal(await status(good), 200);
        for (const [what, token] of bad) assert.ok([401, 403].includes(await status(token)), what);
      } finally {
        await foreign.stop();
      }
    });
  });
}
