import { allPages } from '../backup/allPages.ts';
import type { Finding, FindingArea, Verification } from '../model/verification.ts';
import type { AcceptedObject } from '../repository/acceptedObjects.ts';
import { isInPart } from './verifier.ts';
import type { VerifyServices } from './verifyServices.ts';

/** What of storage can be lost for good. */
const blobs: ReadonlySet<FindingArea> = new Set(['pack', 'content', 'page', 'point']);

/** About a blob that is lost or damaged, and about no single item of it. */
export const isLostObject = ({ area, kind, item, resourceId }: Finding): boolean =>
  item === undefined && resourceId !== undefined && kind !== 'differs' && blobs.has(area);

/** As far as it was known when it was accepted: another restore point, or more items, are a new loss. */
export const isAcceptedObject = (finding: Finding, accepted: readonly AcceptedObject[]): boolean =>
  isLostObject(finding) &&
  accepted.some(
    ({ resource, object, points, unnamed }) =>
      resource === finding.resourceId &&
      object === finding.object &&
      (finding.unnamed ?? 0) <= unnamed &&
      finding.points.every((point) => points.includes(point)),
  );

/**
 * What a look at every byte did not meet any more is whole again, or needed by nothing: should it be lost once more, that
 * is new damage.
 */
export async function forgetWhole(
  { repository, records }: Pick<VerifyServices, 'repository' | 'records'>,
  { id, level, resource, part }: Verification,
): Promise<void> {
  if (level !== 'full') return;
  const accepted = (await Array.fromAsync(repository.acceptedObjects.list())).filter((object) =>
    resource === undefined ? isInPart(object.resource, part) : object.resource === resource,
  );
  if (accepted.length === 0) return;
  const met = new Set<string>();
  for await (const one of allPages((token) => records.inspections.evidence.list(id, token))) {
    const { resourceId = '', object } = one as Finding;
    met.add(`${resourceId}/${object}`);
  }
  await repository.acceptedObjects.forget(accepted.filter(({ resource: of, object }) => !met.has(`${of}/${object}`)));
}
