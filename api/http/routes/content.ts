import { Fault, isFault } from '../../../engine/fault.ts';
import type { ItemId } from '../../../engine/model/ids.ts';
import type { Entry } from '../../../engine/model/item.ts';
import type { StoredStream } from '../../../engine/model/stream.ts';
import type { ProtectedResource } from '../../../engine/model/resource.ts';
import { contentRefusal } from '../../access.ts';
import type { Services } from '../../services.ts';
import { audit } from '../audit.ts';
import { findItem, findResource } from '../find.ts';
import type { Handlers } from '../handler.ts';
import { notFound, Refusal } from '../problem.ts';
import { bytesAnswer } from '../stream.ts';

type Format = 'original' | 'exact' | 'json';

export const contentRoutes: Handlers<'getContent'> = {
  getContent: async (asked) => {
    const { services, caller, params, call, isHead } = asked;
    const { resource, settings } = await findResource(services, caller, params.id);
    const refusal = contentRefusal(caller, resource, settings);
    if (refusal !== undefined) {
      await audit(asked, 'content.read', { resource: resource.id, item: params.itemId }, 'refused');
      throw new Refusal(403, refusal);
    }
    return async ({ query }) => {
      const { entry, point } = await findItem(services, resource.id, params.itemId as ItemId, query.at);
      const format = query.format ?? 'original';
      const stream = streamOf(entry, format);
      if (stream === undefined) throw notFound(`copy of this item in the format ${format}`);
      const { fileName, mediaType } = fileOf(entry, stream, services, resource);
      return bytesAnswer(
        {
          size: stream.size,
          etag: stream.sha256,
          fileName,
          mediaType,
          read: async (range) => {
            // Written down before the first byte leaves: what cannot be written down is not shown.
            await audit(asked, 'content.read', { resource: resource.id, item: entry.id, point: point.id, format });
            return nameInTrouble(entry.name, services.repository.readStream(stream, range));
          },
        },
        { range: call.headers.get('range'), ifRange: call.headers.get('if-range'), isHead },
      );
    };
  },
};

/** Whoever reads an item whose copy was damaged or lost learns which one it is, not only which blob. */
async function* nameInTrouble(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (cause) {
    if (!isFault(cause, 'corrupt', 'missing')) throw cause;
    throw new Fault(cause.kind, `The copy of "${name}" cannot be read: ${cause.message}`, {
      origin: cause.origin,
      cause,
    });
  }
}

/** `original` falls back to what Microsoft 365 said of an item that has no bytes of its own. */
function streamOf(entry: Entry, format: Format): StoredStream | undefined {
  const named = (name: string) => entry.streams.find((stream) => stream.name === name);
  switch (format) {
    case 'original':
      return named('original') ?? named('meta');
    case 'exact':
      return named('exact');
    case 'json':
      return named('meta');
  }
}

function fileOf(
  entry: Entry,
  stream: StoredStream,
  services: Services,
  { workload }: ProtectedResource,
): { fileName: string; mediaType: string } {
  const withExtension = (extension: string) =>
    extension === '' || entry.name.toLowerCase().endsWith(`.${extension.toLowerCase()}`)
      ? entry.name
      : `${entry.name}.${extension}`;
  if (stream.name === 'meta') return { fileName: withExtension('json'), mediaType: 'application/json' };
  if (stream.name === 'exact') return { fileName: withExtension('fts'), mediaType: 'application/octet-stream' };
  const original = services.connectors.get(workload)?.description.original(entry) ?? {
    extension: '',
    mediaType: 'application/octet-stream',
  };
  return { fileName: withExtension(original.extension.replace(/^\./, '')), mediaType: original.mediaType };
}
