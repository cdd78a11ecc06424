import type { RestoreRequest } from '../model/restoreRequest.ts';

type Asked = Pick<RestoreRequest, 'destination' | 'createdAt' | 'sources'>;

/**
 * Name of the folder that things of one source go into, outermost at the destination: as it was asked for, else after the
 * day of the request (UTC). Undefined at the original place and in a download, which have none. Pure.
 */
export function destinationFolder({ destination, createdAt }: Asked, source: string): string | undefined {
  const day = createdAt.slice(0, 10);
  switch (destination.kind) {
    case 'newFolder':
      return destination.name ?? `Restored ${day}`;
    case 'resource':
      return destination.name ?? `Restored ${day} from ${source}`;
    case 'original':
    case 'download':
      return undefined;
  }
}

/** The same for the request as a whole; undefined also where each of several sources gets a folder of its own. */
export function oneFolder(request: Asked): string | undefined {
  if (request.destination.kind === 'newFolder') return destinationFolder(request, '');
  const names = new Set((request.sources ?? []).map(({ name }) => destinationFolder(request, name)));
  return names.size === 1 ? [...names][0] : undefined;
}
