import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../engine/fault.ts';
import { createLinks } from './links.ts';
import { isInsideAddress } from './transport.ts';

const links = createLinks('https://graph.microsoft.com', ['content.example', '10.1.2.3:8443', '[::1]:9000']);

describe('links in answers', () => {
  for (const link of [
    'https://contoso-my.sharepoint.com/personal/a/_layouts/15/download.aspx?tempauth=x',
    'https://contoso.sharepoint.us/x',
    'https://public.bn.files.1drv.com/y4m',
    'https://westeurope1-mediap.svc.ms/x',
    "https://outlook.office365.com/api/gbeta/Mailboxes('MBX:1@2')/importItem?authtoken=x",
    'https://outlook.office.com/api/v2.0/x',
    'https://content.example/x',
    'https://content.example:443/x',
    'https://10.1.2.3:8443/x',
    'https://[::1]:9000/x',
    'https://graph.microsoft.com/v1.0/x',
  ])
    it(`follows ${link.slice(0, 50)}`, () => assert.equal(links.ofContent(link).href, new URL(link).href));

  for (const link of [
    'http://contoso.sharepoint.com/x',
    'ftp://contoso.sharepoint.com/x',
    'javascript:alert(1)',
    'file:///etc/passwd',
    '//contoso.sharepoint.com/x',
    'not a link',
    '',
    'https://sharepoint.com.evil.example/x',
    'https://contoso.sharepoint.com.evil/x',
    'https://evilsharepoint.com/x',
    'https://evil.example/x?u=.sharepoint.com',
    'https://evil.example#.sharepoint.com',
    'https://contoso.sharepoint.com@evil.example/x',
    'https://user@contoso.sharepoint.com/x',
    'https://user:secret@content.example/x',
    'https://contoso.sharepoint.com:8443/x',
    'https://content.example:8443/x',
    'https://sub.content.example/x',
    'https://outlook.office365.com.evil.example/x',
    'https://xoutlook.office365.com/x',
    'https://127.0.0.1/x',
    'https://127.1/x',
    'https://2130706433/x',
    'https://0x7f000001/x',
    'https://0177.0.0.1/x',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.1.2.3/x',
    'https://10.1.2.4:8443/x',
    'https://192.168.0.1/x',
    'https://[::1]/x',
    'https://[::ffff:127.0.0.1]/x',
    'https://[fe80::1]/x',
    'https://localhost/x',
    'https://graph.microsoft.com:8443/x',
    'https://graph.microsoft.com.evil/x',
    'https://graph.microsoft.com@evil.example/',
    'https://metadata.google.internal/x',
    'https://contoso。sharepoint.com.evil/x',
  ])
    it(`does not follow ${link.slice(0, 60)}`, () => {
      assert.throws(
        () => links.ofContent(link),
        (error) =>
          isFault(error, 'invalid') &&
          error.code === 'LinkRefused' &&
          (link === '' || !error.message.includes('tempauth')),
      );
    });

  it('takes change feed links from the Graph endpoint alone', () => {
    const own = 'https://graph.microsoft.com/v1.0/users/delta?$skiptoken=1';
    assert.equal(links.ofGraph(own), own);
    for (const other of [
      'https://contoso.sharepoint.com/x',
      'https://graph.microsoft.com.evil/v1.0',
      'http://graph.microsoft.com/v1.0',
      'https://graph.microsoft.com:444/v1.0',
      'https://a@graph.microsoft.com/v1.0',
    ])
      assert.throws(
        () => links.ofGraph(other),
        (error) => isFault(error, 'invalid'),
      );
  });

  it('lets only named hosts resolve to addresses inside', () => {
    assert.equal(links.mayBePrivate('content.example'), true);
    assert.equal(links.mayBePrivate('contoso.sharepoint.com'), false);
    for (const address of [
      '127.0.0.1',
      '10.0.0.1',
      '172.20.1.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '::1',
      'fe80::1',
      'fd00::1',
      '::ffff:10.0.0.1',
    ])
      assert.equal(isInsideAddress(address), true, address);
    for (const address of ['52.96.0.1', '8.8.8.8', '172.32.0.1', '2603:1006::1'])
      assert.equal(isInsideAddress(address), false, address);
  });
});
