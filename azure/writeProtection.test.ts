import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { AnonymousCredential, BlobServiceClient } from '@azure/storage-blob';
import { isFault } from '../engine/fault.ts';
import { instant } from '../engine/model/ids.ts';
import { azureWriteProtection } from './writeProtection.ts';

const untilHeader = 'x-ms-immutability-policy-until-date';
const modeHeader = 'x-ms-immutability-policy-mode';

/** Answers as the service does: Azurite does not know these requests. */
describe('version-level immutability of Azure', () => {
  const dates = new Map<string, { readonly until: string; readonly mode: string }>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://storage');
    const name = pathname.split('/').slice(3).join('/');
    const present = dates.get(name);
    const dated = present && { [untilHeader]: present.until, [modeHeader]: present.mode.toLowerCase() };
    const facts = { etag: '"1"', 'last-modified': new Date(0).toUTCString(), 'x-ms-request-id': '1' };
    request.resume();
    if (searchParams.get('restype') === 'container' && searchParams.get('comp') === 'list') {
      asked.push(`list ${searchParams.get('include')}`);
      const blobs = ['packs/00/a', 'packs/00/b'].map((each) => {
        const date = dates.get(each);
        const policy = date
          ? `<ImmutabilityPolicyUntilDate>${date.until}</ImmutabilityPolicyUntilDate><ImmutabilityPolicyMode>${date.mode.toLowerCase()}</ImmutabilityPolicyMode>`
          : '';
        return `<Blob><Name>${each}</Name><Properties><Last-Modified>${facts['last-modified']}</Last-Modified><Etag>1</Etag><Content-Length>1</Content-Length><BlobType>BlockBlob</BlobType>${policy}</Properties></Blob>`;
      });
      response.writeHead(200, { 'content-type': 'application/xml' });
      response.end(
        `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="http://storage/" ContainerName="repository"><Blobs>${blobs.join('')}</Blobs><NextMarker/></EnumerationResults>`,
      );
    } else if (searchParams.get('restype') === 'container') {
      const on = pathname.endsWith('/repository') ? 'true' : 'false';
      response.writeHead(200, { ...facts, 'x-ms-immutable-storage-with-versioning-enabled': on }).end();
    } else if (searchParams.get('comp') === 'immutabilityPolicies') {
      const [until, mode] = [request.headers[untilHeader], request.headers[modeHeader]].map(String);
      asked.push(`extend ${name} ${mode}`);
      dates.set(name, { until: until ?? '', mode: mode ?? '' });
      response.writeHead(200, facts).end();
    } else if (name === 'packs/00/none') {
      response.writeHead(404, { 'x-ms-error-code': 'BlobNotFound' }).end();
    } else {
      response.writeHead(200, { ...facts, ...dated, 'content-length': '1', 'x-ms-blob-type': 'BlockBlob' }).end();
    }
  });
  let protection: ReturnType<typeof azureWriteProtection>;

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const service = new BlobServiceClient(`http://127.0.0.1:${port}/account`, new AnonymousCredential());
    protection = azureWriteProtection(service);
  });
  after(() => server.close());

  it('is on where the container says so', async () => {
    assert.deepEqual([await protection.isOn('repository'), await protection.isOn('journal')], [true, false]);
  });

  it('puts a date off, keeps its mode, and never brings it forward', async () => {
    const at = (day: number) => instant(Date.UTC(2030, 0, day));
    await protection.extend('repository', 'packs/00/a', at(2));
    assert.deepEqual((await protection.list('repository', 'packs/')).blobs, [
      { name: 'packs/00/a', until: at(2) },
      { name: 'packs/00/b' },
    ]);
    dates.set('packs/00/b', { until: new Date(at(2)).toUTCString(), mode: 'Locked' });
    await protection.extend('repository', 'packs/00/b', at(3));
    await protection.extend('repository', 'packs/00/b', at(3));
    await assert.rejects(protection.extend('repository', 'packs/00/b', at(1)), (error) => isFault(error, 'conflict'));
    await assert.rejects(protection.extend('repository', 'packs/00/none', at(1)), (error) =>
      isFault(error, 'not-found'),
    );
    assert.deepEqual(asked, ['extend packs/00/a Unlocked', 'list immutabilitypolicy', 'extend packs/00/b Locked']);
    assert.equal(Date.parse(dates.get('packs/00/b')?.until ?? ''), Date.parse(at(3)));
  });
});
