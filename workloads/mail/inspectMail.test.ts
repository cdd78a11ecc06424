import assert from 'node:assert/strict';
import { it } from 'node:test';
import { mailDescription } from './describe.ts';

it('says whether a message can be opened, as the description of mail promises', async () => {
  const { inspect } = mailDescription;
  assert.ok(inspect);
  assert.deepEqual(await inspect(Buffer.from('Subject: Hello\r\nFrom: a@contoso.com\r\n\r\nHi')), [
    { property: 'mime', isRight: true, found: '2 headers' },
  ]);
  assert.deepEqual(await inspect(Buffer.from('')), [{ property: 'mime', isRight: false, found: '0 headers' }]);
});
