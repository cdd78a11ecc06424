import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readMime } from '../graph/mail/mime.ts';
import { generatedBytes } from './generatedBytes.ts';
import { largeMail } from './largeMail.ts';

it('makes a valid message whose every range is part of the same bytes', async () => {
  for (const size of [0, 1, 56, 57, 58, 114, 300_001]) {
    const mail = largeMail('seed', size, 2);
    const whole = Buffer.concat([...mail.read(0, mail.size)]);
    assert.equal(whole.length, mail.size);
    for (const [from, to] of [
      [0, 10],
      [mail.size - 20, mail.size],
      [300, 700],
      [Math.floor(mail.size / 2), Math.floor(mail.size / 2) + 200],
    ] as const) {
      const end = Math.min(to, mail.size);
      assert.deepEqual(
        Buffer.concat([...mail.read(Math.min(from, end), end)]),
        whole.subarray(Math.min(from, end), end),
      );
    }
    const { attachments } = await readMime(whole);
    assert.deepEqual(
      attachments.map(({ bytes }) => bytes),
      ['large seed', 'large seed 2'].map((seed) => Buffer.concat([...generatedBytes('random', seed, 0, size)])),
    );
  }
});
