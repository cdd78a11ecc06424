import assert from 'node:assert/strict';
import { it } from 'node:test';
import { auditHeadNow, digestOf, type WeeklyDigest } from '../../engine/backup/digest.ts';
import { instant } from '../../engine/model/ids.ts';
import { makeRecords } from '../../engine/records/makeRecords.ts';
import { anAuditEntry, recordsWorld } from '../../engine/testing/recordsWorld.ts';
import { readable } from '../testing/botBench.ts';
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

it('a digest tells what became of older copies, and what never happened yet', () => {
  const said = (care: NonNullable<WeeklyDigest['care']>): string =>
    readable(
      digestCard(
        textsFor('en', 'UTC'),
        { ...digestOf([], {}, instant(0), instant(1)), care },
        { consoleUrl: 'https://x' },
      ),
    );
  const none = said({ gone: { points: 0, objects: 0, bytes: 0 }, holdsInForce: 0 });
  assert.match(
    none,
    /Let go\nno restore point expired, nothing removed from storage\nVerified\nnot yet\nRestore drill\nnot yet/,
  );
  const all = said({
    gone: { points: 12, objects: 3, bytes: 5_000_000 },
    holdsInForce: 2,
    verification: { at: instant(0), findings: 1 },
    drill: { at: instant(0), items: 240, failed: 2 },
  });
  assert.match(all, /12 restore points expired, 5 MB removed from storage/);
  assert.match(
    all,
    /Verified\n[^\n]+: 1 finding\nRestore drill\n[^\n]+: 2 of 240 did not come back as promised\nLegal holds\n2 in force/,
  );
  assert.match(said({ holdsInForce: 0, drill: { at: instant(0), items: 240, failed: 0 } }), /all 240 items came back/);
});
