import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { ValidateFunction } from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GraphError, type Call } from './call.ts';
import type { Recorder } from './recorder.ts';
import type { SchemaCheck } from './schemaCheck.ts';

interface Media {
  readonly schema?: unknown;
}
interface OpenApi {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
            readonly responses: Readonly<Record<string, unknown>>;
          }
        >
      >
    >
  >;
}

const FILES = { 'v1.0': 'graph-v1-subset.openapi.json', beta: 'graph-beta-subset.openapi.json' } as const;

/** Validates every request and answer against the OpenAPI files in `folder`; what differs is recorded as `schema`. */
export function openApiCheck(folder: string, recorder: Recorder): SchemaCheck {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true, formats: { int16: true } });
  addFormats.default(ajv);
  const documents = new Map<string, OpenApi>();
  for (const [version, file] of Object.entries(FILES)) {
    const document = JSON.parse(readFileSync(join(folder, file), 'utf8')) as OpenApi;
    documents.set(version, document);
    ajv.addSchema(document as object, version);
  }
  const compiled = new Map<string, ValidateFunction>();
  const validator = (version: string, pointer: readonly string[]): ValidateFunction => {
    const reference = `${version}#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
    const known = compiled.get(reference) ?? ajv.compile({ $ref: reference });
    compiled.set(reference, known);
    return known;
  };
  const report = (call: Call, what: string, validate: ValidateFunction, value: unknown): boolean => {
    if (validate(value)) return true;
    const details = (validate.errors ?? [])
      .filter((error) => error.keyword !== 'anyOf' && error.keyword !== 'type')
      .slice(0, 6);
    const shown = (details.length > 0 ? details : (validate.errors ?? []).slice(0, 6)).map(
      (error) => `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
    );
    recorder.violation('schema', `${call.method} ${call.path}`, `${what}: ${shown.join('; ')}`);
    return false;
  };

  return {
    checkRequest: (call, value) => {
      const { version, path } = call.match.rule;
      const method = call.method.toLowerCase();
      if (documents.get(version)?.paths[path]?.[method]?.requestBody?.content['application/json'] === undefined) return;
      const valid = report(
        call,
        'request',
        validator(version, ['paths', path, method, 'requestBody', 'content', 'application/json', 'schema']),
        value,
      );
      if (!valid) throw new GraphError(400, 'RequestBodyRead', 'The body does not fit the type of the request.');
    },
    checkReply: (call, reply) => {
      const { version, path } = call.match.rule;
      const method = call.method.toLowerCase();
      const responses = documents.get(version)?.paths[path]?.[method]?.responses ?? {};
      const declared = responses[String(reply.status)] as { content?: Readonly<Record<string, Media>> } | undefined;
      if (declared === undefined)
        recorder.violation(
          'schema',
          `${call.method} ${call.path}`,
          `answer: status ${reply.status} is not declared, only ${Object.keys(responses).join(', ')}`,
        );
      else if (reply.json !== undefined && declared.content?.['application/json'] !== undefined) {
        const plain = JSON.parse(JSON.stringify(reply.json)) as unknown;
        report(
          call,
          'answer',
          validator(version, [
            'paths',
            path,
            method,
            'responses',
            String(reply.status),
            'content',
            'application/json',
            'schema',
          ]),
          plain,
        );
      }
    },
  } satisfies SchemaCheck;
}
