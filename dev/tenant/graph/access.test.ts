import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { DEFAULT_APPS } from '../options.ts';
import { corpusDir, errorCode, openApiDir, tenantForTests, type TestTenant } from '../testing/tenantForTests.ts';

interface Violation {
  readonly kind: string;
  readonly detail: string;
}

describe('Graph', () => {
  let tenant: TestTenant;
  before(async () => {
    tenant = await tenantForTests();
  });
  after(() => tenant.stop());
  const violations = async (): Promise<Violation[]> => {
    const { value } = await tenant.control('GET', '/violations');
    await tenant.control('DELETE', '/violations');
    return value as Violation[];
  };

  it('knows the people, in pages and by delta, and tells who has what kind of mailbox', async () => {
    const users = await tenant.all('/users?$top=5&$select=id,userPrincipalName,accountEnabled');
    assert.deepEqual([users.value.length, users.pages], [29, 6]);
    const round = await tenant.all('/users/delta?$select=userPrincipalName,accountEnabled');
    assert.equal(round.value.length, 29);
    const { id } = await tenant.control('POST', '/users', { alias: 'new.comer' });
    await tenant.control('DELETE', '/users?user=will.carter');
    const changes = (await tenant.all(round.deltaLink ?? '')).value;
    assert.deepEqual(
      changes.map((user) => ('@removed' in user ? 'removed' : user['id'])).toSorted(),
      [id, 'removed'].toSorted(),
    );
    const purpose = async (user: string) =>
      (await tenant.graph('GET', `/users/${user}@demo.holdfast.example/mailboxSettings`)).body['userPurpose'];
    assert.deepEqual(
      [await purpose('info'), await purpose('room.elbe'), await purpose('anna.lindqvist')],
      ['shared', 'room', 'user'],
    );
    assert.equal(
      errorCode(await tenant.graph('GET', '/users/svc.scanner@demo.holdfast.example/mailFolders')),
      'MailboxNotEnabledForRESTAPI',
    );
    assert.equal(errorCode(await tenant.graph('GET', '/users/info@demo.holdfast.example/drive')), 'ResourceNotFound');
    assert.equal(
      errorCode(await tenant.graph('GET', '/users/nobody@demo.holdfast.example')),
      'Request_ResourceNotFound',
    );
    assert.equal((await tenant.graph('GET', '/organization')).status, 200);
    assert.ok(
      (await tenant.all('/groups/delta')).value.some(
        (group) => Array.isArray(group['members@delta']) && group['members@delta'].length > 20,
      ),
    );
    const headquarters = (await tenant.all("/groups?$filter=displayName eq 'Headquarters'")).value[0];
    assert.ok(
      (await tenant.all(`/groups/${String(headquarters?.['id'])}/transitiveMembers`)).value.length >
        (await tenant.all(`/groups/${String(headquarters?.['id'])}/members`)).value.length,
    );
    assert.deepEqual(await violations(), []);
  });

  it('records undeclared paths, methods, query names, properties and missing roles, and refuses them', async () => {
    assert.equal((await tenant.graph('GET', '/users/anna.lindqvist@demo.holdfast.example/calendarView')).status, 400);
    assert.equal((await tenant.graph('DELETE', '/organization')).status, 405);
    assert.equal((await tenant.graph('GET', '/users?$secret=1')).status, 400);
    assert.equal(
      (
        await tenant.graph('POST', '/users/anna.lindqvist@demo.holdfast.example/mailFolders', {
          displayName: 'x',
          colour: 'red',
        })
      ).status,
      400,
    );
    const refused = await tenant.graph(
      'POST',
      '/users/anna.lindqvist@demo.holdfast.example/mailFolders',
      { displayName: 'x' },
      {},
      DEFAULT_APPS.backup,
    );
    assert.deepEqual([refused.status, errorCode(refused)], [403, 'ErrorAccessDenied']);
    assert.deepEqual(
      (await violations()).map((violation) => violation.kind),
      ['path', 'method', 'query', 'body', 'role'],
    );
  });

  it(
    'finds bodies that break the schema',
    { skip: openApiDir === undefined ? '../shared/graph is not there' : false },
    async () => {
      await tenant.graph('POST', '/users/anna.lindqvist@demo.holdfast.example/mailFolders/drafts/messages', {
        subject: 'x',
        importance: 'urgent',
      });
      assert.deepEqual([...new Set((await violations()).map((violation) => violation.kind))], ['schema']);
    },
  );

  it('acts at once when a consent is withdrawn, and again when it comes back', async () => {
    const read = () => tenant.graph('GET', '/users/anna.lindqvist@demo.holdfast.example/messages?$top=1');
    assert.equal((await read()).status, 200);
    await tenant.control('POST', '/revoke', { app: 'backup', roles: ['Mail.Read'] });
    assert.equal((await read()).status, 403);
    await tenant.control('POST', '/grant', { app: 'backup', roles: ['Mail.Read'] });
    assert.equal((await read()).status, 200);
    assert.deepEqual(
      (await violations()).map((violation) => violation.kind),
      ['role'],
    );
  });

  it('refuses a missing, foreign or tampered token', async () => {
    const good = await tenant.token(DEFAULT_APPS.backup);
    const ask = (token: string) =>
      tenant.fetch(
        `${tenant.graphUrl}/v1.0/users`,
        token === '' ? {} : { headers: { Authorization: `Bearer ${token}` } },
      );
    const { token: forOurApi } = (await tenant.control('POST', '/token', { user: 'anna.lindqvist' })) as {
      token: string;
    };
    for (const token of ['', 'x', `${good.slice(0, -6)}AAAAAA`, forOurApi])
      assert.equal((await ask(token)).status, 401);
    assert.equal((await ask(good)).status, 200);
  });

  it('runs batches: statuses of their own, order by dependsOn, bytes as base64', async () => {
    const inner = (id: string, url: string, extra: object = {}) => ({ id, method: 'GET', url, ...extra });
    const { status, body } = await tenant.graph('POST', '/$batch', {
      requests: [
        inner('a', '/users?$top=1'),
        inner('b', '/users/nobody@demo.holdfast.example'),
        inner('c', '/users?$top=1', { dependsOn: ['b'] }),
        inner('d', '/organization', { dependsOn: ['a'] }),
      ],
    });
    assert.equal(status, 200);
    const answers = new Map(
      (body['responses'] as { id: string; status: number }[]).map((answer) => [answer.id, answer.status]),
    );
    assert.deepEqual([answers.get('a'), answers.get('b'), answers.get('c'), answers.get('d')], [200, 404, 424, 200]);
    const many = Array.from({ length: 21 }, (_, index) => inner(String(index), '/users?$top=1'));
    assert.equal((await tenant.graph('POST', '/$batch', { requests: many })).status, 400);
    await tenant.control('POST', '/throttle', { count: 1, retryAfter: '7', match: 'GET /users$' });
    const throttled = await tenant.graph('POST', '/$batch', {
      requests: [inner('a', '/users?$top=1'), inner('b', '/organization')],
    });
    const first = (
      throttled.body['responses'] as { id: string; status: number; headers: Record<string, string> }[]
    ).find((answer) => answer.id === 'a');
    assert.deepEqual([throttled.status, first?.status, first?.headers['Retry-After']], [200, 429, '7']);
    await tenant.control('DELETE', '/violations');
  });

  it('lets things go wrong on demand', async () => {
    const ask = () => tenant.graph('GET', '/users?$top=1');
    const arm = (action: object, match = 'GET /v1.0/users') =>
      tenant.control('POST', '/faults', { match, times: 1, action });
    await arm({ kind: 'status', status: 503, retryAfter: '2' });
    const failed = await ask();
    assert.deepEqual([failed.status, failed.headers.get('retry-after')], [503, '2']);
    await arm({ kind: 'html' });
    assert.match((await ask()).bytes.toString(), /<html>/);
    await arm({ kind: 'loop' });
    const looped = await ask();
    assert.match(String(looped.body['@odata.nextLink']), /\/v1\.0\/users\?\$top=1$/);
    for (const kind of ['drop', 'dropAfter', 'truncate']) {
      await arm({ kind });
      await assert.rejects(ask, `${kind} breaks the connection`);
    }
    assert.equal((await ask()).status, 200);
    const before = (await tenant.control('GET', '/messages?user=anna.lindqvist&hash=none'))['value'] as unknown[];
    await arm({ kind: 'dropAfter' }, 'POST .*messages');
    await assert.rejects(() =>
      tenant.graph('POST', '/users/anna.lindqvist@demo.holdfast.example/messages', { subject: 'acted' }),
    );
    const after = (await tenant.control('GET', '/messages?user=anna.lindqvist&hash=none'))['value'] as unknown[];
    assert.equal(after.length, before.length + 1, 'the request acted although its answer was lost');
    await tenant.control('POST', '/throttle', { count: 1, retryAfter: 'date:3' });
    assert.ok(Date.parse((await ask()).headers.get('retry-after') ?? '') > Date.now());
  });

  it(
    'answers errors in the documented form',
    { skip: openApiDir === undefined ? '../shared/graph is not there' : false },
    async () => {
      const document = JSON.parse(
        readFileSync(join(openApiDir ?? '', 'graph-v1-subset.openapi.json'), 'utf8'),
      ) as object;
      const ajv = new Ajv2020({ strict: false, formats: { int16: true } });
      addFormats.default(ajv);
      ajv.addSchema(document, 'graph');
      const isError = ajv.compile({ $ref: 'graph#/components/schemas/microsoft.graph.ODataErrors.ODataError' });
      const paths = [
        '/users/nobody',
        '/users/svc.scanner@demo.holdfast.example/messages',
        '/drives/b!none',
        '/users/anna.lindqvist@demo.holdfast.example/messages/x',
      ];
      for (const path of paths) {
        const answer = await tenant.graph('GET', path);
        assert.ok(answer.status >= 400 && isError(answer.body), `${path}: ${JSON.stringify(isError.errors)}`);
        assert.equal(
          (answer.body['error'] as { innerError: Record<string, string> }).innerError['request-id'],
          answer.headers.get('request-id'),
        );
      }
    },
  );

  it('charges imports and attachment ranges to the mailbox', async () => {
    const user = '/users/zoe.martin@demo.holdfast.example';
    const draft = await tenant.graph('POST', `${user}/messages`, { subject: 'Budget' });
    const AttachmentItem = { attachmentType: 'file', name: 'a.bin', size: 4_000_000 };
    const session = await tenant.graph(
      'POST',
      `${user}/messages/${String(draft.body['id'])}/attachments/createUploadSession`,
      { AttachmentItem },
    );
    await tenant.control('POST', '/settings', { throttle: { enabled: true, outlookUploadBytesPer5Min: 3_000_000 } });
    const put = () =>
      tenant.fetch(String(session.body['uploadUrl']), {
        method: 'PUT',
        headers: { 'Content-Range': 'bytes 0-1999999/4000000' },
        body: Buffer.alloc(2_000_000),
      });
    assert.equal((await put()).status, 200);
    const refused = await put();
    assert.deepEqual([refused.status, Number(refused.headers.get('retry-after')) > 0], [429, true]);
    await tenant.control('POST', '/settings', { throttle: { enabled: false } });
  });

  it('seeds content whether or not the corpus is there', (t) => {
    if (corpusDir === undefined) t.diagnostic('../shared/corpus is not there: content is made up');
  });
});

describe('budgets', () => {
  const one = '/users/anna.lindqvist@demo.holdfast.example';

  it('allows four requests at a time per mailbox, by whatever name it is called', async () => {
    const tenant = await tenantForTests({
      latencyMs: 20,
      throttle: {
        enabled: true,
        compression: 1,
        licences: 500,
        outlookConcurrency: 4,
        outlookRequestsPer10Min: 10_000,
        outlookUploadBytesPer5Min: 1e9,
      },
    });
    try {
      const id = String((await tenant.graph('GET', one)).body['id']);
      const paths = Array.from(
        { length: 12 },
        (_, index) => `${index % 2 === 0 ? one : `/users/${id}`}/messages?$top=50`,
      );
      const answers = await Promise.all(paths.map((path) => tenant.graph('GET', path)));
      const refused = answers.filter((answer) => answer.status === 429);
      assert.ok(refused.length > 0);
      assert.deepEqual(
        [errorCode(refused[0] ?? (answers[0] as never)), refused[0]?.headers.get('retry-after')],
        ['ApplicationThrottled', '1'],
      );
      const { throttle } = (await tenant.control('GET', '/counters')) as {
        throttle: { highestMailboxConcurrency: number };
      };
      assert.equal(throttle.highestMailboxConcurrency, 4);
    } finally {
      await tenant.stop();
    }
  });

  it('charges SharePoint units, warns from 80 percent and refuses with Retry-After in compressed time', async () => {
    const tenant = await tenantForTests({
      seed: 'empty',
      throttle: {
        enabled: true,
        compression: 10,
        licences: 500,
        outlookConcurrency: 4,
        outlookRequestsPer10Min: 10_000,
        outlookUploadBytesPer5Min: 1e9,
      },
    });
    try {
      const drive = String((await tenant.graph('GET', `${one}/drive`)).body['id']);
      let warned: string | null = null;
      let refused: Awaited<ReturnType<TestTenant['graph']>> | undefined;
      for (let call = 0; call < 400 && refused === undefined; call += 1) {
        const answer = await tenant.graph('GET', `/drives/${drive}/items/root/permissions`);
        warned ??= answer.headers.get('ratelimit-remaining');
        if (answer.status === 429) refused = answer;
      }
      assert.ok(warned !== null && Number(warned) <= 250);
      assert.equal(errorCode(refused as never), 'activityLimitReached');
      assert.ok(Number(refused?.headers.get('retry-after')) <= 6);
    } finally {
      await tenant.stop();
    }
  });
});
