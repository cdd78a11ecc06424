import { existsSync } from 'node:fs';
import path from 'node:path';

const shared = path.join(import.meta.dirname, '../../../../shared');
const there = (name: string) => (existsSync(path.join(shared, name)) ? path.join(shared, name) : undefined);

/** What Microsoft publishes about Graph, as files; undefined where it is not there: say so with `t.diagnostic`. */
export const openApiDir = there('graph');
/** Real mail and documents; undefined where they are not there. */
export const corpusDir = there('corpus');
