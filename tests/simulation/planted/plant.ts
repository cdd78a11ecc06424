/**
 * `node --import plant.ts file.test.ts` with PLANTED_BUG=<name>: runs the file over the product with that bug in it. The
 * source text is changed as it is loaded; no file and nothing that is shipped knows of it.
 */
import { bugNamed } from './bugs/index.ts';
import { plantBug } from './plantBug.ts';

plantBug(bugNamed(process.env['PLANTED_BUG'] ?? ''));
