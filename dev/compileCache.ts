import path from 'node:path';

/** Stripped and compiled code of earlier starts (NODE_COMPILE_CACHE): half of what a process needs to come up. */
export const COMPILE_CACHE = path.resolve(import.meta.dirname, '../node_modules/.cache/compile');
