import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cleanup } from '../../../../contract/cleanup.ts';
import type { WaitingChange } from '../../../../contract/retention.ts';
import type { KeyStatus } from '../../../../contract/service.ts';
import type { Drill, Verification } from '../../../../contract/verification.ts';
import type { Resource } from '../../../../contract/resources.ts';
import type { Run } from '../../../../contract/runs.ts';
import { issuesOf } from './attention.ts';
import type { Facts } from './attention.ts';
import { newestCopy } from '../../parts/newestCopy.ts';
import { standingOf } from '../../parts/standing.ts';
import { coverageOf } from './coverage.ts';
import { runDays } from './runDays.ts';
import { toneOf } from './tone.ts';

let made = 0;
const resource = (given: Partial<Resource>): Resource => ({
  id: String((made += 1)).padStart(32, '0'),
  workload: 'mail',
  kind: 'userMailbox',
  name: 'Somebody',
  sourceId: 's',
  state: 'protected',
  policyId: 'f'.repeat(32),
  counts: { items: 1, containers: 1, missing: 0 },
  bytes: 10,
  ...given,
});
const none = {
  listed: 0,
  stored: 0,
  reused: 0,
  skipped: 0,
  failed: 0,
  vanished: 0,
  outOfScope: 0,
  pending: 0,
  removed: 0,
  containers: 0,
  bytesRead: 0,
  bytesStored: 0,
};
const run = (given: Partial<Run>): Run => ({
  id: String((made += 1)).padStart(32, '0'),
  policyId: 'f'.repeat(32),
  startedBy: 'schedule',
  state: 'completed',
  status: 'complete',
  counts: none,
  startedAt: '2026-11-21T08:00:00.000Z',
  finishedAt: '2026-11-21T08:10:00.000Z',
  heartbeatAt: '2026-11-21T08:10:00.000Z',
  alreadyRunning: [],
  ...given,
});

describe('coverage', () => {
  it('counts only what should have a copy', () => {
    const { policyId: _, ...uncovered } = resource({ state: 'notProtected' });
    const coverage = coverageOf([
      resource({}),
      resource({ state: 'failing' }),
      resource({ state: 'excluded' }),
      resource({ state: 'gone' }),
      resource({ state: 'notProtected', nothingToCopy: true, reason: 'This person has no mailbox.' }),
      uncovered,
    ]);
    assert.deepEqual([coverage.safe, coverage.wanted], [1, 3]);
    assert.deepEqual([coverage.workloads[0]?.safe, coverage.workloads[0]?.wanted], [1, 3]);
  });

  it('counts every resource once, under the word that the list of resources has for it', () => {
    const some = [
      resource({}),
      resource({ state: 'notProtected', nothingToCopy: true }),
      resource({ state: 'notProtected', nothingToCopy: true }),
      resource({ state: 'notProtected' }),
      resource({ state: 'excluded' }),
    ];
    const counts = coverageOf(some).workloads[0]?.counts ?? [];
    assert.deepEqual(
      counts.map(({ standing, band, count }) => [standing, band, count]),
      [
        ['protected', 'safe', 1],
        ['notProtected', 'gap', 1],
        ['nothingToCopy', undefined, 2],
        ['excluded', undefined, 1],
      ],
    );
    for (const { standing, count } of counts)
      assert.equal(some.filter((each) => standingOf(each) === standing).length, count);
  });

  it('takes the oldest of the newest copies as what could be lost', () => {
    const coverage = coverageOf([
      resource({ lastPointAt: '2026-11-20T00:00:00.000Z', confirmedAt: '2026-11-21T00:00:00.000Z' }),
      resource({ lastPointAt: '2026-11-20T12:00:00.000Z' }),
      resource({ state: 'gone', lastPointAt: '2020-01-01T00:00:00.000Z' }),
    ]);
    assert.equal(coverage.oldest?.lastPointAt, '2026-11-20T12:00:00.000Z');
  });

  it('says that nothing has a copy instead of inventing a time', () => {
    assert.equal(coverageOf([resource({})]).oldest, undefined);
    assert.equal(newestCopy(resource({})), undefined);
  });
});

describe('needs attention', () => {
  it('puts the worst first and groups by cause', () => {
    const issues = issuesOf({
      health: {
        status: 'up',
        version: '1',
        time: '2026-11-21T10:00:00.000Z',
        permissions: [
          { app: 'backup', permission: 'Mail.Read', state: 'refused', call: 'GET /x' },
          { app: 'backup', permission: 'Sites.Read.All', state: 'refused', call: 'GET /y' },
          { app: 'restore', permission: 'Mail.ReadWrite', state: 'granted', call: 'GET /z' },
        ],
        dependencies: [{ name: 'Storage', state: 'fails', detail: 'It does not answer.' }],
      },
      resources: [
        resource({ state: 'failing', reason: 'Refused' }),
        resource({ state: 'failing', reason: 'Refused' }),
        resource({ state: 'partial', reason: 'Three could not be read' }),
      ],
    });
    assert.deepEqual(
      issues.map(({ severity, title, values }) => [severity, title, values['count']]),
      [
        ['critical', 'issue.dependency', undefined],
        ['critical', 'issue.permission', 2],
        ['action', 'issue.failing', 2],
        ['warning', 'issue.partial', 1],
      ],
    );
  });

  it('says nothing about an account that has no mailbox', () => {
    assert.deepEqual(
      issuesOf({ resources: [resource({ state: 'notProtected', nothingToCopy: true, reason: 'No mailbox' })] }),
      [],
    );
  });

  it('forgets a failed run once a newer one of its policy went well', () => {
    const failed = run({ status: 'failed', startedAt: '2026-11-20T08:00:00.000Z' });
    assert.equal(issuesOf({ runs: [failed] }).length, 1);
    assert.deepEqual(issuesOf({ runs: [run({}), failed] }), []);
  });
});

describe('headline and shield', () => {
  const health = { status: 'up', version: '1', time: '2026-11-21T10:00:00.000Z' } as const;
  const well = { health, resources: [resource({})], runs: [run({})] };

  it('say that all is well only when everything was seen and nothing is in the way', () => {
    assert.equal(toneOf(well, true), 'good');
    assert.equal(toneOf(well, false), 'unseen');
    assert.equal(toneOf({ ...well, health: undefined }, true), 'unseen');
    assert.equal(toneOf({ ...well, runs: undefined }, true), 'unseen');
    assert.equal(toneOf({ ...well, health: { ...health, resources: { protected: 9000 } } }, false), 'good');
    assert.equal(toneOf({ ...well, resources: [] }, true), 'none');
  });

  it('name as many things as the list below them, for every fact alone', () => {
    const bad: Pick<Facts, 'health'>[] = [
      { health: { ...health, dependencies: [{ name: 'records', state: 'fails', detail: 'Not whole.' }] } },
      { health: { ...health, permissions: [{ app: 'backup', permission: 'Mail.Read', state: 'refused', call: 'x' }] } },
      {
        health: {
          ...health,
          overduePolicies: [{ id: 'f'.repeat(32), name: 'All', dueAt: '2026-11-20T00:00:00.000Z' }],
        },
      },
    ];
    for (const facts of bad) {
      assert.equal(toneOf({ ...well, ...facts }, true), 'bad');
      assert.equal(issuesOf({ ...well, ...facts })[0]?.severity, 'critical');
    }
    const states = ['failing', 'partial', 'notProtected', 'paused'] as const;
    const warned = [
      ...states.map((state) => ({ resources: [resource({}), resource({ state })] })),
      { runs: [run({ status: 'failed' })] },
      { runs: [run({ state: 'stalled', status: undefined })] },
      { runs: [run({ status: 'partial', overlooked: true })] },
      { runs: [run({ status: 'complete', only: ['a'] }), run({ status: 'failed' })] },
      { runs: [run({ state: 'running', status: undefined }), run({ status: 'failed' })] },
      { runs: [run({})], health: { ...health, troubledRuns: [run({ status: 'failed' })] } },
    ];
    for (const facts of warned) {
      assert.equal(toneOf({ ...well, ...facts }, true), 'warn');
      assert.equal(issuesOf({ ...well, ...facts }).length, 1);
    }
  });
});

describe('what is stored', () => {
  const health = { status: 'up', version: '1', time: '2026-11-21T10:00:00.000Z' } as const;
  const well = { health, resources: [resource({})], runs: [run({})] };
  const now = Date.parse('2026-11-21T10:00:00.000Z');
  const outer = { kind: 'vault', keyId: 'k' } as const;
  const unproven: KeyStatus = { epoch: 1, epochs: [], outer, rotatesAlone: true };
  const keys: KeyStatus = { ...unproven, provedAt: '2026-11-01T10:00:00.000Z' };
  const over = { startedBy: 'schedule', startedAt: health.time, heartbeatAt: health.time, state: 'done' } as const;
  const found = { missing: 0, corrupt: 0, differs: 0, items: 0, others: 0 };
  const looked = { resources: 1, points: 1, pages: 1, packs: 1, items: 1, streams: 1, bytes: 1, catalogRows: 1 };
  const verification: Verification = { ...over, id: 'a', level: 'full', share: 1, seed: 's', looked, found };
  const damaged: Verification = { ...verification, id: 'b', found: { ...found, corrupt: 2, items: 2 } };
  const drill: Drill = { ...over, id: 'c', sampleSize: 1, resources: [], done: 0, items: 4, bytes: 1, failed: 0 };
  const cycle = {
    startedAt: health.time,
    condemned: 0,
    spared: 0,
    deleted: 0,
    bytesFreed: 0,
    retained: 0,
    repacked: 0,
    lacking: 0,
    listingShrank: false,
  };
  const cleanup: Cleanup = { last: cycle, isRunning: false, nextAt: health.time };
  const fine: Facts = { ...well, keys, verifications: [verification, damaged], drills: [drill], cleanup };

  const none = { resources: 0, items: 0, inNewest: 0, accepted: 0, others: 0 };

  it('is no trouble while the newest look at it found none', () => {
    assert.deepEqual(issuesOf(fine, now), []);
    assert.equal(toneOf(fine, true, now), 'good');
    const accepted = { ...cleanup, last: { ...cycle, lacking: 2, lackingAccepted: 2 } };
    assert.deepEqual(issuesOf({ ...fine, cleanup: accepted }, now), []);
  });

  it('is no trouble any more once it was healed, whatever the newest verification found', () => {
    const healed = { ...fine, verifications: [damaged], health: { ...health, damaged: none } };
    assert.deepEqual(issuesOf(healed, now), []);
    assert.equal(toneOf(healed, true, now), 'good');
  });

  it('stays a trouble when a part of a day or one resource is looked at and found well', () => {
    const part: Verification = { ...verification, id: 'f', part: { index: 2, of: 90 } };
    const one: Verification = { ...verification, id: 'g', resourceId: '1'.repeat(32) };
    const others: Verification = { ...damaged, found: { ...found, differs: 1, others: 1 } };
    const facts = { ...fine, verifications: [one, part, others, verification] };
    assert.deepEqual(
      issuesOf(facts, now).map(({ title, values, address }) => [title, values['others'], address]),
      [['issue.damaged', 1, '/manage/verification/b']],
    );
    assert.equal(toneOf(facts, true, now), 'warn');
  });

  it('is told by the resources to whoever does not see the health of the service, accepted losses aside', () => {
    const damagedItems = (items: number, accepted: number) => [
      resource({ damaged: { items, inNewest: 0, accepted } }),
      resource({ damaged: { items: 1, inNewest: 0, accepted: 1 } }),
    ];
    assert.equal(toneOf({ ...fine, resources: damagedItems(3, 1) }, true, now), 'warn');
    assert.equal(issuesOf({ ...fine, resources: damagedItems(3, 1) }, now)[0]?.values['items'], 2);
    assert.deepEqual(issuesOf({ ...fine, resources: damagedItems(3, 3) }, now), []);
  });

  it('is in the list and in the headline, for every trouble alone', () => {
    const paused = { since: health.time, runId: 'd'.repeat(32), changed: 60, removed: 0, of: 100 };
    const wish = { kind: 'rotateKeys', from: 1 } as const;
    const change: WaitingChange = { id: 'e', wish, state: 'asked', askedBy: 'x', askedAt: health.time };
    const troubles: readonly (readonly [Partial<Facts>, string])[] = [
      [{ health: { ...health, damaged: { ...none, items: 3, accepted: 1 } } }, 'issue.damaged'],
      [{ verifications: [{ ...damaged, found: { ...found, others: 1 } }] }, 'issue.damaged'],
      [{ drills: [{ ...drill, failed: 1 }] }, 'issue.drill'],
      [{ drills: [{ ...drill, state: 'failed' }] }, 'issue.drillBroke'],
      [{ cleanup: { ...cleanup, last: { ...cycle, refused: 'The list shrank.' } } }, 'issue.cleanup'],
      [{ cleanup: { ...cleanup, last: { ...cycle, lacking: 2, lackingAccepted: 1 } } }, 'issue.lacking'],
      [{ cleanup: { ...cleanup, last: { ...cycle, notExtended: 2 } } }, 'issue.notExtended'],
      [{ resources: [resource({ expiryPaused: paused })] }, 'issue.expiryPaused'],
      [{ changesForMe: [change] }, 'issue.changes'],
      [{ keys: unproven }, 'issue.keyNever'],
      [{ keys: { ...keys, provedAt: '2026-01-01T10:00:00.000Z' } }, 'issue.keyOld'],
      [{ health: { ...health, verdict: 'Needs attention: 1 thing.' } }, 'issue.unlisted'],
    ];
    for (const [trouble, title] of troubles) {
      assert.deepEqual(
        issuesOf({ ...fine, ...trouble }, now).map((issue) => issue.title),
        [title],
      );
      assert.equal(toneOf({ ...fine, ...trouble }, true, now), 'warn', title);
    }
  });
});

it('shows each day as bad as its worst run, and days without a run as such', () => {
  const now = new Date(2026, 10, 21, 12);
  const at = (day: number): string => new Date(2026, 10, day, 9).toISOString();
  const days = runDays(
    [
      run({ startedAt: at(21) }),
      run({ startedAt: at(21), status: 'failed' }),
      run({ startedAt: at(19), status: 'partial' }),
    ],
    3,
    now,
  );
  assert.deepEqual(
    days.map(({ day, mood, runs }) => [day, mood, runs]),
    [
      ['2026-11-19', 'issues', 1],
      ['2026-11-20', 'none', 0],
      ['2026-11-21', 'failed', 2],
    ],
  );
});
