/** `node --import plantMutation.ts file.test.ts` with PLANTED_BUG=<name>: runs the file over the product with one line broken. */
import { plantBug } from '../simulation/planted/plantBug.ts';
import { mutations } from './mutations/index.ts';

const wanted = process.env['PLANTED_BUG'];
const mutation = mutations.find(({ name }) => name === wanted);
if (mutation === undefined) throw new Error(`There is no mutation "${wanted}"`);
plantBug(mutation);
