import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { serveConsole } from './console.ts';

describe('the console’s files', () => {
  let folder: string;
  const get = async (address: string, headers: Record<string, string> = {}, isLocal = false) => {
    const serve = serveConsole({ folder: path.join(folder, 'tab'), authorityHost: 'https://login.example', isLocal });
    const {
      status,
      headers: answered,
      body,
    } = await serve({
      method: 'GET',
      url: `https://console.example${address}`,
      headers: new Headers(headers),
      body: null,
    });
    const bytes =
      typeof body === 'string'
        ? Buffer.from(body)
        : Buffer.concat(body === undefined ? [] : await Array.fromAsync(body));
    return { status, headers: answered, bytes };
  };

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-console-'));
    await mkdir(path.join(folder, 'tab', 'assets'), { recursive: true });
    await writeFile(path.join(folder, 'tab', 'index.html'), '<!doctype html><title>Holdfast</title>');
    await writeFile(path.join(folder, 'tab', 'assets', 'main-abc.js'), 'export {};');
    await writeFile(path.join(folder, 'secret.json'), '{"no": "body may see this"}');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('show a page for every address of the console, never kept', async () => {
    for (const address of ['/', '/overview', '/restore/abc?x=1']) {
      const { status, headers, bytes } = await get(address);
      assert.equal(status, 200);
      assert.equal(headers['Cache-Control'], 'no-cache');
      assert.match(bytes.toString(), /Holdfast/);
    }
  });

  it('say where there are none that they were left out or not built, and how to have them', async () => {
    const serve = serveConsole({
      folder: path.join(folder, 'none'),
      authorityHost: 'https://login.example',
      isLocal: true,
    });
    const { status, body } = await serve({
      method: 'GET',
      url: 'http://localhost:7071/',
      headers: new Headers(),
      body: null,
    });
    assert.equal(status, 503);
    assert.match(String(body), /left it out \(--headless\).*npm start \(without --headless\).*npm run build/s);
  });

  it('are kept for ever where their name holds a hash, and come compressed to whom can read that', async () => {
    const { headers, bytes } = await get('/assets/main-abc.js', { 'accept-encoding': 'br, gzip' });
    assert.match(headers['Cache-Control'] ?? '', /immutable/);
    assert.equal(headers['Content-Encoding'], 'gzip');
    assert.equal(gunzipSync(bytes).toString(), 'export {};');
    assert.equal((await get('/assets/main-abc.js')).bytes.toString(), 'export {};');
  });

  it('may be framed by Teams, Microsoft 365 and Outlook alone, and by this machine only when nobody else reaches it', async () => {
    const policy = (await get('/')).headers['Content-Security-Policy'] ?? '';
    assert.match(policy, /frame-ancestors 'self' https:\/\/teams\.microsoft\.com /);
    assert.match(policy, /https:\/\/outlook\.office\.com/);
    assert.match(policy, /connect-src 'self' https:\/\/login\.example/);
    assert.doesNotMatch(policy, /localhost|'unsafe-eval'|script-src[^;]*unsafe/);
    assert.match((await get('/', {}, true)).headers['Content-Security-Policy'] ?? '', /http:\/\/localhost:\*/);
  });

  it('stay inside their folder', async () => {
    for (const address of [
      '/../secret.json',
      '/%2e%2e/secret.json',
      '/..%2fsecret.json',
      '/assets/..%5c..%5c..%5csecret.json',
      '//secret.json',
      '/assets/%00.js',
      '/%c0%ae%c0%ae/secret.json',
      '/none.js',
    ])
      assert.equal((await get(address)).status, 404, address);
  });
});
