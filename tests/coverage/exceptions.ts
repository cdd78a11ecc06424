import type { Exception } from './explain.ts';

export const exceptions: readonly Exception[] = [];
