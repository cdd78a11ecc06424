import assert from 'node:assert/strict';
import { it } from 'node:test';
import { auditHeadNow, digestOf } from '../../engine/backup/digest.ts';
import { instant } from '../../engine/model/ids.ts';
import { makeRecords } from '../../engine/records/makeRecords.ts';
import { anAuditEntry, recordsWorld } from '../../engine/testing/recordsWorld.ts';
import { textsFor } from '../texts.ts';
import { digestCard } from './report.ts';

it('a digest tells where the audit log ends, so that a chat keeps what storage could lose', async () => {
  const records = makeRecords(recordsWorld());
  const cardNow = async (): Promise<string> => {
    const digest = { ...digestOf([], {}, instant(0), instant(1)), ...(await auditHeadNow(records)) };
    return JSON.stringify(digestCard(textsFor('en', 'UTC'), digest, { consoleUrl: 'https://console.example' }));
  };
  assert.ok(!(await cardNow()).includes('Audit log'));
  await records.audit.append(anAuditEntry('content.read'));
  const { hash } = await records.audit.append(anAuditEntry('content.read'));
  assert.ok((await cardNow()).includes(`Audit log: 2 entries, ends with ${hash}`));
  assert.equal(await records.audit.verify([{ count: 2, hash }]), undefined);
});
