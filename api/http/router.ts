import { paths, type RouteName } from '../../contract/paths.ts';
import { routes } from '../../contract/routes.ts';

export type Match =
  | { readonly kind: 'route'; readonly name: RouteName; readonly params: Readonly<Record<string, string>> }
  /** The path is known, the method is not. */
  | { readonly kind: 'method'; readonly allowed: readonly string[] }
  | { readonly kind: 'none' };

interface Compiled {
  readonly name: RouteName;
  readonly pattern: RegExp;
  readonly methods: readonly string[];
}

/** HEAD is answered where bytes are: it says what a GET would, without the bytes. */
export const methodsOf = (name: RouteName): readonly ('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE')[] =>
  routes[name].answer.kind === 'bytes' ? [paths[name].method, 'HEAD'] : [paths[name].method];

const table: readonly Compiled[] = (Object.keys(paths) as RouteName[])
  .map((name) => ({
    name,
    methods: methodsOf(name),
    pattern: new RegExp(`^/api${paths[name].path.replaceAll('.', '\\.').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
  }))
  .toSorted((a, b) => placeholders(a.name) - placeholders(b.name));

function placeholders(name: RouteName): number {
  return paths[name].path.split('{').length;
}

/** The route of a method and a path below the root, such as `/api/runs/…`. */
export function matchRoute(method: string, path: string): Match {
  const fitting = table.flatMap(({ name, methods, pattern }) => {
    const match = pattern.exec(path);
    return match === null ? [] : [{ name, methods, params: { ...match.groups } }];
  });
  const found = fitting.find(({ methods }) => methods.some((allowed) => allowed === method));
  if (found !== undefined) return { kind: 'route', name: found.name, params: found.params };
  if (fitting.length === 0) return { kind: 'none' };
  return { kind: 'method', allowed: [...new Set(fitting.flatMap(({ methods }) => methods))] };
}
