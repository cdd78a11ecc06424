import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FolderUnusable, holderOf, lockDataDir, LockHeld } from './lock.ts';
import { identityOf, isAlive } from './processIdentity.ts';

describe('lock of the data folder', () => {
  let dataDir: string;
  before(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'holdfast-lock-'));
  });
  after(() => rmSync(dataDir, { recursive: true, force: true }));

  const holdElsewhere = async () => {
    const script = `import { lockDataDir } from ${JSON.stringify(path.join(import.meta.dirname, 'lock.ts'))};
      lockDataDir(process.argv[1]); console.log('held'); setInterval(() => undefined, 1e6);`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return child;
  };

  it('refuses a second start and says who holds it and how to get on', async () => {
    const child = await holdElsewhere();
    assert.throws(
      () => lockDataDir(dataDir),
      (error: unknown) =>
        error instanceof LockHeld &&
        error.message.includes(`kill ${child.pid}`) &&
        error.message.includes('--data-dir'),
    );
    assert.equal(holderOf(dataDir)?.pid, child.pid);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(holderOf(dataDir), undefined);
  });

  it('is taken over from a process that was killed', () => {
    const lock = lockDataDir(dataDir);
    assert.equal(holderOf(dataDir)?.pid, process.pid);
    lock.release();
    assert.equal(holderOf(dataDir), undefined);
  });

  it('is not fooled by another process that was given the same id', () => {
    writeFileSync(
      path.join(dataDir, 'lock'),
      JSON.stringify({ pid: process.pid, startTime: 'earlier', since: 'then' }),
    );
    lockDataDir(dataDir).release();
  });

  it('is not lost to a file that a full disk cut short', () => {
    writeFileSync(path.join(dataDir, 'lock'), '{"pid":');
    lockDataDir(dataDir).release();
  });

  it('makes the folder, with those above it', () => {
    const deep = path.join(dataDir, 'not', 'there', 'yet');
    lockDataDir(deep).release();
    assert.ok(existsSync(deep));
  });

  it('names the folder that cannot be made or written, and how to take another', () => {
    const file = path.join(dataDir, 'a file');
    writeFileSync(file, '');
    for (const folder of [file, path.join(file, 'x'), path.join(file, 'x', 'y')])
      assert.throws(
        () => lockDataDir(folder),
        (error: unknown) =>
          error instanceof FolderUnusable &&
          error.message.includes(`The data folder ${folder} `) &&
          error.message.includes('--data-dir PATH'),
      );
  });

  it(
    'ends soon where the system makes no folders',
    { skip: process.platform !== 'linux' && 'there is no /proc' },
    () => {
      // In a process of its own: what tries for ever can only be ended from outside.
      const start = path.join(import.meta.dirname, 'start.ts');
      for (const folder of ['/proc/holdfast', '/proc/holdfast/data']) {
        const { status, stderr } = spawnSync(process.execPath, [start, '--headless', '--data-dir', folder], {
          cwd: dataDir,
          env: {},
          encoding: 'utf8',
          timeout: 20_000,
        });
        assert.equal(status, 1, stderr);
        assert.match(stderr, /^The data folder \/proc\/holdfast\S* cannot be used: (?!E[A-Z]+).*--data-dir PATH\n$/);
      }
    },
  );

  it('goes to exactly one of several that try at once', async () => {
    const script = `import { lockDataDir } from ${JSON.stringify(path.join(import.meta.dirname, 'lock.ts'))};
      try { lockDataDir(process.argv[1]); console.log('held'); } catch (error) { console.log('refused'); }
      process.stdin.resume();`;
    writeFileSync(path.join(dataDir, 'lock'), JSON.stringify({ pid: 999_999_999, startTime: 'gone', since: 'then' }));
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module-typescript', '-e', script, dataDir]),
    );
    const answers = await Promise.all(
      children.map(async (child) => String((await once(child.stdout, 'data'))[0]).trim()),
    );
    for (const child of children) child.stdin.end();
    await Promise.all(children.map((child) => once(child, 'exit')));
    assert.deepEqual(answers.toSorted(), ['held', 'refused', 'refused', 'refused']);
  });
});

describe('identity of a process', () => {
  it('ends with the process', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    assert.equal(identityOf(pid), undefined);
    const own = identityOf(process.pid);
    assert.ok(own !== undefined && isAlive(own));
    assert.equal(isAlive({ ...own, startTime: 'another' }), false);
  });
});
