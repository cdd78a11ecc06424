import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { copyOut } from '../recover/sample.ts';
import { openWorkbench } from '../recover/workbench.ts';

describe('what recover.mjs says', { skip: process.platform === 'win32' ? 'needs paths of POSIX' : false }, async () => {
  const { scratch, sample, copy, keyFile, anotherCopy, from, recover, close } = await openWorkbench();
  after(close);

  it('says what is wrong with the key, in words that help', async () => {
    const wrong = async (key: string): Promise<string> => {
      const ended = await recover(['list', '--from', copy, '--key', key]);
      assert.ok(ended.code === 4 || ended.code === 2, `${ended.code}`);
      assert.ok(!ended.err.includes('    at '), ended.err);
      return ended.err;
    };
    const other = sample.key.startsWith('A') ? 'B' : 'A';
    assert.match(await wrong(`${other}${sample.key.slice(1)}`), /not the one of this repository.*typing error/);
    assert.match(await wrong(Buffer.alloc(32, 7).toString('base64')), /not the one of this repository/);
    assert.match(await wrong(`${sample.key.slice(0, 8)}?${sample.key.slice(9)}`), /Group 3 of 11/);
    assert.match(await wrong(sample.key.slice(0, 40)), /40 characters instead of 44/);
    const inFile = async (text: string) => {
      const file = path.join(scratch, 'written by hand.txt');
      await writeFile(file, text);
      return recover(['list', '--from', copy, '--key-file', file]);
    };
    assert.match((await inFile(`${sample.key.slice(0, 9)}x${sample.key.slice(9)}`)).err, /45 characters instead/);
    assert.match((await inFile('\n')).err, /written by hand\.txt is empty/);
    const inLines = await inFile(`The key of Contoso\n${sample.key.slice(0, 20)}\n${sample.key.slice(20)}\nend\n`);
    assert.equal(inLines.code, 0, inLines.err);
    const none = await recover(['list', '--from', copy, '--key-file', path.join(scratch, 'no.txt')]);
    assert.match(none.err, /There is no key file .*no\.txt\./);
    const piped = await recover(['list', '--from', copy], undefined, { input: `${sample.key}\n` });
    assert.equal(piped.code, 0, piped.err);
    assert.match((await recover(['list', '--from', copy])).err, /There is no recovery key/);
  });

  it('says what is wrong with the place, and the way out', async () => {
    const place = async (spoil: (folder: string) => Promise<unknown>, folder?: string): Promise<string> => {
      const spoiled = folder ?? (await anotherCopy());
      await spoil(spoiled);
      const ended = await recover(['list', '--from', spoiled, '--key-file', keyFile]);
      assert.ok(ended.code === 4 || ended.code === 2, `${ended.code}: ${ended.err}`);
      assert.ok(!ended.err.includes('    at '), ended.err);
      return ended.err;
    };
    const without = (name: string) => (folder: string) => rm(path.join(folder, name), { recursive: true });
    assert.match(await place(async () => undefined, path.join(scratch, 'nowhere')), /There is no folder .*nowhere/);
    const around = path.join(scratch, 'around');
    await mkdir(around);
    await copyOut(sample.blobs, path.join(around, 'backup-2026'));
    assert.match(await place(async () => undefined, around), /Did you mean .*around\/backup-2026/);
    assert.match(await place(without('config')), /copy with holes.*config is not/);
    assert.match(await place(without('keys')), /keys\/1 is missing.*bring it back/);
    assert.match(await place(without('points')), /lacks the folder "points"/);
    const newer = (folder: string) =>
      writeFile(path.join(folder, 'config'), JSON.stringify({ product: 'holdfast', format: 9 }));
    assert.match(await place(newer), /format 9.*Install the newer version/);
    const spoilKeys = async (folder: string) => {
      const text = await readFile(path.join(folder, 'keys/1'), 'utf8');
      await writeFile(path.join(folder, 'keys/1'), text.replace(/"check":"./, '"check":"f0'.slice(0, 10)));
    };
    assert.match(await place(spoilKeys), /keys\/1 is damaged/);
    const nested = path.join(scratch, 'nested');
    await copyOut(sample.blobs, path.join(nested, 'repository'));
    assert.equal((await recover(['list', '--from', nested, '--key-file', keyFile])).code, 0);
    const start = path.join(scratch, 'data');
    await mkdir(path.join(start, 'azurite'), { recursive: true });
    await mkdir(path.join(start, 'keys'));
    await writeFile(path.join(start, 'azurite/__azurite_db_blob__.json'), '{}');
    assert.match(await place(async () => undefined, start), /data folder of an Azurite/);
    const loose = await recover(['list', '--from']);
    assert.match(loose.err, /'--from <value>' argument missing\. "--help"/);
    assert.match((await recover(['list', 'anna', ...from()])).err, /list shows all; for one of them: points/);
    const asked = await recover(['export', '--from', copy]);
    assert.deepEqual([asked.code, asked.err.includes('--to')], [2, true]);
    assert.equal(
      (await recover(['list', '--from', 'https://account.blob.core.windows.net/repository', '--key', sample.key])).code,
      2,
    );
  });
});
