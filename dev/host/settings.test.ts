import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseHostJson, timeSpanMs } from './hostJson.ts';
import { fromPrinted, jsonLines, secretsOf } from './log.ts';
import { parseSchedule, retryDelayMs } from './timers.ts';

describe('host.json', () => {
  it('has the defaults of the Functions runtime', () => {
    const { queues, routePrefix } = parseHostJson('{"version": "2.0"}');
    assert.equal(routePrefix, 'api');
    assert.deepEqual(queues, {
      batchSize: 16,
      newBatchThreshold: 8,
      maxDequeueCount: 5,
      messageEncoding: 'base64',
      maxPollingIntervalMs: 60_000,
      visibilityTimeoutMs: 0,
    });
  });

  it('says every mistake with its place', () => {
    const text = '{"version": "2.0", "extensions": {"queues": {"batchSize": 64, "maxPollingInterval": "soon"}}}';
    assert.throws(
      () => parseHostJson(text),
      (error: Error) => /batchSize/.test(error.message) && /maxPollingInterval/.test(error.message),
    );
  });

  it('reads time spans', () => {
    assert.equal(timeSpanMs('00:05:00'), 300_000);
    assert.equal(timeSpanMs('1.02:03:04.5'), 93_784_500);
    assert.throws(() => timeSpanMs('5 minutes'), /not a time span/);
  });
});

describe('timer schedules', () => {
  const next = (schedule: string, from: string, timeZone = 'UTC') =>
    parseSchedule(schedule, timeZone)(new Date(from))?.toISOString();

  it('have six parts, seconds first', () => {
    assert.equal(next('0 */5 * * * *', '2026-03-01T10:02:30Z'), '2026-03-01T10:05:00.000Z');
    assert.throws(() => parseSchedule('*/5 * * * *', 'UTC'));
  });

  it('mean day of month AND day of week, as NCRONTAB does', () => {
    assert.equal(next('0 0 8 13 * 5', '2026-03-14T00:00:00Z'), '2026-11-13T08:00:00.000Z');
  });

  it('keep the clock on the wall through a change of summer time', () => {
    assert.equal(next('0 0 7 * * *', '2026-03-28T12:00:00Z', 'Europe/Berlin'), '2026-03-29T05:00:00.000Z');
  });

  it('may be an interval', () => {
    assert.equal(next('00:00:30', '2026-03-01T10:00:00Z'), '2026-03-01T10:00:30.000Z');
  });
});

describe('retries', () => {
  it('wait a fixed time, or twice as long each time up to a limit, in whole seconds', () => {
    assert.equal(
      retryDelayMs({ maxRetryCount: 3, retryStrategy: 'fixedDelay', delayInterval: { seconds: 2 } }, 2),
      2_000,
    );
    const growing = {
      maxRetryCount: 5,
      retryStrategy: 'exponentialBackoff',
      minimumInterval: { seconds: 1 },
      maximumInterval: { seconds: 5 },
    } as const;
    assert.deepEqual(
      [0, 1, 2, 3].map((count) => retryDelayMs(growing, count)),
      [1_000, 2_000, 4_000, 5_000],
    );
  });
});

describe('log lines', () => {
  it('take the level and the event that the app printed', () => {
    assert.deepEqual(fromPrinted('{"level":"warn","event":"graph.throttled","ms":5}', 'information'), {
      level: 'warning',
      message: 'graph.throttled',
      facts: { ms: 5 },
    });
    assert.deepEqual(fromPrinted('{not json', 'warning'), { level: 'warning', message: '{not json' });
  });

  it('are one JSON object each and never hold a secret of the environment', () => {
    const written: string[] = [];
    const env = {
      BACKUP_CLIENT_SECRET: 'hunter2-hunter2',
      STORAGE_CONNECTION_STRING: 'AccountName=a;AccountKey=c2VjcmV0a2V5;Blob=b',
      PORT: '3978',
    };
    const log = jsonLines((text) => written.push(text), secretsOf(env));
    log({ level: 'error', message: 'refused hunter2-hunter2\nand c2VjcmV0a2V5 on 3978' });
    assert.equal(written.length, 1);
    const line = JSON.parse(written[0] ?? '') as { message: string };
    assert.equal(line.message, 'refused ***\nand *** on 3978');
  });
});
