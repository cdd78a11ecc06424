/**
 * `npm run build`: the console, into dist/tab, where the API serves it from, and dist/recover.mjs. The API itself runs
 * from source.
 */
import path from 'node:path';
import { buildConsole } from './packaging/console.ts';
import { bundleRecover } from './packaging/recover.ts';

const root = path.resolve(import.meta.dirname, '..');
await buildConsole(root, path.join(root, 'dist/tab'));
console.log('dist/tab: the console');
await bundleRecover(root, path.join(root, 'dist/recover.mjs'));
console.log('dist/recover.mjs: reads a repository with the recovery key alone');
