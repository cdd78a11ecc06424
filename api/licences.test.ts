import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { graphError, hurried, startOddServer, type OddServer } from '../workloads/testing/oddServer.ts';
import { basePermissions } from './basePermissions.ts';
import { sharepointLicences } from './licences.ts';

describe('licences of the tenant', () => {
  let server: OddServer;
  before(async () => {
    server = await startOddServer(hurried, basePermissions);
  });
  after(() => server.stop());
  const { signal } = new AbortController();
  const sku = (enabled: number, plan: string, more: object = {}) => ({
    appliesTo: 'User',
    capabilityStatus: 'Enabled',
    prepaidUnits: { enabled },
    servicePlans: [{ servicePlanName: 'EXCHANGE_S_ENTERPRISE' }, { servicePlanName: plan }],
    ...more,
  });

  it('are those that bring SharePoint', async () => {
    server.answer(() => ({
      body: {
        value: [
          sku(2_000, 'SHAREPOINTENTERPRISE'),
          sku(500, 'ONEDRIVESTANDARD'),
          sku(10_000, 'FLOW_P2_VIRAL'),
          sku(900, 'SHAREPOINTSTANDARD', { capabilityStatus: 'Deleted' }),
          sku(1, 'SHAREPOINTSTORAGE', { appliesTo: 'Company' }),
          {},
        ],
      },
    }));
    assert.equal(await sharepointLicences(server.graph, signal), 2_500);
  });

  it('are unknown where they may not be read', async () => {
    server.answer(() => graphError(403, 'Authorization_RequestDenied'));
    assert.equal(await sharepointLicences(server.graph, signal), undefined);
  });
});
