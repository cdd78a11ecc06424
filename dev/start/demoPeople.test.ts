import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PEOPLE } from '../tenant/seed/people.ts';
import { startTenant } from '../tenant/tenant.ts';
import { openApiDir } from '../tenant/testing/besideTheRepository.ts';
import { consoleLine, demoPeople } from './demoPeople.ts';

describe('people of the demo tenant', () => {
  let folder: string;
  let tenant: Awaited<ReturnType<typeof startTenant>>;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'holdfast-people-'));
    tenant = await startTenant({ dataDir: folder, seed: 'small', corpusDir: undefined, openApiDir });
  });
  after(async () => {
    const complaints = [...tenant.recorder.violations(), ...tenant.recorder.outgoings()];
    await tenant.close();
    rmSync(folder, { recursive: true });
    assert.deepEqual(complaints, []);
  });

  it('come six, an administrator first, and the terminal says that this is who to sign in as', async () => {
    const people = await demoPeople(tenant.controlUrl);
    const admin = PEOPLE.find((person) => person.appRoles?.includes('Backup.Admin'));
    assert.equal(people.length, 6);
    assert.equal(
      consoleLine('http://localhost:7071', people),
      `Console       http://localhost:7071 (sign in as ${admin?.name}, administrator)`,
    );
  });

  it('are not named for a tenant of one’s own', () => {
    assert.equal(consoleLine('http://localhost:7071'), 'Console       http://localhost:7071');
  });
});
