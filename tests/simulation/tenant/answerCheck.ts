import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Transport } from '../../../graph/transport.ts';
import { CONTRACT_FOLDER } from '../../../graph/testing/openApi.ts';
import { Body } from './body.ts';
import { GRAPH } from './graph/request.ts';

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> } | undefined>>;
}
type PathItem = Readonly<Record<string, Operation | undefined>>;
interface OpenApi {
  readonly paths: Readonly<Record<string, PathItem & { readonly 'x-match': string }>>;
}

/** Holds what the tenant answers against what Microsoft publishes of its answers. */
export interface AnswerCheck {
  /** The same transport; what it answers is read and checked on its way. */
  over(transport: Transport): Transport;
  /** A line for each answer that is not as published. */
  readonly faults: readonly string[];
  readonly checked: number;
}

/** Undefined where the published contract is not beside the repository. */
export function answerCheck(): AnswerCheck | undefined {
  const file = path.join(CONTRACT_FOLDER, 'graph-v1-subset.openapi.json');
  if (!existsSync(file)) return undefined;
  const document = JSON.parse(readFileSync(file, 'utf8')) as OpenApi;
  const ajv = new Ajv2020({
    strict: false,
    validateFormats: true,
    allErrors: true,
    formats: { int16: true },
    logger: false,
  });
  addFormats.default(ajv);
  ajv.addSchema({ ...document, $id: 'answers' });
  const paths = Object.entries(document.paths).map(([key, item]) => ({
    key,
    item,
    matches: new RegExp(item['x-match'], 'i'),
    literals: key.split('/').filter((part) => !part.includes('{')).length,
  }));
  const faults = new Set<string>();
  let checked = 0;

  const validatorOf = (key: string, method: string, status: number): ValidateFunction | undefined => {
    const pointer = ['paths', key, method, 'responses', String(status), 'content', 'application/json', 'schema'];
    const escaped = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
    return ajv.getSchema(`answers#/${escaped.join('/')}`);
  };
  const check = (method: string, pathname: string, status: number, body: unknown): void => {
    if (status >= 400 || status === 302) return;
    const [best] = paths.filter(({ matches }) => matches.test(pathname)).toSorted((a, b) => b.literals - a.literals);
    const declared = best?.item[method.toLowerCase()]?.responses;
    if (best === undefined || declared === undefined) return;
    checked += 1;
    const name = `${method} ${best.key} ${status}`;
    if (declared[String(status)] === undefined) {
      faults.add(`${name} is not declared, only ${Object.keys(declared).join(', ')}`);
      return;
    }
    const validate = body === undefined ? undefined : validatorOf(best.key, method.toLowerCase(), status);
    if (validate === undefined || validate(body) === true) return;
    const wrong = (validate.errors ?? [])
      .toSorted((one, other) => other.instancePath.length - one.instancePath.length)
      .slice(0, 3);
    faults.add(
      `${name}: ${wrong.map((one) => `${one.instancePath} ${one.message} ${JSON.stringify(one.params)}`).join('; ')}`,
    );
  };

  return {
    over: (transport) => ({
      close: () => transport.close(),
      async send(order) {
        const received = await transport.send(order);
        const isJson = (received.headers['content-type'] ?? '').startsWith('application/json');
        if (!order.url.startsWith(`${GRAPH}/v1.0/`)) return received;
        const text = isJson ? await textOf(received.body) : undefined;
        const body: unknown = text === undefined ? undefined : JSON.parse(text);
        const pathname = new URL(order.url).pathname.replace(/^\/v1\.0/, '');
        check(order.method, pathname, received.status, body);
        if (pathname === '/$batch') for (const part of partsOf(order.body, body)) check(...part);
        if (text === undefined) return received;
        return { ...received, body: new Body([Buffer.from(text)], { error: undefined, done: () => undefined }) };
      },
    }),
    get faults() {
      return [...faults];
    },
    get checked() {
      return checked;
    },
  };
}

type Checked = readonly [method: string, pathname: string, status: number, body: unknown];

function partsOf(asked: unknown, answered: unknown): readonly Checked[] {
  const { requests } = JSON.parse(String(asked)) as {
    readonly requests: readonly { readonly id: string; readonly method: string; readonly url: string }[];
  };
  const { responses } = answered as {
    readonly responses: readonly { readonly id: string; readonly status: number; readonly body: unknown }[];
  };
  return responses.flatMap(({ id, status, body }) => {
    const request = requests.find((one) => one.id === id);
    return request === undefined ? [] : [[request.method, request.url.split('?')[0] ?? '', status, body] as const];
  });
}
