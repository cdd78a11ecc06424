import type { BlobImmutabilityPolicyMode, BlobServiceClient } from '@azure/storage-blob';
import { Fault } from '../engine/fault.ts';
import { instant } from '../engine/model/ids.ts';
import type { Container } from '../engine/ports/blobStore.ts';
import type { ProtectedBlob, WriteProtection } from '../engine/ports/writeProtection.ts';
import { readWhole } from './readWhole.ts';
import { toFault } from './toFault.ts';

/** Azure keeps dates to the second: half of one is no difference. */
const secondMs = 1000;

/**
 * Version-level immutability. Whoever owns the account switches it on for a container and says which mode its dates have;
 * here they only grow. A locked date stays locked, one that is not stays so.
 */
export function azureWriteProtection(service: BlobServiceClient): WriteProtection {
  const clientOf = (container: Container) => service.getContainerClient(container);
  return {
    async isOn(container) {
      const ask = () => clientOf(container).getProperties();
      const { isImmutableStorageWithVersioningEnabled } = await asFault(`container ${container}`, ask);
      return isImmutableStorageWithVersioningEnabled === true;
    },

    async list(container, prefix, pageToken) {
      const ask = async () => {
        const pages = clientOf(container)
          .listBlobsFlat({ prefix, includeImmutabilityPolicy: true })
          .byPage({ maxPageSize: 5000, ...(pageToken && { continuationToken: pageToken }) });
        return pages.next();
      };
      const first = await readWhole(() => asFault(`the list of blobs ${prefix}`, ask));
      if (first.done) return { blobs: [] };
      const { segment, continuationToken } = first.value;
      const blobs = segment.blobItems.map(({ name, properties: { immutabilityPolicyExpiresOn: at } }): ProtectedBlob =>
        at === undefined ? { name } : { name, until: instant(at.getTime()) },
      );
      return continuationToken ? { blobs, nextPageToken: continuationToken } : { blobs };
    },

    async extend(container, name, until) {
      const blob = clientOf(container).getBlobClient(name);
      const present = await asFault(`blob ${name}`, () => blob.getProperties());
      const later = Date.parse(until) - (present.immutabilityPolicyExpiresOn?.getTime() ?? 0);
      if (Math.abs(later) < secondMs) return;
      // The service itself would shorten a date that is not locked.
      if (later < 0) throw new Fault('conflict', `Blob ${name} is protected for longer already`, { origin: 'storage' });
      // The header says it in lower case, the SDK's type does not.
      const isLocked = present.immutabilityPolicyMode?.toLowerCase() === 'locked';
      const policyMode: BlobImmutabilityPolicyMode = isLocked ? 'Locked' : 'Unlocked';
      await asFault(`blob ${name}`, () => blob.setImmutabilityPolicy({ expiriesOn: new Date(until), policyMode }));
    },
  };
}

async function asFault<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toFault(error, what);
  }
}
