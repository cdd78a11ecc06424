import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Instant, PolicyId, ResourceId, RunId } from '../model/ids.ts';
import {
  addCounts,
  isBalanced,
  noCounts,
  statusOf,
  worstStatus,
  type Counts,
  type RunStatus,
} from '../model/ledger.ts';
import type { Run, RunResource } from '../model/run.ts';
import { backupSettings } from './defaults.ts';
import { digestOf, digestSlot } from './digest.ts';
import { endOf } from './finishRun.ts';
import { leftAllToOthers, reportOf } from './report.ts';
import { etaOf, progressOf } from './runProgress.ts';
import { rowVerdict } from './watchdog.ts';

const at = (text: string): Instant => new Date(text).toISOString() as Instant;
const statuses: readonly RunStatus[] = ['complete', 'completeWithSkips', 'partial', 'failed'];
const run = (change: Partial<Run> = {}): Run => ({
  id: 'r1' as RunId,
  policyId: 'p1' as PolicyId,
  startedBy: 'schedule',
  state: 'running',
  planned: true,
  counts: noCounts,
  startedAt: at('2026-03-02T00:00:00Z'),
  heartbeatAt: at('2026-03-02T00:00:00Z'),
  alreadyRunning: [],
  ...change,
});
const row = (change: Partial<RunResource> = {}): RunResource => ({
  runId: 'r1' as RunId,
  resourceId: 'x' as ResourceId,
  state: 'open',
  counts: noCounts,
  heartbeatAt: at('2026-03-02T00:00:00Z'),
  ...change,
});
const counted = (change: Partial<Counts>): Counts => addCounts(noCounts, change);

describe('the status of a ledger', () => {
  it('is complete exactly when everything listed is stored, known, gone or out of scope, over every shape', () => {
    const some = [0, 1, 3];
    let shapes = 0;
    for (const stored of some)
      for (const reused of some)
        for (const skipped of some)
          for (const failed of some)
            for (const vanished of some)
              for (const outOfScope of some)
                for (const pending of some)
                  for (const lost of [0, 1]) {
                    shapes++;
                    const sum = stored + reused + skipped + failed + vanished + outOfScope + pending;
                    const counts = counted({
                      listed: sum + lost,
                      stored,
                      reused,
                      skipped,
                      failed,
                      vanished,
                      outOfScope,
                      pending,
                    });
                    assert.equal(isBalanced(counts), lost === 0);
                    assert.equal(statusOf(counts, false), 'failed');
                    const good = failed === 0 && pending === 0 && lost === 0;
                    assert.equal(
                      statusOf(counts, true),
                      good ? (skipped > 0 ? 'completeWithSkips' : 'complete') : 'partial',
                    );
                  }
    assert.equal(shapes, 3 ** 7 * 2);
  });

  it('of a whole is never better than its worst part, and failed only when all parts are', () => {
    assert.equal(worstStatus([]), 'complete');
    for (const a of statuses)
      for (const b of statuses)
        for (const c of statuses) {
          const parts = [a, b, c];
          const whole = worstStatus(parts);
          for (const part of parts) {
            const worse = statuses.indexOf(whole) >= statuses.indexOf(part);
            assert.ok(worse || (part === 'failed' && whole === 'partial'), `${parts.join()} gives ${whole}`);
          }
          assert.equal(
            whole === 'failed',
            parts.every((part) => part === 'failed'),
          );
        }
  });
});

describe('the end of a run', () => {
  const done = (status: RunStatus, reason?: string): RunResource =>
    row({
      state: status === 'failed' ? 'failed' : 'done',
      status,
      ...(reason && { reason }),
      counts: counted({ listed: 1, stored: 1 }),
    });

  it('follows from its rows alone', () => {
    const end = endOf(run(), [done('complete'), done('failed', 'The mailbox is locked')], at('2026-03-02T01:00:00Z'));
    assert.deepEqual(
      [end.state, end.status, end.counts.stored, end.reason],
      ['completed', 'partial', 2, 'The mailbox is locked'],
    );
    assert.equal(endOf(run(), [], at('2026-03-02T01:00:00Z')).status, 'complete');
  });

  it('says storage in its first sentence, whatever else went wrong', () => {
    const rows = [
      done('failed', 'The mailbox is locked'),
      done('failed', 'Storage is full. Make room and run it again.'),
    ];
    assert.match(endOf(run(), rows, at('2026-03-02T01:00:00Z')).reason ?? '', /^Storage is full/);
  });

  it('of a run that was cancelled is never better than partial, and failed where nothing was backed up', () => {
    const cancelled = run({ state: 'cancelling' });
    const end = (...rows: RunResource[]) => endOf(cancelled, rows, at('2026-03-02T01:00:00Z'));
    assert.deepEqual([end(done('complete')).state, end(done('complete')).status], ['cancelled', 'partial']);
    assert.equal(end(done('failed')).status, 'failed');
    assert.equal(end(row({ state: 'cancelled' })).status, 'failed');
  });

  it('names how many resources another run still works on', () => {
    const end = (...alreadyRunning: string[]) =>
      endOf(run({ alreadyRunning: alreadyRunning as ResourceId[] }), [], at('2026-03-02T01:00:00Z')).reason ?? '';
    assert.match(end('x'), /1 resource was still being backed up/);
    assert.match(end('x', 'y'), /2 resources were still being backed up/);
  });

  it('is not whole when something could not even be looked for', () => {
    const blind = run({ reason: 'Consent was withdrawn (while looking for what to protect: drive)' });
    assert.equal(endOf(blind, [done('complete')], at('2026-03-02T01:00:00Z')).status, 'partial');
    assert.equal(endOf(blind, [], at('2026-03-02T01:00:00Z')).status, 'failed');
  });

  it('is told to people only when it is worse than the one before, when somebody asked, or when every run is told', () => {
    const ended = (status: RunStatus, startedBy: Run['startedBy'] = 'schedule') => ({
      ...run({ startedBy }),
      status,
      finishedAt: at('2026-03-02T01:00:00Z'),
    });
    for (const before of [...statuses, undefined])
      for (const status of statuses) {
        const worse = statuses.indexOf(status) > statuses.indexOf(before ?? 'complete');
        assert.equal(reportOf(ended(status), [], { status: before })?.because, worse ? 'worse' : undefined);
        assert.equal(reportOf(ended(status), [], { status: before }, true)?.because, worse ? 'worse' : 'always');
        assert.equal(reportOf(ended(status, 'adele' as never), [], { status: before })?.because, 'asked');
      }
    const report = reportOf(ended('partial'), [done('complete'), done('failed', 'locked')], { status: 'complete' });
    assert.deepEqual(report?.resources, { all: 2, good: 1, alreadyRunning: 0 });
    assert.deepEqual(
      report?.troubled.map(({ reason }) => reason),
      ['locked'],
    );
  });

  it('is no worse for what another run still works on, and that hides nothing that is worse', () => {
    const busy = { alreadyRunning: ['y' as ResourceId] };
    const end = (rows: readonly RunResource[], before?: Run, change: Partial<Run> = busy) =>
      endOf(run(change), rows, at('2026-03-02T01:00:00Z'), before);
    const told = (ended: ReturnType<typeof end>, rows: readonly RunResource[], before?: Run) =>
      [ended.status, reportOf(ended, rows, before)?.because] as const;

    const nothing = end([]);
    assert.deepEqual(told(nothing, []), ['partial', undefined], 'the first backup still runs');
    const good = [done('complete')];
    assert.deepEqual(told(end(good), good), ['partial', undefined]);
    const bad = [done('complete'), done('failed', 'The mailbox is locked')];
    assert.deepEqual(told(end(bad), bad), ['partial', 'worse']);
    assert.deepEqual([nothing.ownStatus, leftAllToOthers(nothing), end(bad).ownStatus], [undefined, true, 'partial']);
  });
});

describe('a run while it works', () => {
  const now = at('2026-03-02T00:10:00Z');

  it('is stalled after three minutes of silence, and waiting while all of its resources wait', () => {
    assert.equal(progressOf(run(), [row()], now, backupSettings).state, 'stalled');
    assert.equal(
      progressOf(run(), [row({ heartbeatAt: at('2026-03-02T00:08:00Z') })], now, backupSettings).state,
      'running',
    );
    const waiting = [
      row({ state: 'waiting', resumesAt: at('2026-03-02T00:20:00Z') }),
      row({ state: 'waiting', resumesAt: at('2026-03-02T00:15:00Z') }),
      row({ state: 'done', status: 'complete' }),
    ];
    const progress = progressOf(run(), waiting, now, backupSettings);
    assert.deepEqual([progress.state, progress.resumesAt], ['waiting', at('2026-03-02T00:15:00Z')]);
  });

  it('says when it will be through only once everything is listed and enough is done', () => {
    const half = row({ counts: counted({ listed: 100, stored: 50, pending: 50 }) });
    assert.equal(etaOf(run(), [half], now), at('2026-03-02T00:20:00Z'));
    assert.equal(etaOf(run(), [half, row()], now), undefined);
    assert.equal(etaOf(run(), [row({ counts: counted({ listed: 100, stored: 3, pending: 97 }) })], now), undefined);
  });

  it('has its resources nudged after ten minutes of silence and failed after a day without progress', () => {
    const verdict = (change: Partial<RunResource>, head?: string) =>
      rowVerdict(
        row(change),
        head === undefined ? undefined : at(head),
        at('2026-03-01T00:00:00Z'),
        now,
        backupSettings,
      );
    const started = { progressAt: at('2026-03-01T23:59:00Z') };
    assert.equal(verdict({ ...started, heartbeatAt: at('2026-03-02T00:01:00Z') }), 'wait');
    assert.equal(verdict({ ...started, heartbeatAt: at('2026-03-01T23:59:00Z') }), 'nudge');
    assert.equal(verdict({ ...started, heartbeatAt: at('2026-03-01T23:59:00Z') }, '2026-03-02T00:09:00Z'), 'wait');
    assert.equal(
      verdict({ ...started, heartbeatAt: at('2026-03-01T23:59:00Z'), nudgedAt: at('2026-03-02T00:05:00Z') }),
      'wait',
    );
    assert.equal(
      verdict({ ...started, heartbeatAt: at('2026-03-01T20:00:00Z'), resumesAt: at('2026-03-02T02:00:00Z') }),
      'wait',
    );
    assert.equal(verdict({ progressAt: at('2026-02-28T23:00:00Z') }), 'fail');
    // Never started: it waits in a long queue and is not nudged every five minutes.
    assert.equal(verdict({ heartbeatAt: at('2026-03-01T00:00:00Z') }), 'nudge');
    assert.equal(verdict({ heartbeatAt: at('2026-03-01T00:00:00Z'), nudgedAt: at('2026-03-01T23:30:00Z') }), 'wait');
  });
});

describe('the digest', () => {
  it('belongs to the newest day and time that were chosen, on the clocks of the zone', () => {
    const monday = { day: 1, at: '08:00', timeZone: 'Europe/Berlin' };
    const dateAt = (now: string, plan = monday) => digestSlot(at(now), plan).date;
    assert.equal(dateAt('2026-03-02T06:59:00Z'), '2026-02-23');
    assert.equal(dateAt('2026-03-02T07:00:00Z'), '2026-03-02');
    assert.equal(dateAt('2026-03-08T23:30:00Z'), '2026-03-02');
    assert.equal(dateAt('2026-03-05T12:00:00Z', { ...monday, timeZone: 'UTC' }), '2026-03-02');
    const friday = { day: 5, at: '17:30', timeZone: 'America/New_York' };
    assert.equal(dateAt('2026-03-06T22:29:00Z', friday), '2026-02-27');
    assert.equal(dateAt('2026-03-06T22:30:00Z', friday), '2026-03-06');
  });

  it('comes once when the clocks change: right after an hour left out, the first time in an hour that comes twice', () => {
    const slots = (day: string, time: string) => digestSlot(at(day), { day: 0, at: time, timeZone: 'Europe/Berlin' });
    assert.equal(slots('2026-03-29T12:00:00Z', '02:30').slot, '2026-03-29T01:00:00.000Z');
    assert.equal(slots('2026-10-25T12:00:00Z', '02:30').slot, '2026-10-25T00:30:00.000Z');
    // Eight o'clock stays eight o'clock, so this week is an hour shorter.
    assert.deepEqual(slots('2026-03-29T12:00:00Z', '08:00'), {
      date: '2026-03-29',
      before: '2026-03-22T07:00:00.000Z',
      slot: '2026-03-29T06:00:00.000Z',
    });
  });

  it('counts the runs that ended in its week', () => {
    const ended = (finishedAt: string, status: RunStatus) =>
      run({ state: 'completed', status, finishedAt: at(finishedAt), counts: counted({ listed: 2, stored: 2 }) });
    const week = digestOf(
      [
        ended('2026-02-24T00:00:00Z', 'complete'),
        ended('2026-02-25T00:00:00Z', 'partial'),
        ended('2026-02-01T00:00:00Z', 'failed'),
      ],
      { protected: 4 },
      at('2026-02-23T08:00:00Z'),
      at('2026-03-02T08:00:00Z'),
    );
    assert.deepEqual(week.runs, { complete: 1, completeWithSkips: 0, partial: 1, failed: 0 });
    assert.equal(week.counts.stored, 4);
  });
});
