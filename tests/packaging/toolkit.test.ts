import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { parse } from 'yaml';
import { z } from 'zod';
import { readText, repositoryFile } from './files.ts';

const ajv = new Ajv({ strict: false, allErrors: true });
formats.default(ajv);
const validate = ajv.compile(
  z.record(z.string(), z.unknown()).parse(JSON.parse(readText('tests/packaging/fixtures/teamsapp-v1.11.schema.json'))),
);

const Action = z.object({
  uses: z.string(),
  with: z.record(z.string(), z.unknown()).default({}),
  writeToEnvironmentFile: z.record(z.string(), z.string()).default({}),
});
const Project = z.object({ provision: z.array(Action), deploy: z.array(Action), publish: z.array(Action).default([]) });
const lifecycle = (file: string): z.infer<typeof Project> => Project.parse(parse(readText(file)));

/** Names that the environment file gives or that an earlier step writes into it. */
function namesAvailable(environmentFile: string): Set<string> {
  return new Set([...readText(environmentFile).matchAll(/^(\w+)=/gm)].map((match) => match[1] ?? ''));
}

const namesIn = (text: string): string[] => [...text.matchAll(/\$\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1] ?? '');
const outputs = [...readText('infra/main.bicep').matchAll(/^output (\w+) /gm)].map((match) => match[1] ?? '');

for (const { file, environment } of [
  { file: 'teamsapp.yml', environment: 'env/.env.dev' },
  { file: 'teamsapp.local.yml', environment: 'env/.env.local' },
]) {
  describe(file, () => {
    const { provision, deploy, publish } = lifecycle(file);
    const actions = [...provision, ...deploy, ...publish];

    it('is valid by the schema of the toolkit', () => {
      assert.ok(validate(parse(readText(file))), JSON.stringify(validate.errors?.slice(0, 5), undefined, 1));
    });

    it('names only files that exist', () => {
      const given = actions.flatMap((action) => [
        action.with['manifestPath'],
        ...z
          .array(z.record(z.string(), z.string()))
          .parse(action.with['templates'] ?? [])
          .flatMap((template) => [template['path'], template['parameters']]),
      ]);
      for (const path of z.array(z.string()).parse(given.filter((path) => path !== undefined))) {
        assert.ok(existsSync(repositoryFile(path)), path);
      }
    });

    it('uses a variable only after something has given it a value', () => {
      const known = namesAvailable(environment);
      const written = new Set([
        'TEAMSFX_ENV',
        'TAB_DOMAIN',
        'AZURE_SUBSCRIPTION_ID',
        'AZURE_RESOURCE_GROUP_NAME',
        'RESOURCE_SUFFIX',
      ]);
      if (file === 'teamsapp.yml') written.delete('TAB_DOMAIN');
      for (const action of actions) {
        const files = [
          action.with['manifestPath'],
          action.uses === 'arm/deploy' ? './infra/main.parameters.json' : undefined,
        ];
        const texts = [
          JSON.stringify(action.with),
          ...z
            .array(z.string())
            .parse(files.filter((path) => path !== undefined))
            .map(readText),
        ];
        for (const name of texts.flatMap(namesIn))
          assert.ok(written.has(name), `${action.uses} needs ${name} before anything wrote it`);
        for (const name of Object.values(action.writeToEnvironmentFile)) written.add(name);
        if (action.uses === 'arm/deploy') for (const name of outputs) written.add(name);
      }
      for (const name of known)
        assert.ok(
          written.has(name) || name === 'APP_NAME_SUFFIX',
          `${environment} lists ${name}, which nothing writes`,
        );
    });

    it('keeps secrets out of the files that git sees', () => {
      assert.doesNotMatch(readText(environment), /SECRET|PASSWORD/);
      assert.match(readText('env/.gitignore'), /^\.env\.\*\.user$/m);
    });
  });
}

describe('teamsapp.yml', () => {
  const { provision, publish } = lifecycle('teamsapp.yml');

  it('makes no client secret in Azure', () => {
    const apps = provision.filter((action) => action.uses === 'aadApp/create');
    assert.equal(apps.length, 3);
    for (const app of apps) assert.equal(app.with['generateClientSecret'], false);
  });

  it('updates all three Entra apps after Azure has named the host', () => {
    const steps = provision.map((action) => action.uses);
    assert.equal(steps.filter((step) => step === 'aadApp/update').length, 3);
    assert.ok(steps.indexOf('aadApp/update') > steps.indexOf('arm/deploy'));
  });

  it('checks the package before it is published', () => {
    const steps = publish.map((action) => action.uses);
    assert.ok(steps.indexOf('teamsApp/validateAppPackage') < steps.indexOf('teamsApp/publishAppPackage'));
  });
});

describe('teamsapp.local.yml', () => {
  it('writes settings by the names that the product reads', () => {
    const known = readText('api/settings.ts');
    const written = lifecycle('teamsapp.local.yml').deploy.find(
      (action) => action.uses === 'file/createOrUpdateEnvironmentFile',
    );
    const names = Object.keys(z.record(z.string(), z.unknown()).parse(written?.with['envs']));
    assert.ok(names.includes('BACKUP_CLIENT_SECRET'));
    for (const name of names) assert.match(known, new RegExp(`^  ${name}: `, 'm'), name);
  });
});
