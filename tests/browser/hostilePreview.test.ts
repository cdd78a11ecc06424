/** Mail and markup that were made to break out, or to break whoever reads them, in the console's preview. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { serveConsole } from '../../api/console.ts';
import { corpusFiles, hostileHtml } from '../hostile/corpus.ts';
import { launchBrowser } from './browser.ts';
import type { Look } from './hostile/page.ts';

const MOST_MS = 2_000;
/** What stands around each look: the fetch, the frame, and a machine that has other work as well. */
const SLACK_MS = 1_000;

let browser: Browser | undefined;
let folder = '';
/** What the server hands out at `/content/{number}`. */
const content: { readonly bytes: Buffer; readonly type: string }[] = [];
const server = createServer((request, response) => {
  void (async () => {
    const number = /^\/content\/(\d+)$/.exec(request.url ?? '')?.[1];
    const item = content[Number(number)];
    if (number !== undefined && item !== undefined) {
      response.setHeader('Content-Type', item.type).setHeader('Content-Length', item.bytes.length).end(item.bytes);
      return;
    }
    const answer = await pages({ method: 'GET', url: request.url ?? '/', headers: new Headers(), body: null });
    response.writeHead(answer.status, answer.headers);
    for await (const bytes of typeof answer.body === 'object' ? answer.body : []) response.write(bytes);
    response.end();
  })();
});
let address = '';
let pages: ReturnType<typeof serveConsole>;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-hostile-'));
  const root = path.join(import.meta.dirname, 'hostile');
  const rolldownOptions = { input: { index: path.join(root, 'page.html') } };
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir: folder,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions,
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  pages = serveConsole({ folder, authorityHost: address, isLocal: true });
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** A page that notes everything which no preview may do. */
async function watchedPage(): Promise<{ readonly page: Page; readonly escapes: string[] }> {
  assert.ok(browser);
  const page = await browser.newPage();
  const escapes: string[] = [];
  page.on('dialog', (dialog) => {
    escapes.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('popup', (popup) => escapes.push(`popup ${popup.url()}`));
  page.on('download', (download) => escapes.push(`download ${download.url()}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !/^(data|blob|about):/.test(url)) escapes.push(`request ${url}`);
  });
  page.on('framenavigated', (frame) => {
    if (frame === page.mainFrame() ? !frame.url().startsWith(`${address}/page.html`) : frame.url() !== 'about:srcdoc')
      escapes.push(`went to ${frame.url()}`);
  });
  await page.goto(`${address}/page.html`);
  await page.waitForFunction(() => typeof window.look === 'function');
  return { page, escapes };
}

interface Item {
  readonly name: string;
  readonly bytes: Buffer;
  readonly type: string;
}

async function lookAtAll(items: readonly Item[]): Promise<Map<string, Look>> {
  const { page, escapes } = await watchedPage();
  const looks = new Map<string, Look>();
  for (const { name, ...item } of items) {
    const number = content.push(item) - 1;
    const look = await Promise.race([
      page.evaluate((at) => window.look(at), `/content/${number}`),
      delay(10 * MOST_MS, undefined, { ref: false }).then(() => assert.fail(`${name} holds up the page`)),
    ]);
    assert.deepEqual(escapes, [], name);
    assert.deepEqual(look.unwanted, [], name);
    assert.ok(look.ms < MOST_MS + SLACK_MS, `${name} took ${Math.round(look.ms)} ms`);
    looks.set(name, look);
  }
  await page.close();
  return looks;
}

const asMail = (html: string): Buffer =>
  Buffer.from(
    `From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n` +
      `Content-Transfer-Encoding: base64\r\n\r\n${Buffer.from(html).toString('base64').replaceAll(/.{76}/g, '$&\r\n')}\r\n`,
  );

/** Ways out that no list of payloads may leave untried. */
const ways = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<img src="https://tracker.example/pixel.gif">',
  '<a href="https://elsewhere.example/">look</a><meta http-equiv="refresh" content="0;url=https://elsewhere.example/">',
  '<link rel="stylesheet" href="https://tracker.example/a.css"><style>@import "https://tracker.example/b.css";p{background:url(https://tracker.example/c.png)}</style><p>x',
  '<form action="https://elsewhere.example/"><input autofocus onfocus=alert(1)></form>',
  '<svg onload=alert(1)><use href="https://tracker.example/d.svg#x"/></svg>',
  '<video autoplay src="https://tracker.example/e.mp4" poster="https://tracker.example/f.png"></video>',
  '<base href="https://elsewhere.example/"><img src="g.png">',
  '<iframe src="https://elsewhere.example/"></iframe><object data="https://elsewhere.example/"></object>',
];

it('nothing in a message runs, leads away, asks or loads', async (t) => {
  const payloads = [...ways, ...hostileHtml()];
  if (payloads.length === ways.length) t.diagnostic('Without ../shared/corpus: only the ways written down here');
  const looks = await lookAtAll(
    payloads.map((html, index) => ({ name: `payload ${index}`, bytes: asMail(html), type: 'message/rfc822' })),
  );
  assert.ok([...looks.values()].some(({ kind }) => kind === 'message'));
});

it('a message made to hold up its reader does not hold up the page', async () => {
  const head = 'From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n';
  const nested = (depth: number): string =>
    Array.from({ length: depth }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`).join(
      '',
    );
  await lookAtAll([
    { name: 'parts in parts', bytes: Buffer.from(head + nested(20_000)), type: 'message/rfc822' },
    {
      name: 'one long header',
      bytes: Buffer.from(`${head}X: ${'a,'.repeat(6_000_000)}\r\n\r\nx`),
      type: 'message/rfc822',
    },
    { name: 'divisions in divisions', bytes: asMail('<div>'.repeat(400_000)), type: 'message/rfc822' },
    { name: 'as many as are shown', bytes: asMail('<div>'.repeat(9_900)), type: 'message/rfc822' },
    {
      name: 'a table of ten thousand rows',
      bytes: asMail(`<table>${'<tr><td>x'.repeat(10_000)}`),
      type: 'message/rfc822',
    },
    {
      name: 'many addresses',
      bytes: Buffer.from(`${head}To: ${'"a" <a@example.org>, '.repeat(100_000)}\r\n\r\nx`),
      type: 'message/rfc822',
    },
  ]);
});

it('messages of the corpus are shown, and in time', async (t) => {
  const all = corpusFiles('mail');
  // Each takes a moment: every fifth, or with HOSTILE=all every one.
  const mails = process.env['HOSTILE'] === 'all' ? all : all.filter((_, index) => index % 5 === 0);
  if (mails.length === 0) {
    t.skip('needs ../shared/corpus');
    return;
  }
  const looks = await lookAtAll(
    mails.map(({ name, file }) => ({ name, bytes: readFileSync(file), type: 'message/rfc822' })),
  );
  const kinds = Object.groupBy([...looks.values()], ({ kind }) => kind);
  const slowest = Math.max(...[...looks.values()].map(({ ms }) => ms));
  t.diagnostic(
    `${mails.length} messages, slowest ${Math.round(slowest)} ms: ${Object.entries(kinds)
      .map(([kind, all]) => `${kind} ${all?.length ?? 0}`)
      .join(', ')}`,
  );
  assert.equal(kinds['tooHard']?.length ?? 0, 0);
});
