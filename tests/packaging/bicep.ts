/** Reads Bicep with its tree-sitter grammar: syntax errors by line, and resources as plain values. */
import { createRequire } from 'node:module';
import { Language, type Node, Parser } from 'web-tree-sitter';
import { readText } from './files.ts';

const { resolve } = createRequire(import.meta.url);
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(resolve('tree-sitter-bicep/tree-sitter-bicep.wasm')));

export interface Resource {
  readonly symbol: string;
  readonly type: string;
  readonly body: Value;
}
/** Literals as they are; an expression as its source text. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

export interface Parameter {
  readonly name: string;
  readonly optional: boolean;
}

export interface BicepFile {
  readonly text: string;
  readonly errors: readonly string[];
  readonly resources: readonly Resource[];
  /** Modules in the shape of resources; `type` is the path, `body.params` what they are given. */
  readonly modules: readonly Resource[];
  readonly parameters: readonly Parameter[];
  readonly outputs: readonly string[];
}

export function readBicep(path: string): BicepFile {
  const text = readText(path);
  const tree = parser.parse(text);
  if (tree === null) throw new Error(`${path} could not be parsed at all`);
  const nodes = [...everyNode(tree.rootNode)];
  const declarations = (type: string): Node[] => nodes.filter((node) => node.type === type);
  return {
    text,
    errors: nodes
      .filter((node) => node.isError || node.isMissing)
      .map((node) => `${path}:${node.startPosition.row + 1} ${node.text.slice(0, 60)}`),
    resources: declarations('resource_declaration').map(toResource),
    modules: declarations('module_declaration').map(toResource),
    parameters: declarations('parameter_declaration').map((node) => ({
      name: nameOf(node),
      optional: node.text.includes('='),
    })),
    outputs: declarations('output_declaration').map(nameOf),
  };
}

const nameOf = (node: Node): string => node.namedChildren.find((child) => child?.type === 'identifier')?.text ?? '';

function* everyNode(node: Node): Generator<Node> {
  yield node;
  for (const child of node.children) if (child !== null) yield* everyNode(child);
}

function toResource(node: Node): Resource {
  const named = node.namedChildren.filter((child) => child !== null);
  const type = named.find((child) => child.type === 'string')?.text.slice(1, -1) ?? '';
  const object = [...everyNode(node)].find((child) => child.type === 'object');
  return { symbol: nameOf(node), type, body: object === undefined ? {} : toValue(object) };
}

function toValue(node: Node): Value {
  const named = node.namedChildren.filter((child) => child !== null && child.type !== 'comment');
  switch (node.type) {
    case 'object': {
      const entries = named
        .filter((child) => child?.type === 'object_property')
        .map((property) => {
          const [key, value] = property?.namedChildren.filter((child) => child !== null) ?? [];
          const name = (key?.text ?? '').replaceAll(/^'|'$/g, '');
          return [name, value === undefined ? '' : toValue(value)] as const;
        });
      return Object.fromEntries(entries);
    }
    case 'array':
      return named.flatMap((child) => (child === null ? [] : [toValue(child)]));
    case 'string':
      return node.text.slice(1, -1);
    case 'boolean':
      return node.text === 'true';
    case 'number':
      return Number(node.text);
    default:
      return node.text;
  }
}
