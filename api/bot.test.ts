import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

/** Runs in a process of its own: what others loaded would hide what this one loads. */
const program = `
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
const { botBench } = await import('./bot/testing/botBench.ts');
const { makeBot } = await import('./api/bot.ts');
const bench = await botBench();
const { records, repository, clock, log, services } = bench;
const roles = { rolesOf: async () => ['Backup.Admin'] };
const bot = makeBot(
  { services: { records, repository, clock, log, restore: services.restore, roles }, memberOf: async () => ({ name: 'A' }) },
  { tenantId: 't', publicUrl: 'https://holdfast.example' },
  { auth: 'none', serviceHosts: ['127.0.0.1:9'] },
);
const sdk = () => loaded.filter((url) => url.includes('/botbuilder')).length > 0;
await bot.deliver();
const idle = sdk();
const { status } = await bot.messages({ method: 'GET', headers: new Headers(), body: null });
console.log(JSON.stringify({ some: loaded.length > 0, idle, status, asked: sdk() }));
`;

test('a worker that has nothing to tell never loads the SDK of Teams', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: new URL('..', import.meta.url),
    timeout: 60_000,
  });
  assert.deepEqual(JSON.parse(stdout), { some: true, idle: false, status: 405, asked: true });
});
