/** `npm run build:recover`: dist/recover.mjs, the one file that reads a repository with the recovery key alone. */
import path from 'node:path';
import { bundleRecover } from './packaging/recover.ts';

const root = path.resolve(import.meta.dirname, '..');
const { bytes } = await bundleRecover(root, path.join(root, 'dist/recover.mjs'));
console.log(`dist/recover.mjs: reads a repository with the recovery key alone (${Math.ceil(bytes / 1000)} KB)`);
