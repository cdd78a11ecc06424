import type { TableServiceClientOptions } from '@azure/data-tables';
import { Fault } from '../engine/fault.ts';

/** A step of the SDK's way out to the network. */
export type PipelinePolicy = NonNullable<TableServiceClientOptions['additionalPolicies']>[number]['policy'];

/**
 * Gives the removals of one transaction their conditions. Azure Tables takes an ETag for each of them; the SDK writes
 * `*` for all and has no word for another one, so the request is completed on its way out. `etags` holds one entry per
 * change, in order; undefined leaves a change as it is.
 */
export const conditionalRemovals = (etags: readonly (string | undefined)[]): PipelinePolicy => ({
  name: 'conditionalRemovals',
  sendRequest(request, next) {
    if (request.url.endsWith('$batch') && typeof request.body === 'string') {
      request.body = withConditions(request.body, etags);
    }
    return next(request);
  },
});

function withConditions(body: string, etags: readonly (string | undefined)[]): string {
  const changeset = /boundary=(changeset_[-0-9a-f]+)/i.exec(body)?.[1];
  if (!changeset) throw notUnderstood();
  const separator = `--${changeset}`;
  // What comes before the first change, the changes, what comes after the last one.
  const [before, ...parts] = body.split(separator);
  const changes = parts.map((part, i) => {
    const etag = etags[i];
    if (etag === undefined) return part;
    const conditional = part.replace(/^if-match: \*/im, `if-match: ${etag}`);
    if (conditional === part) throw notUnderstood();
    return conditional;
  });
  return [before, ...changes].join(separator);
}

const notUnderstood = (): Fault =>
  new Fault(
    'unsupported',
    'This version of the Azure SDK writes transactions in another way: conditions cannot be set',
  );
