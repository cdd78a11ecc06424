import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { isFault } from '../engine/fault.ts';
import { identity } from './identity.ts';
import { keyVaultWrapper } from './keyVaultWrapper.ts';
import { fakeVault } from './testing/fakeVault.ts';
import { toFault } from './toFault.ts';

describe('the managed identity of a host in Azure', () => {
  let host: Server;
  const environment = { ...process.env };
  const asked: (string | null)[] = [];
  let status = 200;

  before(async () => {
    host = createServer((request, response) => {
      const query = new URL(request.url ?? '/', 'http://host').searchParams;
      asked.push(query.get('client_id'));
      if (status === 0) return void request.socket.destroy();
      const expires_on = String(Math.floor(Date.now() / 1000) + 3600);
      const token = { access_token: 'a token', expires_on, resource: query.get('resource'), token_type: 'Bearer' };
      const body = status === 200 ? token : { statusCode: status, message: 'What the endpoint says' };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(host, 'listening');
    process.env['IDENTITY_ENDPOINT'] = `http://127.0.0.1:${(host.address() as AddressInfo).port}/msi/token`;
    process.env['IDENTITY_HEADER'] = 'secret of the host';
  });
  after(() => {
    process.env = environment;
    host.close();
  });

  it('is the one that AZURE_CLIENT_ID names, unless the settings name another', async () => {
    process.env['AZURE_CLIENT_ID'] = 'workers';
    status = 200;
    asked.length = 0;
    for (const credential of [await identity(), await identity('storage')])
      assert.equal((await credential.getToken('https://storage.azure.com/.default'))?.token, 'a token');
    assert.deepEqual(asked, ['workers', 'storage']);
  });

  it('is waited for while its endpoint has passing trouble, and missed in words when there is none', async () => {
    for (const [said, kind, keyKind] of [
      [500, 'unavailable', 'unavailable'],
      [429, 'unavailable', 'unavailable'],
      [0, 'unavailable', 'unavailable'],
      [400, 'unauthorized', 'key-unavailable'],
    ] as const) {
      status = said;
      const credential = await identity(`asked when it says ${said}`);
      const error: unknown = await credential
        .getToken('https://storage.azure.com/.default')
        .catch((each: unknown) => each);
      const fault = toFault(error, 'blob x');
      assert.ok(
        isFault(fault, kind) && fault.origin === 'storage' && !fault.outcomeUnknown,
        `${said}: ${String(fault)}`,
      );
      const { keyId, httpClient } = fakeVault();
      await assert.rejects(
        keyVaultWrapper({ keyId, credential, options: { httpClient } }).wrap(new Uint8Array(32)),
        (trouble) => isFault(trouble, keyKind) && trouble.origin === 'keys',
      );
    }
  });
});
