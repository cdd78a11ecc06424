import { GraphError } from './call.ts';

/** `$select` as a set of names, or undefined when everything is asked for. */
export function selected(text: string | null | undefined): ReadonlySet<string> | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  return new Set(
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
}

/** Leaves what was selected; ids and annotations stay. */
export function project(
  entity: Readonly<Record<string, unknown>>,
  select: ReadonlySet<string> | undefined,
): Record<string, unknown> {
  if (select === undefined) return { ...entity };
  return Object.fromEntries(
    Object.entries(entity).filter(([name]) => name === 'id' || name.includes('@') || select.has(name)),
  );
}

type Entity = Readonly<Record<string, unknown>>;
export type Predicate = (entity: Entity) => boolean;

/** A part of a filter that must hold for every result, so a table index may help. */
export interface Equality {
  readonly name: string;
  readonly operator: string;
  readonly value: unknown;
}

export interface Filter {
  readonly matches: Predicate;
  /** Comparisons joined by `and` at the top. */
  readonly required: readonly Equality[];
}

const TOKEN = /\s*(?:('(?:[^']|'')*')|([A-Za-z_@][\w./@]*)|(-?\d[\w:.+-]*)|([(),:]))/y;

/** The grammar of `$filter` that a backup needs: and, or, not, comparisons, startswith, endswith, contains, any. */
export function parseFilter(text: string): Filter {
  const parser = new FilterParser(tokenize(text), text);
  return parser.parse();
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw invalid(text, at);
    tokens.push(found[0].trim());
  }
  return tokens;
}

const invalid = (text: string, at: number): GraphError =>
  new GraphError(400, 'BadRequest', `Invalid filter clause: Syntax error at position ${at} in '${text}'.`);

const COMPARISONS = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);

class FilterParser {
  readonly #tokens: readonly string[];
  readonly #text: string;
  readonly #required: Equality[] = [];
  #at = 0;

  constructor(tokens: readonly string[], text: string) {
    this.#tokens = tokens;
    this.#text = text;
  }

  parse(): Filter {
    const matches = this.#or();
    if (this.#at < this.#tokens.length) throw invalid(this.#text, this.#at);
    return { matches, required: this.#tokens.includes('or') || this.#tokens.includes('not') ? [] : this.#required };
  }

  #or(): Predicate {
    let left = this.#and();
    while (this.#take('or')) {
      const [first, second] = [left, this.#and()];
      left = (entity) => first(entity) || second(entity);
    }
    return left;
  }

  #and(): Predicate {
    let left = this.#unary();
    while (this.#take('and')) {
      const [first, second] = [left, this.#unary()];
      left = (entity) => first(entity) && second(entity);
    }
    return left;
  }

  #unary(): Predicate {
    if (this.#take('not')) {
      const inner = this.#unary();
      return (entity) => !inner(entity);
    }
    if (this.#take('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    const name = this.#next();
    if (['startswith', 'endswith', 'contains'].includes(name)) return this.#textFunction(name);
    if (name.endsWith('/any')) return this.#any(name.slice(0, -'/any'.length));
    return this.#comparison(name);
  }

  #textFunction(name: string): Predicate {
    this.#expect('(');
    const property = this.#next();
    this.#expect(',');
    const wanted = String(literal(this.#next())).toLowerCase();
    this.#expect(')');
    return (entity) => {
      const text = String(valueOf(entity, property) ?? '').toLowerCase();
      if (name === 'startswith') return text.startsWith(wanted);
      return name === 'endswith' ? text.endsWith(wanted) : text.includes(wanted);
    };
  }

  #any(collection: string): Predicate {
    this.#expect('(');
    const variable = this.#next();
    this.#expect(':');
    const inner = this.#or();
    this.#expect(')');
    return (entity) => {
      const members = valueOf(entity, collection);
      return Array.isArray(members) && members.some((member) => inner({ ...entity, [variable]: member }));
    };
  }

  #comparison(name: string): Predicate {
    const operator = this.#next();
    if (!COMPARISONS.has(operator)) throw invalid(this.#text, this.#at);
    const wanted = literal(this.#next());
    this.#required.push({ name, operator, value: wanted });
    return (entity) => compare(valueOf(entity, name), operator, wanted);
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw invalid(this.#text, this.#at);
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw invalid(this.#text, this.#at);
    this.#at += 1;
    return token;
  }
}

function literal(token: string): unknown {
  if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
  if (token === 'true' || token === 'false') return token === 'true';
  if (token === 'null') return null;
  return /^-?\d+(\.\d+)?$/.test(token) ? Number(token) : token;
}

function valueOf(entity: Entity, path: string): unknown {
  return path
    .split('/')
    .reduce<unknown>(
      (value, name) => (value === null || value === undefined ? undefined : (value as Entity)[name]),
      entity,
    );
}

function compare(value: unknown, operator: string, wanted: unknown): boolean {
  const [left, right] = comparable(value, wanted);
  if (operator === 'eq') return left === right;
  if (operator === 'ne') return left !== right;
  if (left === null || right === null || typeof left === 'boolean' || typeof right === 'boolean') return false;
  if (operator === 'gt') return left > right;
  if (operator === 'ge') return left >= right;
  return operator === 'lt' ? left < right : left <= right;
}

type Comparable = string | number | boolean | null;

function comparable(value: unknown, wanted: unknown): [Comparable, Comparable] {
  if (typeof value === 'string' && typeof wanted === 'string') {
    const [a, b] = [Date.parse(value), Date.parse(wanted)];
    if (/^\d{4}-\d\d-\d\d/.test(wanted) && !Number.isNaN(a) && !Number.isNaN(b)) return [a, b];
    return [value.toLowerCase(), wanted.toLowerCase()];
  }
  return [(value ?? null) as Comparable, wanted as Comparable];
}
