import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { openHostLog } from './logFile.ts';

it('says that the disk is full, once, and lets the start go on', { skip: !existsSync('/dev/full') }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-log-'));
  mkdirSync(path.join(folder, 'logs'));
  symlinkSync('/dev/full', path.join(folder, 'logs', 'host.log'));
  const heard = Promise.withResolvers<string>();
  const all: string[] = [];
  const { log, close } = openHostLog(folder, {}, undefined, (sentence) => {
    all.push(sentence);
    heard.resolve(sentence);
  });
  log({ level: 'information', message: 'one' });
  assert.match(
    await heard.promise,
    /^Attention +logs\/host\.log cannot be written: the disk of \S+ is full\. Make room/,
  );
  log({ level: 'information', message: 'two' });
  await close();
  assert.equal(all.length, 1);
  rmSync(folder, { recursive: true });
});
