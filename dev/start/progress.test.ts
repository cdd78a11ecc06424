import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { completionLine, Progress, type RunSnapshot, troubleLine } from './progress.ts';

const counts = {
  listed: 0,
  stored: 0,
  reused: 0,
  skipped: 0,
  failed: 0,
  vanished: 0,
  outOfScope: 0,
  pending: 0,
  containers: 0,
  bytesRead: 0,
};
const run = (given: Partial<RunSnapshot> & { counts?: RunSnapshot['counts'] }): RunSnapshot => ({
  id: 'r',
  state: 'running',
  counts,
  startedAt: '2026-03-01T10:00:00Z',
  ...given,
});

describe('progress of a backup', () => {
  it('says items, megabytes, rate and what is left as a range', () => {
    const progress = new Progress();
    progress.line(run({ counts: { ...counts, listed: 4_000, pending: 4_000 } }), 0);
    const line = progress.line(
      run({ counts: { ...counts, listed: 4_000, stored: 1_000, pending: 3_000, bytesRead: 25_000_000 } }),
      10_000,
    );
    assert.equal(
      line,
      'Backing up · 1,000 of 4,000 items · 25.0 MB · 100 items/s · 2.5 MB/s · about 30 s to 45 s left',
    );
  });

  it('promises no time before a tenth is done', () => {
    const progress = new Progress();
    progress.line(run({ counts: { ...counts, listed: 4_000, pending: 4_000 } }), 0);
    assert.doesNotMatch(
      progress.line(run({ counts: { ...counts, listed: 4_000, stored: 100, pending: 3_900 } }), 1_000),
      /left/,
    );
  });

  it('promises no time while more is still being found', () => {
    const progress = new Progress();
    progress.line(run({ counts: { ...counts, listed: 2_000, pending: 2_000 } }), 0);
    assert.doesNotMatch(
      progress.line(run({ counts: { ...counts, listed: 4_000, stored: 1_000, pending: 3_000 } }), 10_000),
      /left/,
    );
  });

  it('measures the last twenty seconds, not the whole run', () => {
    const progress = new Progress();
    progress.line(run({ counts: { ...counts, listed: 9_000, pending: 9_000 } }), 0);
    progress.line(run({ counts: { ...counts, listed: 9_000, stored: 8_000, pending: 1_000 } }), 10_000);
    const line = progress.line(run({ counts: { ...counts, listed: 9_000, stored: 8_100, pending: 900 } }), 30_000);
    assert.match(line, / 5 items\/s/);
  });

  it('says that it waits for Microsoft 365, which is no error', () => {
    const line = new Progress().line(
      run({ state: 'waiting', counts: { ...counts, listed: 10, stored: 4, pending: 6 } }),
      0,
    );
    assert.equal(line, 'Waiting for Microsoft 365 · 4 of 10 items · 0.0 MB');
  });

  it('says that it waits for storage, why, and when it tries again', () => {
    const resumesAt = '2026-03-01T10:05:00Z';
    const line = new Progress().line(
      run({
        state: 'waiting',
        resumesAt,
        reason: 'Storage: the key does not answer',
        counts: { ...counts, listed: 4 },
      }),
      0,
    );
    const time = new Date(resumesAt).toTimeString().slice(0, 5);
    assert.equal(
      line,
      `Waiting for storage (next try ${time}): Storage: the key does not answer · 4 of 4 items · 0.0 MB`,
    );
  });

  it('ends in one line, and names skips and failures in a second one only', () => {
    const done = run({
      state: 'completed',
      status: 'complete',
      counts: { ...counts, listed: 4_311, stored: 4_300, reused: 11, bytesRead: 912_345_678 },
      finishedAt: '2026-03-01T10:00:48.200Z',
    });
    assert.equal(completionLine(done), 'First backup completed: 4,311 items, 912.3 MB, 48.2 s');
    assert.equal(troubleLine(done), undefined);
    assert.match(troubleLine({ ...done, status: 'partial', counts: { ...done.counts, failed: 2 } }) ?? '', /2 failed/);
    assert.equal(
      completionLine({ ...done, status: 'failed', reason: 'Storage is full.' }),
      'First backup failed: Storage is full.',
    );
  });
});
