import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';

/** What the made-up host says about itself and whom it signs in. */
export interface HostFacts {
  /** Address of the tab inside the console. */
  readonly console: string;
  /** Empty: the person has to consent first. */
  readonly token: string;
  readonly theme?: string;
  readonly locale?: string;
  /** `entityId` and `subEntityId`, as a deep link names a place. */
  readonly page: string;
  readonly subPage?: string;
  /** A page that frames the console and does not speak TeamsJS. */
  readonly isDeaf?: boolean;
}

export interface TeamsHost {
  readonly address: string;
  /** Address of a window that holds the console. */
  windowFor(facts: HostFacts): string;
  close(): Promise<void>;
}

const script = path.join(import.meta.dirname, 'page.ts');

/** Serves host windows on an origin of their own on this machine. */
export async function startTeamsHost(): Promise<TeamsHost> {
  const code = stripTypeScriptTypes(await readFile(script, 'utf8'));
  const windows: HostFacts[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/page.js') {
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(code);
      return;
    }
    const facts = windows[Number(request.url?.slice(1))];
    if (facts === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(windowOf(facts));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address,
    windowFor: (facts) => `${address}/${windows.push(facts) - 1}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function windowOf(facts: HostFacts): string {
  const context = {
    locale: facts.locale ?? 'en-us',
    theme: facts.theme ?? 'default',
    entityId: facts.page,
    subEntityId: facts.subPage ?? '',
    frameContext: 'content',
    hostClientType: 'web',
    hostName: 'Teams',
    sessionId: 'session',
    appId: '11111111-2222-4333-8444-555555555555',
    tid: 'fixture',
    loginHint: 'someone@demo.example',
  };
  const given = JSON.stringify({ console: facts.console, token: facts.token, context }).replaceAll('<', '\\u003c');
  const inside =
    facts.isDeaf === true
      ? `<iframe title="App" src="${facts.console}"></iframe>`
      : `<iframe title="App"></iframe>
         <script type="application/json" id="given">${given}</script>
         <script type="module" src="/page.js"></script>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Host</title>
    <style>html,body{height:100%;margin:0}iframe{border:0;width:100%;height:100%}</style></head>
    <body>${inside}</body></html>`;
}
