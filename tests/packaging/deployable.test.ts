/** What `npm run package` makes of the product itself, run as Azure would run it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type RunningAzurite, startAzurite } from '../../azure/testing/startAzurite.ts';
import { type FunctionsHost, startHost } from '../../dev/host/host.ts';
import { loadFunctions } from '../../tools/packaging/loadFunctions.ts';
import { filesBelow } from '../../tools/packaging/zip.ts';
import { unzip } from './unzip.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** What every worker loads before its first call: design and cold starts allow so much. */
const START_BYTES = 1_000_000;
/** Unpacked code of a deployment, maps left out; more than this is somebody's whole toolbox. */
const CODE_BYTES = 7_000_000;

describe('npm run package', () => {
  let folder: string;
  let app: string;
  let said: string;
  let azurite: RunningAzurite | undefined;
  let host: FunctionsHost | undefined;
  const lines: string[] = [];

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-deployable-'));
    app = path.join(folder, 'out/functions');
    const run = promisify(execFile);
    const packing = run(process.execPath, ['tools/package.ts', '--out', path.join(folder, 'out')], { cwd: ROOT });
    [azurite, { stdout: said }] = await Promise.all([startAzurite(), packing]);
  });
  after(async () => {
    await host?.stop(0);
    await azurite?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('packs all functions of the product, and no tool of its development', async () => {
    const { names } = await loadFunctions(path.join(ROOT, 'api/main.ts'));
    assert.ok(names.length > 5, names.join());
    assert.deepEqual((await loadFunctions(path.join(app, 'api/main.js'))).names, names);
    const { devDependencies } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    const packed = new Set<string>();
    let code = 0;
    for (const file of await filesBelow(path.join(app, 'api'))) {
      if (!('file' in file)) continue;
      if (file.name.endsWith('.js')) code += (await stat(file.file)).size;
      if (!file.name.endsWith('.map')) continue;
      const { sources } = JSON.parse(await readFile(file.file, 'utf8')) as { sources: string[] };
      for (const source of sources) {
        const own = /(?:^|\/)(dev|tests|bench|tabs)\/[^/]+\.tsx?$/.exec(source.split('/node_modules/')[0] ?? '');
        if (own !== null && !source.includes('node_modules')) packed.add(own[0]);
        const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1];
        if (name !== undefined) packed.add(name);
      }
    }
    const unwanted = [...Object.keys(devDependencies), 'botbuilder-dialogs', 'botbuilder-testing', 'restify', 'react'];
    assert.deepEqual(
      unwanted.filter((name) => packed.has(name)),
      [],
    );
    assert.ok(packed.has('botbuilder') && packed.has('@azure/functions'), [...packed].join());
    assert.ok(code < CODE_BYTES, `${code} bytes of code`);
    const start = Number(/a worker loads ([\d,]+) KB/.exec(said)?.[1]?.replaceAll(',', '')) * 1000;
    assert.ok(start > 0 && start <= START_BYTES, said);
    console.log(said.trim());
  });

  it('packs the console and what the host reads', async () => {
    const names = [...(await unzip(path.join(folder, 'out/functions.zip'))).keys()];
    for (const name of ['host.json', 'package.json', 'api/main.js', 'dist/tab/index.html'])
      assert.ok(names.includes(name), name);
    assert.ok(names.some((name) => /^dist\/tab\/assets\/.*\.js$/.test(name)));
    assert.deepEqual(
      names.filter((name) => /\.(ts|tsx)$|(^|\/)\.env|node_modules\//.test(name)),
      [],
    );
  });

  it('runs in a Functions host: the console at the root, the API below /api', async () => {
    const { connectionString } = azurite ?? assert.fail('Azurite runs');
    host = await startHost({
      app: path.join(app, 'api/main.js'),
      hostJson: path.join(app, 'host.json'),
      env: {
        PATH: process.env['PATH'],
        TENANT_ID: 'd3700000-0000-4000-8000-000000000001',
        BACKUP_CLIENT_ID: '0b5e1c1a-0001-4000-8000-00000000b0c1',
        BACKUP_CLIENT_SECRET: 'not used here',
        API_CLIENT_ID: '0b5e1c1a-0003-4000-8000-00000000b0c3',
        STORAGE_CONNECTION_STRING: connectionString,
        AzureWebJobsStorage: connectionString,
        DATA_DIR: path.join(folder, 'data'),
        LOCAL_KEY_PATH: path.join(folder, 'data/wrapping.key'),
        PUBLIC_URL: 'http://localhost:7071',
        BOT_AUTH: 'none',
      },
      stateFolder: path.join(folder, 'host'),
      port: 0,
      log: ({ message }) => lines.push(message),
    });
    const page = await fetch(`${host.url}/`);
    const html = await page.text();
    assert.equal(page.status, 200, lines.join('\n'));
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors .*teams\.microsoft\.com/);
    const script = /src="([^"]+\.js)"/.exec(html)?.[1] ?? '';
    const code = await fetch(new URL(script, `${host.url}/`));
    assert.deepEqual([code.status, code.headers.get('content-type')], [200, 'text/javascript; charset=utf-8']);
    await code.arrayBuffer();

    const health = await fetch(`${host.url}/api/health`);
    const { status, version } = (await health.json()) as { status?: string; version?: string };
    assert.deepEqual([health.status, status], [200, 'up'], lines.join('\n'));
    const { version: ours } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    assert.equal(version, ours);
    assert.equal((await fetch(`${host.url}/api/me`)).status, 401);
  });
});
