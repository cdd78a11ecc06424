import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openApi } from './openapi.ts';
import { paths, type RouteName } from './paths.ts';
import { routes } from './routes.ts';
import type { Route } from './route.ts';

const document = openApi('1.2.3') as {
  readonly paths: Record<
    string,
    Record<
      string,
      { readonly operationId: string; readonly parameters: { readonly name: string; readonly in: string }[] }
    >
  >;
  readonly components: { readonly schemas: Record<string, unknown> };
};

it('documents every route of the table at its method and path', () => {
  for (const name of Object.keys(paths) as RouteName[]) {
    assert.equal(document.paths[paths[name].path]?.[paths[name].method.toLowerCase()]?.operationId, name);
  }
});

it('names every placeholder of a path as a path parameter, and nothing else', () => {
  for (const name of Object.keys(paths) as RouteName[]) {
    const placeholders = [...paths[name].path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const operation = document.paths[paths[name].path]?.[paths[name].method.toLowerCase()];
    assert.deepEqual(
      operation?.parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name),
      placeholders,
      name,
    );
    const route: Route = routes[name];
    assert.deepEqual(Object.keys(route.params?.shape ?? {}), placeholders, name);
  }
});

it('refers only to schemas that are in the document', () => {
  const referred = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
    (match) => match[1] ?? '',
  );
  assert.ok(referred.length > 50);
  for (const id of referred) assert.ok(Object.keys((document.components.schemas[id] ?? {}) as object).length > 0, id);
  assert.doesNotMatch(JSON.stringify(document), /\$defs/);
});
