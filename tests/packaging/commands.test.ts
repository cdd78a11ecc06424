import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { readText, repositoryFile } from './files.ts';

const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(readText('package.json')));

describe('commands', () => {
  it('named in the guides are there, and their files too', () => {
    const guides = ['README.md', 'CONTRIBUTING.md', 'api/README.md'];
    for (const name of readdirSync(repositoryFile('docs'))) if (name.endsWith('.md')) guides.push(`docs/${name}`);
    for (const guide of guides)
      for (const [, name = ''] of readText(guide).matchAll(/npm run ([\w:]+)/g)) {
        assert.ok(scripts[name], `${guide} names npm run ${name}`);
        const [, file] = /^node (\S+\.ts)/.exec(scripts[name]) ?? [];
        if (file !== undefined) assert.ok(existsSync(repositoryFile(file)), file);
      }
  });

  it('of the app each have a script', () => {
    const run = Object.values(scripts).join('\n');
    const named = (file: string) =>
      run.includes(`api/cli/${file}`) || run.includes(`dev/command.ts ${file.replace('.ts', '')}`);
    const commands = readdirSync(repositoryFile('api/cli')).filter(
      (file) => !file.endsWith('.test.ts') && readText(`api/cli/${file}`).includes('`npm run '),
    );
    assert.ok(commands.length >= 4);
    for (const file of commands) assert.ok(named(file), file);
  });

  it('that a new deployment needs stand in the guide, between deploying and the app in Teams', () => {
    const guide = readText('docs/deploy.md');
    const places = ['atk deploy --env dev', 'npm run bootstrap -- --env dev', 'atk publish --env dev'].map((words) =>
      guide.indexOf(words),
    );
    assert.ok(!places.includes(-1), String(places));
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
    // What the command asks for is what provisioning leaves in the environment file.
    const outputs = [...readText('infra/main.bicep').matchAll(/^output (\w+) /gm)].map((match) => match[1]);
    for (const name of ['STORAGE_ACCOUNT_NAME', 'KEY_VAULT_KEY_ID']) assert.ok(outputs.includes(name), name);
    for (const role of [
      'Storage Blob Data Contributor',
      'Storage Queue Data Contributor',
      'Storage Table Data Contributor',
      'Key Vault Crypto Service Encryption User',
    ])
      assert.ok(guide.includes(role), role);
  });
});
