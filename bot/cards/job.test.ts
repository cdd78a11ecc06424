import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Instant, PolicyId, RunId } from '../../engine/model/ids.ts';
import { noCounts } from '../../engine/model/ledger.ts';
import { textsFor } from '../texts.ts';
import { stateSentence, type ShownRun } from './job.ts';

it('a wait says what it is for, in both languages', () => {
  const at = '2026-03-01T10:00:00.000Z' as Instant;
  const run: ShownRun = {
    id: 'a'.repeat(32) as RunId,
    policyId: 'b'.repeat(32) as PolicyId,
    startedBy: 'schedule',
    state: 'waiting',
    planned: true,
    counts: noCounts,
    startedAt: at,
    heartbeatAt: at,
    alreadyRunning: [],
  };
  const says = (language: string, reason?: string, resumesAt?: Instant): string =>
    stateSentence(textsFor(language), {
      ...run,
      ...(reason === undefined ? {} : { reason }),
      ...(resumesAt && { resumesAt }),
    });
  assert.equal(says('en'), 'Waiting for Microsoft 365.');
  assert.equal(says('en', 'Microsoft 365 asks to wait'), 'Waiting for Microsoft 365.');
  assert.equal(says('en', 'Storage: the key does not answer'), 'Waiting for storage.');
  assert.match(says('en', 'Storage is busy, a pack has to wait', at), /^Waiting for storage, next try at .*\d/);
  assert.equal(says('de', 'Storage: the key does not answer'), 'Wartet auf den Speicher.');
  assert.match(
    says('de', 'Storage: the key does not answer', at),
    /^Wartet auf den Speicher, nächster Versuch um .*\d/,
  );
});
