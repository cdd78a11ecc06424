import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isFault } from '../engine/fault.ts';
import { createKeyFile, fileKeyWrapper } from './fileKeyWrapper.ts';
import { systemRandom } from './systemRandom.ts';

const unavailable = (error: unknown): boolean => isFault(error, 'key-unavailable') && error.origin === 'keys';

describe('key file', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-key-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('is made once, for its owner alone, and never made anew', async () => {
    const path = join(folder, 'once');
    await createKeyFile(path, systemRandom);
    const first = await readFile(path);
    await createKeyFile(path, systemRandom);
    assert.deepEqual(await readFile(path), first);
    assert.equal(first.length, 32);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('opens what it wrapped, and nothing that another file wrapped or that was changed', async () => {
    const [path, other] = [join(folder, 'a'), join(folder, 'b')];
    await createKeyFile(path, systemRandom);
    await createKeyFile(other, systemRandom);
    const wrapper = await fileKeyWrapper(path);
    const key = systemRandom.bytes(32);
    const wrapped = await wrapper.wrap(key);
    assert.deepEqual(await (await fileKeyWrapper(path)).unwrap(wrapped), key);
    assert.notDeepEqual(await wrapper.wrap(key), wrapped);
    await assert.rejects((await fileKeyWrapper(other)).unwrap(wrapped), unavailable);
    await assert.rejects(wrapper.unwrap(wrapped.with(20, (wrapped[20] ?? 0) ^ 1)), unavailable);
    await assert.rejects(wrapper.unwrap(new Uint8Array(3)), unavailable);
    assert.notEqual((await fileKeyWrapper(other)).keyId, wrapper.keyId);
  });

  it('that is missing, too short or open to others is refused with the way out', async () => {
    await assert.rejects(fileKeyWrapper(join(folder, 'absent')), unavailable);
    const short = join(folder, 'short');
    await writeFile(short, 'too short', { mode: 0o600 });
    await assert.rejects(fileKeyWrapper(short), /9 bytes instead of 32/);
    const open = join(folder, 'open');
    await createKeyFile(open, systemRandom);
    await chmod(open, 0o644);
    await assert.rejects(fileKeyWrapper(open), /chmod 600/);
  });
});
