import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openApi } from '../../contract/openapi.ts';
import { paths, type RouteName } from '../../contract/paths.ts';
import { routes } from '../../contract/routes.ts';
import { furnished } from '../testing/furnished.ts';
import { carl } from '../testing/people.ts';

const admin = ['Backup.Admin'] as const;

describe('the document', () => {
  it('describes what is really answered', async () => {
    const world = await furnished();
    const token = await world.signIn.person(carl, admin);
    const client = world.client(token);
    const { id: run } = await client.call('startPolicyRun', { params: { id: world.policy.id } });
    const { id: request } = await client.call('createRestore', {
      body: {
        selection: { resourceId: world.mail.anna.id },
        destination: { kind: 'download' },
        reason: 'asked by phone',
      },
    });
    const { id: verification } = await client.call('startVerification', {});
    const { id: drill } = await client.call('startDrill', {});
    const ids: Readonly<Record<string, string>> = {
      runs: run,
      policies: world.policy.id,
      'restore-requests': request,
      verifications: verification,
      drills: drill,
    };
    const item = world.itemId(world.mail.anna, 'Budget');
    const document = openApi('0.0.0-test') as {
      readonly paths: Record<
        string,
        Record<
          string,
          { readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: object }> }> }
        >
      >;
      readonly components: object;
    };
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    (addFormats as unknown as (target: Ajv2020) => void)(ajv);
    ajv.addSchema({ $id: 'https://holdfast.example/openapi', components: document.components });

    let checked = 0;
    for (const name of Object.keys(paths) as RouteName[]) {
      const { method, path } = paths[name];
      const schema =
        document.paths[path]?.[method.toLowerCase()]?.responses['200']?.content?.['application/json']?.schema;
      if (method !== 'GET' || schema === undefined || routes[name].answer.kind === 'bytes') continue;
      const id = ids[path.split('/')[1] ?? ''] ?? world.mail.anna.id;
      const address = path
        .replace('{id}', id)
        .replace('{itemId}', item)
        .replace('{name}', 'access')
        .replace('{kind}', 'coverage');
      const answer = await world.send(`/api${address}`, { token });
      assert.equal(answer.status, 200, `${name}: ${address}`);
      const absolute = JSON.parse(
        JSON.stringify(schema).replaceAll('"#/components', '"https://holdfast.example/openapi#/components'),
      ) as object;
      const validate = ajv.compile(absolute);
      assert.ok(validate(await answer.json()), `${name}: ${ajv.errorsText(validate.errors)}`);
      checked++;
    }
    assert.ok(checked >= 20, String(checked));
  });
});
