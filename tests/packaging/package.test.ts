import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { packApp } from '../../tools/packaging/appPackage.ts';
import { bundleFunctions, writeHostFiles } from '../../tools/packaging/functions.ts';
import { loadFunctions } from '../../tools/packaging/loadFunctions.ts';
import { filesBelow, writeZip } from '../../tools/packaging/zip.ts';
import { provisioned, repositoryFile } from './files.ts';
import { unzip } from './unzip.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-package-'));
after(() => rm(folder, { recursive: true }));

describe('function bundle', async () => {
  const source = path.join(import.meta.dirname, 'sampleApp/main.ts');
  const bundle = await bundleFunctions(source, path.join(folder, 'functions'));
  await writeHostFiles(path.join(folder, 'functions'), '1.2.3', '{"version":"2.0"}');

  it('registers in the host what its source registers', async () => {
    assert.deepEqual((await loadFunctions(source)).names, ['health', 'messages']);
    assert.deepEqual((await loadFunctions(bundle.entry)).names, ['health', 'messages']);
  });

  it('leaves the bot out of what every worker loads', () => {
    assert.ok(bundle.startPackages.has('@azure/functions'));
    assert.ok(!bundle.startPackages.has('botbuilder'));
    assert.ok(bundle.startBytes < 500_000, `${bundle.startBytes} bytes at the start`);
    assert.ok(bundle.totalBytes > bundle.startBytes + 500_000, `${bundle.totalBytes} bytes in all`);
  });

  it('carries a bot that runs when it is loaded', async () => {
    const chunk = (await filesBelow(path.join(folder, 'functions/api'))).find((file) => /^bot-.*\.js$/.test(file.name));
    assert.ok(chunk !== undefined && 'file' in chunk);
    const loaded: unknown = await import(pathToFileURL(chunk.file).href);
    const { botReady } = z
      .object({ botReady: z.custom<() => boolean>((value) => typeof value === 'function') })
      .parse(loaded);
    assert.equal(botReady(), true);
  });

  it('zips to the same bytes every time', async () => {
    const files = await filesBelow(path.join(folder, 'functions'));
    await writeZip(path.join(folder, 'one.zip'), files);
    await writeZip(path.join(folder, 'two.zip'), files.toReversed());
    const archive = await readFile(path.join(folder, 'one.zip'));
    assert.ok(archive.equals(await readFile(path.join(folder, 'two.zip'))));
    const names = [...(await unzip(path.join(folder, 'one.zip'))).keys()];
    for (const name of ['api/main.js', 'host.json', 'package.json']) assert.ok(names.includes(name), name);
  });
});

describe('app package', () => {
  const appPackage = repositoryFile('appPackage').pathname;

  it('holds the manifest, every language and every icon, and nothing else', async () => {
    const missing = await packApp(appPackage, path.join(folder, 'filled.zip'), provisioned);
    assert.deepEqual(missing, []);
    const files = await unzip(path.join(folder, 'filled.zip'));
    const languages = ['ar', 'de', 'en', 'es', 'fr', 'ja'].map((tag) => `languages/${tag}.json`);
    assert.deepEqual([...files.keys()], ['color.png', 'color32x32.png', ...languages, 'manifest.json', 'outline.png']);
    const manifest = files.get('manifest.json')?.toString() ?? '';
    assert.ok(manifest.includes(`"https://${provisioned['TAB_DOMAIN']}/`) && !manifest.includes('${{'));
  });

  it('says what is left for the toolkit to fill in', async () => {
    const missing = await packApp(appPackage, path.join(folder, 'open.zip'), { ...provisioned, BOT_ID: '' });
    assert.deepEqual(missing, ['BOT_ID']);
    const files = await unzip(path.join(folder, 'open.zip'));
    assert.match(files.get('manifest.json')?.toString() ?? '', /"\$\{\{BOT_ID\}\}"/);
  });
});
