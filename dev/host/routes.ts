/** Route templates of HTTP functions: constraints and precedence as ASP.NET routing has them. */

export interface Route<T> {
  readonly methods: readonly string[];
  /** Relative to the host's root: `api/runs/{id:regex(^[0-9a-f]{{32}}$)}`. */
  readonly template: string;
  readonly target: T;
}

export interface RouteMatch<T> {
  readonly target: T;
  readonly params: Readonly<Record<string, string>>;
}

interface Segment {
  /** Lower goes first: literal 1, constrained 2, plain 3, catch-all constrained 4, catch-all 5. */
  readonly rank: number;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly isCatchAll: boolean;
  readonly isOptional: boolean;
  readonly constraints: readonly { readonly name: string; holds(value: string): boolean }[];
}

interface Compiled<T> {
  readonly route: Route<T>;
  readonly segments: readonly Segment[];
}

/** The first route that fits by precedence, or undefined. Throws now for a template that can never work. */
export function routeTable<T>(
  routes: readonly Route<T>[],
): (method: string, path: string) => RouteMatch<T> | undefined {
  const table = routes
    .map((route): Compiled<T> => ({ route, segments: splitTemplate(route.template).map(compileSegment) }))
    .toSorted(byPrecedence);
  return (method, path) => {
    const parts = path.split('/').filter((part) => part !== '');
    for (const { route, segments } of table) {
      if (!route.methods.includes(method)) continue;
      const params = matchSegments(segments, parts);
      if (params !== undefined) return { target: route.target, params };
    }
    return undefined;
  };
}

function byPrecedence<T>(a: Compiled<T>, b: Compiled<T>): number {
  const length = Math.min(a.segments.length, b.segments.length);
  for (let index = 0; index < length; index++) {
    const difference = (a.segments[index]?.rank ?? 0) - (b.segments[index]?.rank ?? 0);
    if (difference !== 0) return difference;
  }
  return a.segments.length - b.segments.length;
}

function matchSegments(segments: readonly Segment[], parts: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const raw = segment.isCatchAll ? parts.slice(index).join('/') : parts[index];
    if (raw === undefined || (raw === '' && segment.isCatchAll)) {
      if (segment.isOptional || segment.isCatchAll) return index >= parts.length ? params : undefined;
      return undefined;
    }
    const match = segment.pattern.exec(decode(raw));
    if (match === null) return undefined;
    for (const [place, name] of segment.names.entries()) params[name] = match[place + 1] ?? '';
    if (!segment.constraints.every((constraint) => constraint.holds(params[constraint.name] ?? ''))) return undefined;
    if (segment.isCatchAll) return params;
  }
  return parts.length > segments.length ? undefined : params;
}

/** As Kestrel does: everything is unescaped but an escaped slash, which must not become a border between segments. */
function decode(text: string): string {
  try {
    return text.split(/%2f/i).map(decodeURIComponent).join('%2F');
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

/** Splits at slashes outside braces: a regex constraint may hold one. */
function splitTemplate(template: string): string[] {
  const segments: string[] = [''];
  let depth = 0;
  for (const char of template) {
    if (char === '{') depth++;
    if (char === '}') depth--;
    if (char === '/' && depth === 0) segments.push('');
    else segments[segments.length - 1] += char;
  }
  if (depth !== 0) throw new Error(`Route "${template}" has braces that do not close`);
  return segments.filter((segment) => segment !== '');
}

function compileSegment(text: string): Segment {
  const pieces = splitParameters(text);
  const parameters = pieces.flatMap((piece) =>
    piece.parameter === undefined ? [] : [parseParameter(piece.parameter)],
  );
  const isCatchAll = parameters.some((parameter) => parameter.isCatchAll);
  if (isCatchAll && pieces.length > 1) throw new Error(`Route segment "${text}": a catch-all stands alone`);
  const source = pieces
    .map((piece) => (piece.literal === undefined ? '([\\s\\S]+?)' : RegExp.escape(piece.literal)))
    .join('');
  const constraints = parameters.flatMap((parameter) =>
    parameter.constraints.map((holds) => ({ name: parameter.name, holds })),
  );
  const rank = parameters.length === 0 ? 1 : (isCatchAll ? 4 : 2) + (constraints.length === 0 ? 1 : 0);
  return {
    rank,
    pattern: new RegExp(`^${source}$`, 'i'),
    names: parameters.map((parameter) => parameter.name),
    isCatchAll,
    isOptional: parameters.length === 1 && parameters[0]?.isOptional === true,
    constraints,
  };
}

function splitParameters(text: string): { literal?: string; parameter?: string }[] {
  const pieces: { literal?: string; parameter?: string }[] = [];
  let rest = text;
  while (rest !== '') {
    const open = rest.indexOf('{');
    if (open !== 0) pieces.push({ literal: open < 0 ? rest : rest.slice(0, open) });
    if (open < 0) break;
    const close = closingBrace(rest, open);
    pieces.push({ parameter: rest.slice(open + 1, close) });
    rest = rest.slice(close + 1);
  }
  return pieces;
}

function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let index = open; index < text.length; index++) {
    if (text[index] === '{') depth++;
    if (text[index] === '}' && --depth === 0) return index;
  }
  throw new Error(`Route segment "${text}" has braces that do not close`);
}

interface Parameter {
  readonly name: string;
  readonly isCatchAll: boolean;
  readonly isOptional: boolean;
  readonly constraints: readonly ((value: string) => boolean)[];
}

function parseParameter(text: string): Parameter {
  const match = /^(\*{0,2})([A-Za-z_][\w-]*)((?::[\s\S]*?)?)(\??)$/.exec(text);
  if (match === null) throw new Error(`Route parameter "{${text}}" is not understood`);
  const [, stars = '', name = '', constraints = '', optional = ''] = match;
  return {
    name,
    isCatchAll: stars !== '',
    isOptional: optional === '?',
    constraints: splitConstraints(constraints).map(parseConstraint),
  };
}

/** `:int:range(1,9)` → `int`, `range(1,9)`; a colon inside parentheses belongs to the constraint. */
function splitConstraints(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  for (const char of text) {
    if (char === ':' && depth === 0) {
      found.push('');
      continue;
    }
    if (char === '(') depth++;
    if (char === ')') depth--;
    found.push((found.pop() ?? '') + char);
  }
  return found;
}

const NUMBER = /^[+-]?\d+$/;

function parseConstraint(text: string): (value: string) => boolean {
  const match = /^([a-z]+)(?:\(([\s\S]*)\))?$/i.exec(text);
  const name = match?.[1]?.toLowerCase();
  const argument = match?.[2] ?? '';
  const [low = 0, high = low] = argument.split(',').map(Number);
  switch (name) {
    case 'int':
    case 'long':
      return (value) => NUMBER.test(value);
    case 'bool':
      return (value) => /^(true|false)$/i.test(value);
    case 'guid':
      return (value) => /^\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i.test(value);
    case 'alpha':
      return (value) => /^[a-z]*$/i.test(value);
    case 'required':
      return (value) => value !== '';
    case 'length':
      return (value) => value.length >= low && value.length <= high;
    case 'minlength':
      return (value) => value.length >= low;
    case 'maxlength':
      return (value) => value.length <= low;
    case 'min':
      return (value) => NUMBER.test(value) && Number(value) >= low;
    case 'max':
      return (value) => NUMBER.test(value) && Number(value) <= low;
    case 'range':
      return (value) => NUMBER.test(value) && Number(value) >= low && Number(value) <= high;
    case 'regex': {
      // In a template a brace of the expression is written twice.
      const expression = new RegExp(argument.replaceAll('{{', '{').replaceAll('}}', '}'), 'i');
      return (value) => expression.test(value);
    }
    default:
      throw new Error(`Route constraint "${text}" is not known`);
  }
}
