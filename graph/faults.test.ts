import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { brokenConnection, codesOf, faultOfCode, toFault } from './faults.ts';
import { retryAfterMs } from './retryAfter.ts';
import { CONTRACT_FOLDER } from './testing/openApi.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const refusal = (status: number, code: string, headers: Record<string, string> = {}, isWrite = false) =>
  toFault({
    status,
    headers,
    body: code === '' ? '' : JSON.stringify({ error: { code, message: 'x' } }),
    what: 'GET /users/{id}',
    scope: 'mailbox/1',
    now,
    isWrite,
  });

describe('the translation of Graph errors', () => {
  const file = path.join(CONTRACT_FOLDER, 'graph-errors.json');
  const skip = existsSync(file) ? false : 'the published error list is not beside the repository';

  it('knows every published error of mail and files', { skip }, () => {
    const { errors } = JSON.parse(readFileSync(file, 'utf8')) as {
      errors: { status: number; code: string; workload: string; action: string }[];
    };
    const expected: [RegExp, string][] = [
      [/wait Retry-After|as 429/, 'throttled'],
      [/drop token|full enumeration|restart from Location/, 'resync'],
      [/refresh the token/, 'unauthorized'],
      [/skip content/, 'malware'],
      [/target (mailbox|drive) full|full: stop/, 'storage-full'],
      [/use the existing folder|hit an existing item|re-read etag/, 'conflict'],
      [/permission missing/, 'forbidden'],
      [/\blocked\b/, 'locked'],
      [
        /folder gone|deleted in flight|no cloud mailbox|no mailbox or drive|object gone|unknown user|session expired|start the upload again/,
        'not-found',
      ],
      [/unreadable/, 'source-corrupt'],
      [/retry, then record|smaller page/, 'unavailable'],
    ];
    const checked = errors.flatMap(({ status, code, action }) =>
      expected
        .filter(([pattern]) => pattern.test(action))
        .slice(0, 1)
        .map(([, kind]) => ({ status, code, kind })),
    );
    assert.ok(checked.length >= 30, `${checked.length}`);
    for (const { status, code, kind } of checked) assert.equal(refusal(status, code).kind, kind, `${status} ${code}`);
  });

  it('reads codes however deep they lie, and whatever the body is', () => {
    assert.deepEqual(codesOf('{"error":{"code":"accessDenied","innerError":{"code":"resourceLocked"}}}'), [
      'accessDenied',
      'resourceLocked',
    ]);
    for (const body of ['', '<html></html>', '{"error":', '{"error":null}', '[]', 'null'])
      assert.deepEqual(codesOf(body), []);
    assert.equal(
      toFault({
        status: 403,
        headers: {},
        body: '{"error":{"code":"accessDenied","innerError":{"code":"resourceLocked"}}}',
        what: '',
        scope: '',
        now,
        isWrite: false,
      }).kind,
      'locked',
    );
  });

  it('tells a throttle from a passing trouble and from a refusal', () => {
    assert.deepEqual(
      [refusal(429, '').kind, refusal(503, '', { 'retry-after': '3' }).kind, refusal(503, '').kind],
      ['throttled', 'throttled', 'unavailable'],
    );
    assert.equal(refusal(403, 'activityLimitReached').kind, 'throttled');
    assert.equal(refusal(403, 'accessDenied').kind, 'forbidden');
    assert.deepEqual(
      [refusal(429, 'x', { 'retry-after': '7' }).retryAfterMs, refusal(429, 'x').retryAfterMs, refusal(429, 'x').scope],
      [7_000, undefined, 'mailbox/1'],
    );
  });

  it('names the place from which a listing starts over', () => {
    assert.equal(
      refusal(410, 'resyncChangesApplyDifferences', { location: 'https://graph/x' }).location,
      'https://graph/x',
    );
  });

  it('says whether a write may have happened', () => {
    assert.equal(refusal(500, '', {}, true).outcomeUnknown, true);
    assert.equal(refusal(500, '').outcomeUnknown, false);
    assert.equal(refusal(429, '', {}, true).outcomeUnknown, false);
    assert.equal(
      brokenConnection('POST', true, Object.assign(new Error(), { code: 'ECONNRESET' })).outcomeUnknown,
      true,
    );
    assert.equal(
      brokenConnection('POST', true, Object.assign(new Error(), { code: 'ECONNREFUSED' })).outcomeUnknown,
      false,
    );
  });

  it('marks malware by header, and knows codes inside answers that succeeded', () => {
    assert.equal(refusal(403, '', { 'x-virus-infected': 'true' }).kind, 'malware');
    assert.deepEqual(
      [
        faultOfCode('ErrorItemNotFound', 'x').kind,
        faultOfCode('ErrorCorruptData', 'x').kind,
        faultOfCode('ErrorInternal', 'x').kind,
      ],
      ['not-found', 'source-corrupt', 'unavailable'],
    );
  });
});

describe('Retry-After', () => {
  const cases: [string, Record<string, string>, number | undefined][] = [
    ['seconds', { 'retry-after': '10' }, 10_000],
    ['zero', { 'retry-after': '0' }, 0],
    ['an hour', { 'retry-after': '3600' }, 3_600_000],
    ['a date', { 'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT' }, 30_000],
    [
      'a date by the clock of the service',
      { 'retry-after': 'Sat, 21 Nov 2026 11:00:30 GMT', date: 'Sat, 21 Nov 2026 11:00:00 GMT' },
      30_000,
    ],
    ['a date that is over', { 'retry-after': 'Sat, 21 Nov 2026 11:00:00 GMT' }, 0],
    ['nothing', {}, undefined],
    ['nonsense', { 'retry-after': 'soon' }, undefined],
    ['the larger of both', { 'retry-after': '5', 'ratelimit-remaining': '0', 'ratelimit-reset': '31' }, 31_000],
    ['no reset while something remains', { 'ratelimit-remaining': '20', 'ratelimit-reset': '31' }, undefined],
  ];
  for (const [name, headers, expected] of cases)
    it(`is read as ${name}`, () => assert.equal(retryAfterMs(headers, now), expected));
});
