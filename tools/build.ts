/** `npm run build`: the console, into dist/tab, where the API serves it from. The API itself runs from source. */
import path from 'node:path';
import { buildConsole } from './packaging/console.ts';

const root = path.resolve(import.meta.dirname, '..');
await buildConsole(root, path.join(root, 'dist/tab'));
console.log('dist/tab: the console');
