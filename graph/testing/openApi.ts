import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** Where the published contract lies beside the repository. */
export const CONTRACT_FOLDER = path.resolve(import.meta.dirname, '../../../shared/graph');

interface Operation {
  readonly operationId: string;
  readonly 'x-app-only'?: 'yes' | 'no' | 'unlisted';
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
}
interface Parameter {
  readonly $ref?: string;
  readonly name?: string;
  readonly in?: string;
}
type PathItem = Readonly<Record<string, unknown>> & {
  readonly 'x-match': string;
  readonly parameters?: readonly Parameter[];
};
interface OpenApi {
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: { readonly parameters: Readonly<Record<string, Parameter>> };
}
interface Permissions {
  readonly operations: readonly {
    readonly method: string;
    readonly path: string;
    readonly version: string;
    readonly application?: { readonly leastPrivileged?: readonly string[]; readonly otherAccepted?: readonly string[] };
  }[];
}

/** What the contract says of one request; undefined where it knows no such path. */
export interface Declared {
  readonly path: string;
  readonly operation: Operation | undefined;
  readonly queryNames: ReadonlySet<string>;
  /** Application permissions of which one is enough; empty: not published. */
  readonly accepted: readonly string[];
  /** Why a JSON body is not what the operation takes; undefined when it is. */
  bodyFault(body: unknown): string | undefined;
}

export interface GraphContract {
  find(method: string, pathname: string): Declared | undefined;
}

/** The published contract; undefined when it is not there (then nothing is checked, and tests say so). */
export function loadGraphContract(): GraphContract | undefined {
  const file = path.join(CONTRACT_FOLDER, 'graph-v1-subset.openapi.json');
  if (!existsSync(file)) return undefined;
  const document = JSON.parse(readFileSync(file, 'utf8')) as OpenApi;
  const permissions = JSON.parse(readFileSync(path.join(CONTRACT_FOLDER, 'permissions.json'), 'utf8')) as Permissions;
  const ajv = new Ajv2020({ strict: false, validateFormats: true, allErrors: false, logger: false });
  addFormats.default(ajv);
  ajv.addSchema({ ...document, $id: 'graph' });
  const paths = Object.entries(document.paths).map(([key, item]) => ({
    key,
    item,
    matches: new RegExp(item['x-match'], 'i'),
    literals: key.split('/').filter((part) => !part.includes('{')).length,
  }));

  const bodyFault = (
    key: string,
    method: string,
    operation: Operation | undefined,
    body: unknown,
  ): string | undefined => {
    if (operation?.requestBody?.content['application/json'] === undefined)
      return body === undefined || isEmpty(body) ? undefined : 'takes no JSON body';
    const pointer = ['paths', key, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema']
      .map(escaped)
      .join('/');
    const validate = ajv.getSchema(`graph#/${pointer}`);
    if (validate === undefined) throw new Error(`No schema at ${pointer}`);
    return validate(body) === true ? undefined : ajv.errorsText(validate.errors);
  };

  return {
    find(method, pathname) {
      const [best] = paths.filter(({ matches }) => matches.test(pathname)).toSorted((a, b) => b.literals - a.literals);
      if (best === undefined) return undefined;
      const operation = best.item[method.toLowerCase()] as Operation | undefined;
      const parameters = [...(best.item.parameters ?? []), ...(operation?.parameters ?? [])].map((parameter) =>
        parameter.$ref === undefined
          ? parameter
          : (document.components.parameters[parameter.$ref.split('/').at(-1) ?? ''] ?? parameter),
      );
      const entry = permissions.operations.find(
        (one) => one.version === 'v1.0' && one.method === method && one.path === best.key,
      );
      return {
        path: best.key,
        operation,
        queryNames: new Set(parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name ?? '')),
        accepted: [...(entry?.application?.leastPrivileged ?? []), ...(entry?.application?.otherAccepted ?? [])],
        bodyFault: (body) => bodyFault(best.key, method, operation, body),
      };
    },
  };
}

const escaped = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

const isEmpty = (body: unknown): boolean => typeof body === 'object' && body !== null && Object.keys(body).length === 0;
