import { BlobServiceClient, ContainerClient } from '@azure/storage-blob';
import { azureBlobStore } from '../azure/blobStore.ts';
import { Fault } from '../engine/fault.ts';
import type { BlobStore } from '../engine/ports/blobStore.ts';
import { readOnlyBlobs } from './readOnlyBlobs.ts';

const retryOptions = { maxTries: 6, retryDelayInMs: 500, maxRetryDelayInMs: 20_000, tryTimeoutInMs: 120_000 };
const USUAL_NAME = 'repository';

/**
 * The `repository` container in Azure: by its address with a SAS (Read and List are enough), whatever it is called there,
 * or by a connection string of its account. Fault `invalid` when `from` is neither. Asks nothing of the network yet.
 */
export function containerBlobs(from: string): BlobStore {
  const container = from.includes('://') && !/(^|;)\s*BlobEndpoint=/i.test(from) ? byAddress(from) : byConnection(from);
  const service = new OneContainer(container);
  return readOnlyBlobs(azureBlobStore(service, service));
}

/** Answers one container for every name. */
class OneContainer extends BlobServiceClient {
  readonly #container: ContainerClient;

  constructor(container: ContainerClient) {
    super(container.url);
    this.#container = container;
  }

  override getContainerClient(): ContainerClient {
    return this.#container;
  }
}

function byAddress(address: string): ContainerClient {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['https:', 'http:'].includes(url.protocol)) throw notAPlace();
  if (!url.searchParams.has('sig')) {
    throw new Fault(
      'invalid',
      'The address carries no SAS (there is no "sig=" in it). Make one for the container with Read and List, or give the connection string of the account.',
      { origin: 'input' },
    );
  }
  if (url.pathname === '/' || url.pathname === '') url.pathname = `/${USUAL_NAME}`;
  return new ContainerClient(url.href, undefined, { retryOptions });
}

function byConnection(text: string): ContainerClient {
  try {
    return BlobServiceClient.fromConnectionString(text, { retryOptions }).getContainerClient(USUAL_NAME);
  } catch (cause) {
    throw notAPlace(cause);
  }
}

const notAPlace = (cause?: unknown): Fault =>
  new Fault(
    'invalid',
    'Give --from the folder with the copy, the address of the container with a SAS, or a connection string of the storage account.',
    { origin: 'input', cause },
  );
