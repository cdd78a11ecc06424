import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One method of one path: who may call it with which query names and top-level body properties. */
export interface Operation {
  /** Any one of these application roles suffices; empty: every valid token may. */
  readonly roles: readonly string[];
  readonly query: readonly string[];
  readonly delegatedOnly?: boolean;
  /** Declared top-level properties of a JSON body; absent: the operation takes no JSON body. */
  readonly body?: readonly string[];
}

export interface PathRule {
  readonly version: 'v1.0' | 'beta';
  /** Documented form, such as /users/{user-id}/messages/{message-id}. */
  readonly path: string;
  /** Regular expression (case-insensitive) for the URL path after the version. */
  readonly match: string;
  readonly methods: Readonly<Record<string, Operation>>;
}

export interface Contract {
  readonly paths: readonly PathRule[];
}

interface CompiledRule {
  readonly rule: PathRule;
  readonly pattern: RegExp;
  readonly literals: number;
}

/** What a URL path means: the declared path and its decoded parameters, in the order of the path. */
export interface PathMatch {
  readonly rule: PathRule;
  readonly parameters: readonly string[];
}

const compiled: readonly CompiledRule[] = load();

function load(): CompiledRule[] {
  const lines = readFileSync(join(import.meta.dirname, 'operations.jsonl'), 'utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PathRule)
    .map((rule) => ({
      rule,
      // Every open class in x-match ("[^/]+", "[^:]+", …) stands for one path parameter.
      pattern: new RegExp(rule.match.replace(/\[\^[^\]]*\][+*]/g, '($&)'), 'i'),
      literals: rule.path.split('/').filter((segment) => segment !== '' && !segment.includes('{')).length,
    }))
    .sort((a, b) => b.literals - a.literals);
}

/** Finds the declared path for a raw URL path without its version; the one with most literal segments wins. */
export function matchPath(version: string, path: string): PathMatch | undefined {
  if (/%(?![0-9a-f]{2})/i.test(path)) return undefined;
  const normal = path.replace(/\('([^']*)'\)(?=\/|$)/g, '/$1');
  for (const { rule, pattern } of compiled) {
    if (rule.version !== version) continue;
    const found = pattern.exec(path) ?? pattern.exec(normal);
    if (found !== null) return { rule, parameters: found.slice(1).map((value) => decodeURIComponent(value ?? '')) };
  }
  return undefined;
}
