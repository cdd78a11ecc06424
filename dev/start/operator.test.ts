import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';

it('a trouble that a part of the start reports is told in its own sentence alone', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-operator-'));
  const env = {
    TENANT_ID: 'contoso.example',
    AUTHORITY_HOST: 'https://localhost:9',
    BACKUP_CLIENT_ID: 'b',
    BACKUP_CLIENT_SECRET: 's',
    STORAGE_CONNECTION_STRING: 'UseDevelopmentStorage=true',
  };
  const start = path.join(import.meta.dirname, '../start.ts');
  const ended = promisify(execFile)(process.execPath, [start, '--headless', '--port', '0'], { cwd: folder, env });
  await assert.rejects(ended, {
    stderr: /^The sign-in service at localhost:9 does not answer, .* Set TENANT_ID to the id [^\n]+\n$/,
  });
  rmSync(folder, { recursive: true });
});
