import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../engine/fault.ts';
import type { FaultKind } from '../engine/fault.ts';
import { toFault } from './toFault.ts';

const said = (code: string | undefined, statusCode?: number): object => ({
  name: 'RestError',
  message: 'x',
  code,
  statusCode,
});

describe('what Azure says', () => {
  it('becomes a fault of storage, in our words', () => {
    const cases: readonly [object, FaultKind, outcomeUnknown: boolean][] = [
      [said('BlobImmutableDueToPolicy', 409), 'conflict', false],
      [said('BlobImmutableDueToLegalHold', 409), 'conflict', false],
      [said('LeaseIdMissing', 412), 'conflict', false],
      [said('AccountLimitExceeded', 409), 'storage-full', false],
      [said(undefined, 507), 'storage-full', false],
      [said('RequestBodyTooLarge', 413), 'too-large', false],
      [said('AuthorizationPermissionMismatch', 403), 'forbidden', false],
      [said('InvalidAuthenticationInfo', 401), 'unauthorized', false],
      [said('ServerBusy', 503), 'unavailable', false],
      [said('OperationTimedOut', 500), 'unavailable', true],
      [said(undefined, 500), 'unavailable', true],
      [said('ECONNRESET'), 'unavailable', true],
      [said('ECONNREFUSED'), 'unavailable', false],
      [said('ENOTFOUND'), 'unavailable', false],
      [{ name: 'CredentialUnavailableError', message: 'no identity' }, 'unauthorized', false],
      [{ name: 'AggregateAuthenticationError', message: 'nobody signed in' }, 'unauthorized', false],
      [{ ...said('InvalidInput', 400), details: { odataError: { code: 'EntityTooLarge' } } }, 'too-large', false],
    ];
    for (const [error, kind, outcomeUnknown] of cases) {
      const fault = toFault(error, 'blob x');
      assert.ok(isFault(fault, kind), `${JSON.stringify(error)} became ${String(fault)}`);
      assert.deepEqual([fault.origin, fault.outcomeUnknown, fault.cause], ['storage', outcomeUnknown, error]);
      assert.match(fault.message, /blob x/);
    }
  });

  it('hints at a full disk where an emulator fails without a word or breaks off, and nowhere else', () => {
    const hint = /check that its disk has room/;
    for (const error of [said(undefined, 500), said('ECONNRESET'), said('EPIPE')])
      assert.match(String(toFault(error, 'blob x')), hint);
    for (const error of [said('OperationTimedOut', 500), said('ECONNREFUSED'), said('ServerBusy', 503)])
      assert.doesNotMatch(String(toFault(error, 'blob x')), hint);
  });

  it('of a missing container is never mistaken for a missing blob', () => {
    for (const code of ['ContainerNotFound', 'TableNotFound', 'QueueNotFound', 'ContainerBeingDeleted']) {
      assert.ok(isFault(toFault(said(code, 404), 'blob x'), 'unavailable'));
    }
    assert.ok(isFault(toFault(said('BlobNotFound', 404), 'blob x'), 'not-found'));
  });

  it('and nobody expected goes on as it came', () => {
    for (const error of [new TypeError('ours'), said('InvalidHeaderValue', 400), undefined, 'text']) {
      assert.equal(toFault(error, 'blob x'), error);
    }
  });
});
