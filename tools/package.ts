/**
 * `npm run package`: what is deployed, into dist/, or into another folder: `-- --out DIR`.
 *   dist/functions/       the Functions app: one bundle with its chunks, host.json, package.json and the built console
 *   dist/functions.zip    the same, as it is published
 *   dist/appPackage.zip   the Teams app package; `-- --env dev` fills in what env/.env.dev knows
 *   dist/recover.mjs      not deployed: kept with the recovery key, for the day when all else is gone
 */
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs, parseEnv } from 'node:util';
import { z } from 'zod';
import { packApp } from './packaging/appPackage.ts';
import { buildConsole } from './packaging/console.ts';
import { bundleFunctions, writeHostFiles } from './packaging/functions.ts';
import { loadFunctions } from './packaging/loadFunctions.ts';
import { bundleRecover } from './packaging/recover.ts';
import { filesBelow, writeZip } from './packaging/zip.ts';

/** A worker that loads more than this is felt in every cold start. */
const startLimitBytes = 1_000_000;
const startTargetMs = 100;
const onlyOnDemand = ['botbuilder', 'botframework-connector', '@microsoft/teamsfx'];

const root = path.resolve(import.meta.dirname, '..');
const { env, out } = parseArgs({ options: { env: { type: 'string' }, out: { type: 'string' } } }).values;
const dist = path.resolve(out ?? path.join(root, 'dist'));
const functions = path.join(dist, 'functions');
const values = env === undefined ? {} : parseEnv(await readFile(path.join(root, `env/.env.${env}`), 'utf8'));
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')));

await rm(functions, { recursive: true, force: true });

const source = path.join(root, 'api/main.ts');
const bundle = await bundleFunctions(source, functions);
await writeHostFiles(functions, version, await readFile(path.join(root, 'api/host.json'), 'utf8'));

const expected = await loadFunctions(source);
const loaded = await loadFunctions(bundle.entry);
if (expected.names.length === 0 || expected.names.join() !== loaded.names.join()) {
  throw new Error(`The bundle registers [${loaded.names.join(', ')}], api/main.ts [${expected.names.join(', ')}].`);
}
const early = onlyOnDemand.filter((name) => bundle.startPackages.has(name));
if (early.length > 0) {
  throw new Error(
    `${early.join(' and ')} would load with every worker. Import it where it is first needed: await import(…).`,
  );
}
if (bundle.startBytes > startLimitBytes) {
  throw new Error(
    `Every worker would load ${kilobytes(bundle.startBytes)}; the limit is ${kilobytes(startLimitBytes)}. ` +
      `At the start it needs: ${[...bundle.startPackages].toSorted().join(', ')}.`,
  );
}

// Where api/ looks for it, from the root of the deployed app as from the root of the repository.
await buildConsole(root, path.join(functions, 'dist/tab'));

await writeZip(path.join(dist, 'functions.zip'), await filesBelow(functions));
await bundleRecover(root, path.join(dist, 'recover.mjs'));
const unfilled = await packApp(path.join(root, 'appPackage'), path.join(dist, 'appPackage.zip'), values);

const shown = path.relative(process.cwd(), dist);
const size = async (name: string): Promise<string> => kilobytes((await stat(path.join(dist, name))).size);
console.log(`${shown}/functions.zip   ${await size('functions.zip')}: ${loaded.names.length} functions`);
console.log(
  `  a worker loads ${kilobytes(bundle.startBytes)} of ${kilobytes(bundle.totalBytes)} in ${Math.round(loaded.loadMs)} ms ` +
    `(target ${startTargetMs} ms on an idle machine)`,
);
console.log(`${shown}/appPackage.zip  ${await size('appPackage.zip')}`);
console.log(`${shown}/recover.mjs     ${await size('recover.mjs')}: keep it with the recovery key (docs/recover.md)`);
if (unfilled.length > 0) console.log(`  left for the toolkit to fill in: ${unfilled.join(', ')}`);

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1000).toLocaleString('en')} KB`;
}
