import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { z } from 'zod';
import { DEFAULT_APPS } from '../../dev/tenant/options.ts';
import { isFault } from '../../engine/fault.ts';
import {
  createGraph,
  createPacing,
  directoryScope,
  mailboxScope,
  sharepointScope,
  type CallOptions,
  type GraphConnection,
} from '../../graph/index.ts';
import { selfSigned } from './selfSigned.ts';
import { controlOf, type Control } from './control.ts';
import { quietLog, realClock, startTestTenant, type TestTenant } from './demoTenant.ts';

const anything = z.looseObject({});
const folder = z.object({ id: z.string() });

describe('a connection to Graph', () => {
  let test: TestTenant;
  let certificate: { readonly certificate: string; readonly privateKey: string };
  let control: Control;
  let user: string;
  let driveId: string;
  let options: CallOptions;
  const signal = new AbortController().signal;

  before(async () => {
    certificate = await selfSigned('Holdfast backup');
    test = await startTestTenant({
      apps: { ...DEFAULT_APPS, backup: { ...DEFAULT_APPS.backup, certificates: [certificate.certificate] } },
    });
    control = controlOf(test.tenant.controlUrl);
    const { value } = await control.get<{ value: { id: string; upn: string; driveId: string }[] }>('users');
    const anna = value.find(({ upn }) => upn.startsWith('anna.lindqvist'));
    user = anna?.id ?? '';
    driveId = anna?.driveId ?? '';
    options = { scope: directoryScope, priority: 'incremental', signal };
  });
  afterEach(() => control.remove('faults'));
  after(() => test.stop());

  const connect = (change: Partial<Parameters<typeof createGraph>[0]>): GraphConnection =>
    createGraph({
      endpoint: test.tenant.graphUrl,
      authorityHost: test.tenant.authorityUrl,
      tenantId: test.tenant.tenantId,
      clientId: test.tenant.apps.backup.clientId,
      credential: { kind: 'secret', secret: test.tenant.apps.backup.secret ?? '' },
      contentHosts: [new URL(test.tenant.contentUrl).host],
      pacing: createPacing({ clock: realClock, clientId: 'a', holder: 'test' }),
      clock: realClock,
      log: quietLog,
      ...change,
    });
  const fault = (match: string, times: number, action: object) => control.post('faults', { match, times, action });
  const requestsOf = async (work: () => Promise<unknown>) => {
    const from = test.recorders.read.requests.length;
    await work();
    return test.recorders.read.requests.slice(from);
  };

  it('gets one fresh token when its token is refused, and no more than one', async () => {
    await fault('GET /v1.0/users/', 1, { kind: 'status', status: 401, code: 'InvalidAuthenticationToken' });
    const sent = await requestsOf(() => test.read.get(anything, `/users/${user}`, options));
    const tokens = sent.map(({ headers }) => headers['Authorization']);
    assert.equal(tokens.length, 2);
    assert.notEqual(tokens[0], tokens[1]);
    await fault('GET /v1.0/users/', 9, { kind: 'status', status: 401, code: 'InvalidAuthenticationToken' });
    const again = await requestsOf(() =>
      assert.rejects(test.read.get(anything, `/users/${user}`, options), (error) => isFault(error, 'unauthorized')),
    );
    assert.equal(again.length, 2);
  });

  it('says which app is refused by Entra, and why, without its secret', async () => {
    const wrong = connect({ credential: { kind: 'secret', secret: 'not-the-secret' } });
    await assert.rejects(wrong.signIn(), (error) => {
      assert.ok(isFault(error, 'unauthorized'));
      assert.match(error.message, new RegExp(`${test.tenant.apps.backup.clientId}.*AADSTS\\d+`));
      return !error.message.includes('not-the-secret');
    });
    await wrong.close();
  });

  it('signs in with a certificate', async () => {
    const { clientId } = test.tenant.apps.backup;
    const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-certificate-'));
    const pem = path.join(folder, 'app.pem');
    await writeFile(pem, certificate.certificate + certificate.privateKey);
    const signed = connect({ clientId, credential: { kind: 'certificate', path: pem } });
    await signed.signIn();
    assert.ok(await signed.get(anything, `/users/${user}`, options));
    await signed.close();
    await rm(folder, { recursive: true });
  });

  it('says that the sign-in service does not answer', async () => {
    const lost = connect({ authorityHost: 'https://127.0.0.1:9' });
    await assert.rejects(lost.signIn(), (error) => isFault(error, 'unavailable'));
    await lost.close();
  });

  it('says that a certificate cannot be read', async () => {
    const lost = connect({ credential: { kind: 'certificate', path: '/nowhere/app.pem' } });
    await assert.rejects(
      lost.signIn(),
      (error) => isFault(error, 'unauthorized') && error.message.includes('/nowhere/app.pem'),
    );
    await lost.close();
  });

  for (const [name, retryAfter] of [
    ['seconds', '1'],
    ['a date', 'date:2'],
  ] as const)
    it(`waits as long as a throttle asks in ${name}, the whole scope with it`, async () => {
      await control.post('throttle', { count: 1, retryAfter, match: `/users/${user}` });
      const start = Date.now();
      await test.read.get(anything, `/users/${user}`, options);
      await test.read.get(anything, `/users/${user}`, options);
      // HTTP dates have whole seconds.
      assert.ok(Date.now() - start >= 900);
    });

  it('does not spin on a throttle that asks for no wait, and gives up after a few', async () => {
    await fault('GET /v1.0/users/', 99, { kind: 'status', status: 429, retryAfter: '0' });
    const start = Date.now();
    const sent = await requestsOf(() =>
      assert.rejects(
        test.read.get(anything, `/users/${user}`, options),
        (error) => isFault(error, 'throttled') && (error.retryAfterMs ?? 0) >= 30_000,
      ),
    );
    assert.equal(sent.length, 6);
    assert.ok(Date.now() - start >= 1_000);
  });

  for (const action of [
    { kind: 'html' },
    { kind: 'truncate' },
    { kind: 'drop' },
    { kind: 'status', status: 503, emptyBody: true },
    { kind: 'status', status: 504 },
  ])
    it(`reads again after ${JSON.stringify(action)}, and says unavailable when it stays`, async () => {
      let sent = 0;
      const hurried = connect({ clock: { ...realClock, sleep: () => Promise.resolve() }, observe: () => (sent += 1) });
      await fault('GET /v1.0/users/', 1, action);
      await hurried.get(anything, `/users/${user}`, options);
      assert.equal(sent, 2);
      await fault('GET /v1.0/users/', 99, action);
      await assert.rejects(
        hurried.get(anything, `/users/${user}`, options),
        (error) => isFault(error, 'unavailable') && !error.outcomeUnknown,
      );
      assert.equal(sent, 6);
      await hurried.close();
    });

  it('sends a write once when its outcome is not known', async () => {
    const writing = { ...options, scope: mailboxScope(user), priority: 'restore' as const };
    await fault('POST /v1.0/users/.*/mailFolders', 1, { kind: 'dropAfter' });
    const from = test.recorders.write.requests.length;
    await assert.rejects(
      test.write.post(folder, `/users/${user}/mailFolders`, { displayName: 'Only once' }, writing),
      (error) => isFault(error, 'unavailable') && error.outcomeUnknown,
    );
    assert.equal(test.recorders.write.requests.length - from, 1);
    await assert.rejects(
      test.write.post(folder, `/users/${user}/mailFolders`, { displayName: 'Only once' }, writing),
      (error) => isFault(error, 'conflict'),
    );
  });

  it('repeats what was throttled inside a batch, and only that', async () => {
    await fault(`GET /v1.0/users/${user}\\?`, 1, {
      kind: 'status',
      status: 429,
      retryAfter: '1',
      code: 'TooManyRequests',
    });
    const sent = await requestsOf(async () => {
      const answers = await test.read.batch(
        [
          { id: 'a', method: 'GET', url: `/users/${user}?$select=id` },
          { id: 'b', method: 'GET', url: '/users?$top=1' },
          { id: 'c', method: 'GET', url: '/users/00000000-0000-0000-0000-000000000000' },
        ],
        options,
      );
      assert.deepEqual(
        answers.map(({ id, ok }) => [id, ok]),
        [
          ['a', true],
          ['b', true],
          ['c', false],
        ],
      );
      assert.ok(answers[2]?.ok === false && answers[2].fault.kind === 'not-found');
    });
    assert.deepEqual(
      sent.map(({ body }) => (JSON.parse(String(body)) as { requests: unknown[] }).requests.length),
      [3, 1],
    );
  });

  it('never sends its token to the content host, and asks for a fresh address each time', async () => {
    const { value } = await control.get<{ value: { id: string; folder: boolean; size: number }[] }>(
      `files?user=${user}`,
    );
    const file = value.find((one) => !one.folder && one.size > 10);
    const path = `/drives/${driveId}/items/${file?.id ?? ''}/content`;
    const reading = { ...options, scope: sharepointScope };
    const readAll = async (from: number) => {
      const parts: Uint8Array[] = [];
      for await (const part of (await test.read.download(path, { ...reading, from })).bytes) parts.push(part);
      return Buffer.concat(parts);
    };
    const sent = await requestsOf(async () => {
      const whole = await readAll(0);
      assert.equal(whole.length, file?.size);
      assert.deepEqual(await readAll(5), whole.subarray(5));
    });
    const content = sent.filter(({ url }) => url.startsWith(test.tenant.contentUrl));
    assert.equal(content.length, 2);
    assert.notEqual(content[0]?.url, content[1]?.url);
    assert.deepEqual(
      content.filter(({ headers }) => 'authorization' in headers || 'Authorization' in headers),
      [],
    );
  });

  it('does not follow a download to a host that nobody named', async () => {
    const strict = connect({ contentHosts: [] });
    const { value } = await control.get<{ value: { id: string; folder: boolean }[] }>(`files?user=${user}`);
    const file = value.find((one) => !one.folder);
    await assert.rejects(
      strict.download(`/drives/${driveId}/items/${file?.id ?? ''}/content`, { ...options, scope: sharepointScope }),
      (error) => isFault(error, 'invalid') && error.code === 'LinkRefused',
    );
    await strict.close();
  });

  it('stops when it is cancelled', async () => {
    await fault('GET /v1.0/users/', 1, { kind: 'slow', ms: 5_000 });
    const stop = new AbortController();
    const call = test.read.get(anything, `/users/${user}`, { ...options, signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await assert.rejects(call, (error) => isFault(error, 'cancelled'));
  });
});
