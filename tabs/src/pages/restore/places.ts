import { addressOf } from '../../app/routing.ts';

/** The outermost folder has no id of its own; in an address it needs a word. */
export const root = 'root';

/** Where a folder at a moment, and an item in it, are shown. */
export const browseAddress = (resource: string, at = 'latest', folder?: string, item?: string): string =>
  addressOf('restore', [
    'browse',
    resource,
    ...(at === 'latest' && folder === undefined && item === undefined ? [] : [at]),
    ...(folder === undefined && item === undefined ? [] : [folder ?? root]),
    ...(item === undefined ? [] : [item]),
  ]);
