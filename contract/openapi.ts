import { z } from 'zod';
import { paths, type RouteName } from './paths.ts';
import { Problem } from './problem.ts';
import type { Answer, Route } from './route.ts';
import { routes } from './routes.ts';

type Json = Record<string, unknown>;

/** OpenAPI 3.1 of the whole table. Component schemas are the shapes that carry an id. */
export function openApi(version: string): Json {
  const components: Json = {};
  const schemaOf = (schema: z.ZodType): Json =>
    hoist(
      z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input', unrepresentable: 'any', override: plainTimes }),
      components,
    );

  const operations: Record<string, Json> = {};
  for (const name of Object.keys(paths) as RouteName[]) {
    const { method, path } = paths[name];
    const item = (operations[path] ??= {});
    const operation = operationOf(name, routes[name], schemaOf);
    item[method.toLowerCase()] = operation;
    if (routes[name].answer.kind === 'bytes') item['head'] = { ...operation, operationId: `${name}Head` };
  }
  schemaOf(Problem);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast',
      version,
      description:
        'Backup and restore for Microsoft 365. Errors are RFC 9457 problem documents; lists page with `pageToken`; times are ISO 8601 UTC.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/api' }],
    paths: operations,
    components: {
      schemas: components,
      securitySchemes: {
        entra: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Access token of Entra for this API: scope `access_as_user`',
        },
      },
    },
  };
}

function operationOf(name: string, route: Route, schemaOf: (schema: z.ZodType) => Json): Json {
  return {
    operationId: name,
    summary: route.summary,
    description: route.allow === 'anyone' ? 'No token needed.' : `For: ${route.allow.join(', ')}.`,
    security: route.allow === 'anyone' ? [] : [{ entra: [] }],
    'x-allow': route.allow,
    parameters: [
      ...parametersOf('path', route.params, schemaOf),
      ...parametersOf('query', route.query, schemaOf),
      ...(route.headers ?? []).map((header) => ({
        name: header,
        in: 'header',
        required: false,
        schema: { type: 'string' },
      })),
    ],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: !route.body.safeParse(undefined).success,
            content: { 'application/json': { schema: schemaOf(route.body) } },
          },
        }),
    responses: { ...answersOf(route.answer, schemaOf), ...problemsOf(route) },
  };
}

function parametersOf(
  where: 'path' | 'query',
  object: z.ZodObject | undefined,
  schemaOf: (schema: z.ZodType) => Json,
): Json[] {
  if (object === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(object) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

function answersOf(answer: Answer, schemaOf: (schema: z.ZodType) => Json): Json {
  switch (answer.kind) {
    case 'json':
      return {
        [answer.status]: { description: 'Done', content: { 'application/json': { schema: schemaOf(answer.schema) } } },
      };
    case 'report':
      return {
        200: {
          description: 'The report',
          content: {
            'application/json': { schema: schemaOf(answer.schema) },
            'text/csv': { schema: { type: 'string' } },
          },
        },
      };
    case 'empty':
      return { 204: { description: 'Done' } };
    case 'bytes': {
      const content = Object.fromEntries(
        answer.mediaTypes.map((type) => [type, { schema: { type: 'string', format: 'binary' } }]),
      );
      return {
        200: { description: 'The bytes', content },
        206: { description: 'The range asked for', content },
        416: problem('No such range'),
      };
    }
  }
}

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

function problemsOf(route: Route): Json {
  return {
    400: problem('Bad input: `errors` names the fields'),
    ...(route.allow === 'anyone'
      ? {}
      : { 401: problem('No token that counts'), 403: problem('Your role does not allow this') }),
    ...(route.params === undefined ? {} : { 404: problem('Not found, or not yours') }),
    ...(route.body === undefined && route.headers?.includes('If-Match') !== true
      ? {}
      : { 409: problem('Not possible in its present state') }),
    ...(route.headers?.includes('If-Match') === true ? { 412: problem('Somebody else changed it meanwhile') } : {}),
    429: problem('Too many calls: wait for Retry-After seconds'),
    default: problem('What went wrong, with a reference'),
  };
}

/** `date-time` says it all; zod's pattern beside it is 300 characters of noise. */
function plainTimes({
  jsonSchema,
}: {
  readonly jsonSchema: { format?: string | undefined; pattern?: string | undefined };
}): void {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
}

/** Moves `$defs` to the document's components and lets references point there. */
function hoist(schema: object, components: Json): Json {
  const {
    $defs = {},
    $schema: _,
    ...rest
  } = JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as {
    $defs?: Json;
    $schema?: string;
  } & Json;
  for (const [id, definition] of Object.entries($defs)) components[id] ??= definition;
  return rest;
}
