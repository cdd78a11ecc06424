import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { Agent, fetch } from 'undici';
import { DEFAULT_APPS } from './options.ts';
import { corpusDir, tenantForTests } from './testing/tenantForTests.ts';

interface Addresses {
  readonly graphUrl: string;
  readonly authorityUrl: string;
  readonly controlUrl: string;
  readonly caPath: string;
  readonly tenantId: string;
}

/** Starts the process and reads the line it prints when it listens. */
async function startProcess(
  args: readonly string[],
): Promise<{ child: ChildProcess; addresses: Addresses; startedInMs: number }> {
  const before = performance.now();
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', (code) => reject(new Error(`The tenant ended with ${code}`)));
  });
  return { child, addresses: JSON.parse(line) as Addresses, startedInMs: performance.now() - before };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exit;
}

describe('the process', () => {
  it('goes on after kill -9 with the same addresses, ids and delta links', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'demo-tenant-'));
    const first = await startProcess([
      '--data-dir',
      dataDir,
      '--seed',
      'small',
      '--throttle',
      'off',
      '--generated-messages',
      '20',
      '--generated-file-gb',
      '3',
    ]);
    const agent = new Agent({ connect: { ca: readFileSync(first.addresses.caPath, 'utf8') } });
    const { graphUrl, authorityUrl, tenantId, controlUrl } = first.addresses;
    try {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: DEFAULT_APPS.backup.clientId,
        client_secret: DEFAULT_APPS.backup.secret ?? '',
        scope: `${graphUrl}/.default`,
      });
      const { access_token: token } = (await (
        await fetch(`${authorityUrl}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body: form, dispatcher: agent })
      ).json()) as { access_token: string };
      const get = async (url: string) =>
        (await (
          await fetch(url, { dispatcher: agent, headers: { Authorization: `Bearer ${token}` } })
        ).json()) as Record<string, unknown>;
      const inbox = `${graphUrl}/v1.0/users/anna.lindqvist@demo.holdfast.example/mailFolders/inbox/messages/delta?$select=subject&$top=500`;
      const before = await get(inbox);
      assert.match(await (await fetch(controlUrl)).text(), /<h1>Demo tenant<\/h1>/);
      const bulk = (await (await fetch(`${controlUrl}/control/files?user=archive.bulk&hash=none`)).json()) as {
        value: { size: number }[];
      };
      assert.ok(bulk.value.some((file) => file.size === 3 * 1024 ** 3));
      const state = async () =>
        createHash('sha256')
          .update(await (await fetch(`${controlUrl}/control/messages`)).text())
          .digest('hex');
      await fetch(`${controlUrl}/control/messages`, {
        method: 'POST',
        body: JSON.stringify({ user: 'anna.lindqvist', message: { subject: 'Just before the kill' } }),
      });
      const known = await state();

      await ended(first.child, 'SIGKILL');
      const second = await startProcess(['--data-dir', dataDir, '--throttle', 'off', '--generated-messages', '20']);
      try {
        assert.deepEqual(second.addresses, first.addresses);
        assert.equal(await state(), known);
        const changes = (await get(String(before['@odata.deltaLink'])))['value'] as { subject: string }[];
        assert.deepEqual(
          changes.map((message) => message.subject),
          ['Just before the kill'],
        );
      } finally {
        await ended(second.child, 'SIGTERM');
      }
    } finally {
      await agent.destroy();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it(
    'holds everything of the corpus in its bytes',
    { skip: corpusDir === undefined ? '../shared/corpus is not there' : false },
    async () => {
      const tenant = await tenantForTests({ seed: 'full', corpusDir, openApiDir: undefined });
      try {
        const manifest = JSON.parse(readFileSync(join(corpusDir ?? '', 'manifest.json'), 'utf8')) as {
          files: { kind: string; sha256: string; name: string }[];
        };
        const mail = new Set(
          ((await tenant.control('GET', '/messages'))['value'] as { sha256: string }[]).map(
            (message) => message.sha256,
          ),
        );
        const files = new Set(
          ((await tenant.control('GET', '/files'))['value'] as { sha256?: string }[]).map((file) => file.sha256),
        );
        const missing = manifest.files.filter((file) => !(file.kind === 'mail' ? mail : files).has(file.sha256));
        assert.deepEqual(
          missing.map((file) => file.name),
          [],
        );
        assert.ok(process.memoryUsage().rss < 400 * 1024 * 1024);
      } finally {
        await tenant.stop();
      }
    },
  );

  it('makes the same content every time where there is no corpus', async () => {
    const contents: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      const tenant = await tenantForTests({ corpusDir: undefined, openApiDir: undefined });
      const messages = (await tenant.control('GET', '/messages'))['value'] as { immutableId: string; sha256: string }[];
      const files = (await tenant.control('GET', '/files'))['value'] as { id: string; path: string; sha256?: string }[];
      contents.push(
        JSON.stringify([
          messages.map((message) => [message.immutableId, message.sha256]),
          files.map((file) => [file.id, file.path, file.sha256]),
        ]),
      );
      await tenant.stop();
    }
    assert.equal(contents[0], contents[1]);
    const full = await tenantForTests({ seed: 'full', corpusDir: undefined, openApiDir: undefined });
    const count = async (what: string) =>
      ((await full.control('GET', `/${what}?hash=none`))['value'] as unknown[]).length;
    assert.ok((await count('messages')) >= 300 && (await count('files')) >= 300);
    await full.stop();
  });

  it('adds a mailbox of 100,000 messages in seconds and pages through it', async () => {
    const tenant = await tenantForTests({ seed: 'empty', openApiDir: undefined });
    try {
      await tenant.control('POST', '/generated', { user: 'oskar.lund', messages: 100_000, seed: 'bulk' });
      const url =
        '/users/oskar.lund@demo.holdfast.example/mailFolders/inbox/messages/delta?$select=receivedDateTime&$orderby=receivedDateTime desc';
      const { value, pages } = await tenant.all(url, { Prefer: 'odata.maxpagesize=1000, IdType="ImmutableId"' });
      assert.deepEqual([new Set(value.map((message) => message['id'])).size, pages], [100_000, 100]);
      const mime = await tenant.graph(
        'GET',
        `/users/oskar.lund@demo.holdfast.example/messages/${String(value[77_777]?.['id'])}/$value`,
      );
      assert.match(mime.bytes.toString('latin1'), /Message-ID: <bulk\.\d+@partner\.example>/);
      const filtered = await tenant.all(`${url.split('&')[0]}&$filter=receivedDateTime ge 2000-01-01T00:00:00Z`, {
        Prefer: 'odata.maxpagesize=1000',
      });
      assert.equal(filtered.value.length, 5000, 'a filtered delta ends at 5,000');
    } finally {
      await tenant.stop();
    }
  });

  it('churns and deletes masses in a way that the feeds tell', async () => {
    const tenant = await tenantForTests();
    try {
      const drive = String((await tenant.graph('GET', '/users/felix.bauer@demo.holdfast.example/drive')).body['id']);
      for (let number = 0; number < 10; number += 1)
        await tenant.control('POST', '/files', { user: 'felix.bauer', path: `Mass/${number}.bin`, size: 100 });
      const { deltaLink } = await tenant.all(`/drives/${drive}/root/delta`);
      const { deleted } = await tenant.control('POST', '/mass-delete', { user: 'felix.bauer', share: 0.6 });
      const changes = (await tenant.all(deltaLink ?? '')).value;
      assert.equal(changes.filter((item) => 'deleted' in item).length, deleted);
      const done = await tenant.control('POST', '/churn', { count: 200, seed: 'a day' });
      assert.ok(
        Object.keys(done).length >= 8 &&
          Object.values(done).reduce((sum: number, count) => sum + Number(count), 0) > 150,
      );
      assert.deepEqual((await tenant.control('GET', '/violations'))['value'], []);
    } finally {
      await tenant.stop();
    }
  });
});
