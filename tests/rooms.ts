import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync, Visitor } from 'rolldown/utils';

/** What a room may reach into besides itself, and the sentence that a developer reads who tries more. */
interface Room {
  readonly mayImport: readonly string[];
  readonly because: string;
  /** Packages that would drag a foreign world into the room. */
  readonly neverPackages?: RegExp;
}

const ANY_CLOUD = /^(@azure\/|@microsoft\/|botbuilder|botframework|@fluentui\/|react(-dom)?$|undici$)/;

const ROOMS: Readonly<Record<string, Room>> = {
  engine: {
    mayImport: [],
    because: 'engine/ knows no Azure, no Graph and no Teams: what it needs comes through engine/ports.',
    neverPackages: ANY_CLOUD,
  },
  graph: {
    mayImport: ['engine/fault'],
    because:
      'graph/ speaks HTTP to Microsoft Graph and turns its answers into faults; it knows no repository and no storage.',
    neverPackages: /^(@azure\/(storage|data-tables|keyvault|functions)|botbuilder|@fluentui\/|react)/,
  },
  workloads: {
    mayImport: ['engine', 'graph'],
    because: 'a workload translates between Graph and the connector contract; where bytes are kept is not its matter.',
    neverPackages: /^(@azure\/|botbuilder|@fluentui\/|react)/,
  },
  azure: {
    mayImport: ['engine'],
    because: 'azure/ implements the ports of engine/ and knows nobody else.',
    neverPackages: /^(@microsoft\/|botbuilder|@fluentui\/|react)/,
  },
  contract: {
    mayImport: ['engine/model'],
    because: 'contract/ describes what crosses a process border, in the words of engine/model and nothing else.',
    neverPackages: ANY_CLOUD,
  },
  bot: {
    mayImport: ['engine', 'contract'],
    because: 'the bot turns words and cards into calls; api/ hands it what it needs.',
    neverPackages: /^(@azure\/|@fluentui\/|react)/,
  },
  api: {
    mayImport: ['engine', 'graph', 'workloads', 'azure', 'contract', 'bot'],
    because:
      'api/ alone puts the parts together; it serves the tab as files and never runs on something made for development.',
    neverPackages: /^(@fluentui\/|react|@microsoft\/teams-js)/,
  },
  tabs: {
    mayImport: ['contract'],
    because: 'the console runs in a browser and knows the API by its contract alone.',
    neverPackages: /^(@azure\/(?!msal-browser)|botbuilder|undici$)/,
  },
  cli: {
    mayImport: ['engine', 'azure'],
    because: 'recover must work on the day when Teams, Graph and the catalog are gone.',
    neverPackages: /^(@microsoft\/|botbuilder|@fluentui\/|react)/,
  },
  dev: { mayImport: ['*'], because: '' },
  bench: { mayImport: ['*'], because: '' },
  tests: { mayImport: ['*'], because: '' },
};

const ROOMS_NOBODY_IMPORTS = new Set(['dev', 'bench', 'tests']);

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly why: string;
}

/** Every import of `source` (a file at `file`, relative to the repository) that points outwards, and why that is wrong. */
export function roomViolations(file: string, source: string): Violation[] {
  const from = file.split('/')[0] ?? '';
  const room = ROOMS[from];
  if (room === undefined) return [];
  const found: Violation[] = [];
  const report = (offset: number, why: string) =>
    found.push({ file, line: source.slice(0, offset).split('\n').length, why });

  const check = (specifier: string, offset: number) => {
    const why = specifier.startsWith('.') ? wrongRoom(file, room, specifier) : wrongPackage(file, room, specifier);
    if (why !== undefined) report(offset, why);
  };
  new Visitor({
    ImportDeclaration: (node) => check(node.source.value, node.start),
    ExportAllDeclaration: (node) => check(node.source.value, node.start),
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) check(node.source.value, node.start);
    },
    ImportExpression: (node) => {
      if (node.source.type === 'Literal' && typeof node.source.value === 'string') check(node.source.value, node.start);
    },
    TSImportType: (node) => check(node.source.value, node.start),
    NewExpression: (node) => {
      const readsClock =
        node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0;
      if (readsClock && from === 'engine' && !isTest(file))
        report(node.start, 'new Date() reads the clock: in engine/ time comes in as a value or from the Clock port.');
    },
  }).visit(parseSync(file, source).program);
  return found;
}

function wrongRoom(file: string, room: Room, specifier: string): string | undefined {
  const from = file.split('/')[0] ?? '';
  const target = path.posix.join(path.posix.dirname(file), specifier);
  const to = target.split('/')[0] ?? '';
  if (to === from || to === 'package.json') return undefined;
  const allowed = room.mayImport.some(
    (prefix) => prefix === '*' || target === `${prefix}.ts` || target.startsWith(`${prefix}/`),
  );
  if (allowed) return undefined;
  // A test may start the demo tenant or Azurite beside the code under test, and borrow the engine's strict doubles.
  if (isTest(file) && (ROOMS_NOBODY_IMPORTS.has(to) || to === 'engine')) return undefined;
  if (ROOMS_NOBODY_IMPORTS.has(to))
    return `${from}/ imports ${target}: nothing in the product may know ${to}/, or it would behave differently where it counts.`;
  return `${from}/ imports ${target}: ${room.because} Imports point inwards (docs/ARCHITECTURE.md).`;
}

function wrongPackage(file: string, room: Room, specifier: string): string | undefined {
  const from = file.split('/')[0] ?? '';
  if (isTest(file)) return undefined;
  if (specifier.startsWith('botbuilder') && from === 'bot' && !file.startsWith('bot/channel/'))
    return `${file} imports ${specifier}: only bot/channel/ speaks botbuilder, so that commands and cards can be tried without it.`;
  if (room.neverPackages?.test(specifier)) return `${from}/ imports ${specifier}: ${room.because}`;
  return undefined;
}

const isTest = (file: string) => /\.test\.tsx?$|(^|\/)(testing|test|simulator)\//.test(file);

/** The violations of the whole repository at `root`. */
export function findRoomViolations(root: string): Violation[] {
  return Object.keys(ROOMS).flatMap((room) =>
    sourceFiles(root, room).flatMap((file) => roomViolations(file, readFileSync(path.join(root, file), 'utf8'))),
  );
}

function sourceFiles(root: string, folder: string): string[] {
  if (!existsSync(path.join(root, folder))) return [];
  const entries = readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => !/(^|\/)(node_modules|dist|fixtures)\//.test(file));
}

/** The repository's root, from wherever this is started. */
export const REPOSITORY_ROOT = path.resolve(import.meta.dirname, '..');

if (import.meta.main) {
  const violations = findRoomViolations(REPOSITORY_ROOT);
  for (const violation of violations) console.error(`${violation.file}:${violation.line} ${violation.why}`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
