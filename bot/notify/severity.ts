import type { About } from './notices.ts';

/** Nothing of it could be backed up: worth waking somebody, and worth saying again. */
export const isCritical = (about: About): boolean =>
  about.kind === 'runReport' && about.because === 'worse' && about.status === 'failed';
