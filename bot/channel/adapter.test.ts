import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../../engine/fault.ts';
import { VerifiedAdapter } from './adapter.ts';
import { isServiceHost } from './admission.ts';
import { toFault } from './courier.ts';

const options = { tenantId: 'tenant', auth: 'required', serviceHosts: [] } as const;

test('the bot speaks as an app with a secret or as the managed identity, and never as nobody', () => {
  const clientId = '11111111-2222-3333-4444-555555555555';
  for (const credential of [{ kind: 'secret', secret: 'x' }, { kind: 'managedIdentity' }] as const)
    assert.equal(new VerifiedAdapter({ ...options, app: { clientId, credential } }).botId, clientId);
  assert.throws(() => new VerifiedAdapter(options), /BOT_ID is missing/);
  assert.equal(new VerifiedAdapter({ ...options, auth: 'none' }).botId, '');
});

test('answers go to the chat services of Microsoft and to hosts that are named', () => {
  const allowed = [
    'https://smba.trafficmanager.net/emea/',
    'https://smba.infra.gcc.teams.microsoft.com/x',
    'https://europe.botframework.com/',
  ];
  for (const address of allowed) assert.equal(isServiceHost(address, options), true, address);
  const refused = [
    'http://127.0.0.1:3978/',
    'https://127.0.0.1/',
    'https://smba.trafficmanager.net:8443/',
    'https://botframework.com.evil.example/',
    'https://evilbotframework.com/',
    'file:///etc/passwd',
    'nonsense',
  ];
  for (const address of refused) assert.equal(isServiceHost(address, options), false, address);
  assert.equal(isServiceHost('http://127.0.0.1:3978/', { ...options, auth: 'none' }), true);
  assert.equal(isServiceHost('http://10.0.0.1:3978/', { ...options, auth: 'none' }), false);
  assert.equal(isServiceHost('https://chat.example:8443/', { ...options, serviceHosts: ['chat.example:8443'] }), true);
});

test('what the chat service says becomes a fault that says whether to try again', () => {
  const answered = (statusCode: number, retryAfter?: string) =>
    toFault(
      Object.assign(new Error('RestError'), {
        statusCode,
        response: { headers: { get: (name: string) => (name === 'retry-after' ? retryAfter : undefined) } },
      }),
    );
  const kinds = [429, 412, 502, 504, 403, 404, 401].map((status) => (answered(status) as Fault).kind);
  assert.deepEqual(kinds, [
    'throttled',
    'unavailable',
    'unavailable',
    'unavailable',
    'forbidden',
    'not-found',
    'unauthorized',
  ]);
  assert.equal((answered(429, '7') as Fault).retryAfterMs, 7000);
  assert.equal((toFault(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })) as Fault).kind, 'unavailable');
  const surprise = new TypeError('x is not a function');
  assert.equal(toFault(surprise), surprise);
});
