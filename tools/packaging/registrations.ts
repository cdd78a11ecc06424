/**
 * Loads a functions app as the Functions host does, with the host's own module in place, and prints what it registered
 * as one line of JSON. A process of its own, because registrations and loaded modules cannot be undone.
 * Usage: node registrations.ts <entry>
 */
import Module from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [entry] = process.argv.slice(2);
if (entry === undefined) throw new Error('Usage: node registrations.ts <entry>');

const names: string[] = [];
const core = {
  hostVersion: '4.0.0',
  workerVersion: '4.0.0',
  setProgrammingModel: () => undefined,
  registerFunction: ({ name }: { name: string }) => void names.push(name),
  registerHook: () => undefined,
  log: (_level: unknown, _category: unknown, message: unknown) => console.error(message),
};

// The host supplies this module by standing in `require`; a bundle that carries its own copy would not be seen here.
const plainRequire = Reflect.get(Module.prototype, 'require') as (this: Module, id: string) => unknown;
Module.prototype.require = function requireWithHost(this: Module, id: string): unknown {
  return id === '@azure/functions-core' ? core : plainRequire.call(this, id);
} as NodeJS.Require;

const startedAt = performance.now();
await import(pathToFileURL(path.resolve(entry)).href);
const loadMs = performance.now() - startedAt;

process.stdout.write(`${JSON.stringify({ names: names.toSorted(), loadMs })}\n`, () => process.exit(0));
