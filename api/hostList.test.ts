import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLinks } from '../graph/links.ts';
import { readSettings, SettingsError } from './settings.ts';

const read = (CONTENT_HOSTS: string) =>
  readSettings({
    TENANT_ID: 'd3700000-0000-4000-8000-000000000001',
    BACKUP_CLIENT_ID: 'b0c1',
    STORAGE_ACCOUNT_NAME: 'holdfast1',
    KEY_VAULT_KEY_ID: 'https://vault.example/keys/wrap/1',
    CONTENT_HOSTS,
  }).contentHosts;
const mistakesOf = (text: string): readonly string[] => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof SettingsError) return error.mistakes;
    throw error;
  }
  return [];
};

describe('CONTENT_HOSTS', () => {
  const taken: Readonly<Record<string, readonly string[]>> = {
    'a.example,b.example': ['a.example', 'b.example'],
    ' a.example ; b.example,, ': ['a.example', 'b.example'],
    'a.example b.example\nc.example\td.example': ['a.example', 'b.example', 'c.example', 'd.example'],
    'Files.EXAMPLE.com:8443': ['files.example.com:8443'],
    'a.example:443': ['a.example'],
    'https://a.example': ['a.example'],
    'HTTPS://A.example:8443/': ['a.example:8443'],
    'a.example.': ['a.example'],
    '10.1.2.3:8443, [::1]:9000, [FD00::1], localhost:4000': [
      '10.1.2.3:8443',
      '[::1]:9000',
      '[fd00::1]',
      'localhost:4000',
    ],
    'bücher.example': ['xn--bcher-kva.example'],
  };
  for (const [text, hosts] of Object.entries(taken))
    it(`takes ${JSON.stringify(text)}, and links there are followed`, () => {
      assert.deepEqual(read(text), hosts);
      const links = createLinks('https://graph.example', read(text));
      for (const host of hosts) assert.equal(links.ofContent(`https://${host}/file`).host, host);
    });

  const refused: Readonly<Record<string, RegExp>> = {
    'http://a.example': /"http:\/\/a\.example" names http: only https/,
    '*.example.com': /"\*\.example\.com" is a pattern: write each host/,
    '.example.com': /is a pattern/,
    'https://a.example/files?sig=canary': /"https:\/\/a\.example\/…" holds a path: write the host alone/,
    'anna:canary@a.example': /"…@a\.example" holds a user name/,
    'fd00::1': /write it in brackets, as in \[fd00::1\]:8443/,
    'a.example:99999': /is not a host: write its name/,
    'a.example:': /is not a host/,
    'a.example:0': /is not a host/,
    'a.example:port': /is not a host/,
    '1.2.3.999': /is not a host/,
    '["a.example"]': /is not a host/,
    'a_b!.example': /is not a host/,
  };
  for (const [text, wanted] of Object.entries(refused))
    it(`refuses ${text} with a sentence that says what to write`, () => {
      const mistakes = mistakesOf(`good.example,${text}`);
      assert.equal(mistakes.length, 1, mistakes.join('\n'));
      assert.match(mistakes[0] ?? '', /^CONTENT_HOSTS: "/);
      assert.match(mistakes[0] ?? '', wanted);
      assert.doesNotMatch(mistakes[0] ?? '', /canary/);
    });

  it('names every entry that is wrong', () => {
    assert.equal(mistakesOf('*.a.example, b.example, http://c.example').length, 2);
  });
});
