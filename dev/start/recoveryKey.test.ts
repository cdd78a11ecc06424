import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { handOverRecoveryKey } from './recoveryKey.ts';
import { Terminal } from './terminal.ts';

const KEY = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=';

function watched() {
  const out = new PassThrough() as unknown as NodeJS.WriteStream & PassThrough;
  const terminal = new Terminal(out);
  return { terminal, said: () => String(out.read() ?? '') };
}

describe('recovery key', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'holdfast-key-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is shown on the terminal where no file is named', async () => {
    const { terminal, said } = watched();
    await handOverRecoveryKey(KEY, undefined, terminal);
    assert.ok(said().includes(`    ${KEY}\n`));
  });

  it('goes into the file, readable by its owner only, and not onto the terminal', async () => {
    const file = path.join(folder, 'sub', 'key');
    const { terminal, said } = watched();
    await handOverRecoveryKey(KEY, file, terminal);
    assert.equal(readFileSync(file, 'utf8'), `${KEY}\n`);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const text = said();
    assert.ok(text.includes(file) && !text.includes(KEY));
  });

  it('never overwrites the key of another installation', async () => {
    const file = path.join(folder, 'other');
    writeFileSync(file, 'the key of another one\n');
    const { terminal, said } = watched();
    await handOverRecoveryKey(KEY, file, terminal);
    assert.equal(readFileSync(`${file}.old-1`, 'utf8'), 'the key of another one\n');
    assert.equal(readFileSync(file, 'utf8'), `${KEY}\n`);
    assert.match(said(), /kept as .*old-1/);
  });

  it('is not handed over when it could not be written', async () => {
    const { terminal } = watched();
    const notAFolder = path.join(folder, 'file');
    writeFileSync(notAFolder, '');
    await assert.rejects(handOverRecoveryKey(KEY, path.join(notAFolder, 'key'), terminal));
  });
});
