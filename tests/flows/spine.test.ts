/** The main job over the whole demo tenant: everything is backed up, comes back by download and by restore, byte for byte. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Item, Resource } from '../../contract/resources.ts';
import type { Run } from '../../contract/runs.ts';
import { assertLedgerBalanced, contentOf, everything, Flow, inParallel, leaves, sha256, walk } from './harness.ts';
import { describeDownload } from './download.ts';
import { describeFileRestore } from './restoreFiles.ts';
import { describeMailRestore } from './restoreMail.ts';
import { describeRoles } from './roles.ts';
import { describeSearch } from './search.ts';
import type { TenantFile, TenantMessage } from './tenantControl.ts';

const MANIFEST = path.resolve(import.meta.dirname, '../../../shared/corpus/manifest.json');

let flow: Flow;
let run: Run;
let messages: readonly TenantMessage[];
let files: readonly TenantFile[];
/** Every item of every protected resource, by what Microsoft 365 calls it. */
const items = new Map<string, { readonly resource: Resource; readonly item: Item }>();

before(async () => {
  flow = await Flow.start();
  run = await flow.firstRun();
  [messages, files] = await Promise.all([
    flow.tenant.messages(),
    flow.tenant.files().then((all) => all.filter(({ folder }) => !folder)),
  ]);
});

after(async () => {
  await flow?.product.remove();
});

describe('the first backup of the demo tenant', () => {
  it('completes, and every item that was listed is accounted for', async () => {
    assert.deepEqual([run.state, run.status], ['completed', 'complete']);
    await assertLedgerBalanced(flow.admin, run);
    const said = await flow.product.line(/^First backup completed: ([\d,]+) items, ([\d.,]+) MB, ([\d.]+) s$/, 5_000);
    console.log(said[0]);
  });

  it('holds every message and every file of the tenant once, and nothing else', async () => {
    const resources = await everything(flow.admin, 'listResources', {});
    const found = await inParallel(
      resources.filter(({ state }) => state === 'protected'),
      4,
      async (resource) => ({
        resource,
        items: leaves(await walk(flow.admin, resource.id)),
      }),
    );
    for (const { resource, items: own } of found)
      for (const item of own) {
        assert.ok(!items.has(item.sourceId), `${item.name} is there once`);
        items.set(item.sourceId, { resource, item });
      }
    const expected = [...messages.map(({ immutableId }) => immutableId), ...files.map(({ id }) => id)];
    assert.deepEqual([...items.keys()].toSorted(), expected.toSorted());
  });

  it('asks once for each mail and each file, and a twentieth more for exact copies', async () => {
    const fetched = await flow.tenant.fetched();
    const { total } = await flow.tenant.counters();
    const perMail = (fetched.mails + fetched.exports) / messages.length;
    const perFile = fetched.files / files.length;
    console.log(
      `requests: ${perMail.toFixed(3)} per mail (${messages.length} mails), ${perFile.toFixed(3)} per file (${files.length} files), ${total} in all`,
    );
    assert.ok(fetched.mails / messages.length <= 1.02, `MIME of each mail once: ${fetched.mails}`);
    assert.ok(perFile <= 1.02, `content of each file once: ${fetched.files}`);
    // Twenty to a request, where a mailbox has so many; the mailboxes of the demo tenant have fourteen.
    assert.ok(perMail <= 1.2, `requests per mail: ${perMail}`);
  });
});

describe('every item by download', () => {
  it('has the bytes that are in the tenant, and the hash that the API names', { timeout: 280_000 }, async () => {
    const wanted = new Map([
      ...messages.map((message) => [message.immutableId, message.sha256] as const),
      ...files.map((file) => [file.id, file.sha256 ?? ''] as const),
    ]);
    const differences: string[] = [];
    await inParallel([...items], 6, async ([sourceId, { resource, item }]) => {
      const hash = sha256(await contentOf(flow.admin, resource.id, item.id));
      if (hash !== wanted.get(sourceId) || hash !== item.sha256)
        differences.push(`${resource.name}: ${item.path}/${item.name}`);
    });
    assert.deepEqual(differences, []);
  });

  it('covers the whole corpus, byte for byte', (context) => {
    if (!existsSync(MANIFEST)) return context.skip('the corpus is not beside this repository');
    const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { files: { path: string; sha256: string }[] };
    const stored = new Set([...items.values()].map(({ item }) => item.sha256));
    assert.deepEqual(
      manifest.files.filter(({ sha256: hash }) => !stored.has(hash)).map((file) => file.path),
      [],
    );
  });
});

// Before anything is restored: what is in the backup is what was listed above.
describeSearch(
  () => flow,
  () => items,
);
describeMailRestore(() => flow);
describeFileRestore(() => flow);
describeDownload(() => flow);
describeRoles(() => flow);

describe('at the end', () => {
  it('nothing was asked that the contract does not declare, and nobody got mail', async () => {
    assert.deepEqual(await flow.tenant.complaints(), []);
  });
});
