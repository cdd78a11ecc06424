import { TableClient } from '@azure/data-tables';
import type { TableServiceClientOptions } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import type { StoragePipelineOptions } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { BlobStore } from '../engine/ports/blobStore.ts';
import type { Queue } from '../engine/ports/queue.ts';
import type { TableStore } from '../engine/ports/tableStore.ts';
import { azureBlobStore, prepareContainers } from './blobStore.ts';
import { identity } from './identity.ts';
import { askQueues, azureQueue, prepareQueues } from './queue.ts';
import { azureTableStore, prepareTables } from './tableStore.ts';
import type { OpenTable } from './tableStore.ts';

/** Where the storage account is and how we sign in: a connection string, or an account by managed identity. */
export type StorageConnection =
  | { readonly connectionString: string }
  | {
      readonly accountName: string;
      /** Client id of a user-assigned identity; else the system's, or the developer's own sign-in. */
      readonly clientId?: string;
      /** Default `core.windows.net`; another one in national clouds. */
      readonly endpointSuffix?: string;
    };

export interface AzureStorage {
  readonly blobs: BlobStore;
  readonly tables: TableStore;
  readonly queue: Queue;
  /** Makes the containers, tables and queues that are missing; may be repeated. Nothing else makes any. */
  prepare(): Promise<void>;
  /** Resolves when every queue is there and lets us look. */
  askQueues(): Promise<void>;
}

/** First wait and last wait between tries; about 8 s in all, then the caller learns that storage is away. */
const storageRetries = { maxTries: 5, retryDelayInMs: 300, maxRetryDelayInMs: 8_000, tryTimeoutInMs: 120_000 };
const tableRetries = { maxRetries: 4, retryDelayInMs: 300, maxRetryDelayInMs: 8_000 };

/**
 * Opens one storage account. Reads, and writes that may be repeated without harm, are tried again after passing
 * trouble; conditional writes are sent once, so that no repeat of ours takes its own first try for another writer.
 * Asks nothing of the network yet.
 */
export async function openStorage(connection: StorageConnection): Promise<AzureStorage> {
  const clients = 'connectionString' in connection ? byConnectionString(connection) : await byIdentity(connection);
  const repeating = clients.blobs({ retryOptions: storageRetries });
  const once = clients.blobs({ retryOptions: { maxTries: 1, tryTimeoutInMs: storageRetries.tryTimeoutInMs } });
  const queues = clients.queues({ retryOptions: storageRetries });
  const openTable: OpenTable = (table, tries, policies = []) =>
    clients.table(table, {
      retryOptions: tries === 'once' ? { maxRetries: 0 } : tableRetries,
      additionalPolicies: policies.map((policy) => ({ policy, position: 'perCall' })),
    });
  return {
    blobs: azureBlobStore(repeating, once),
    tables: azureTableStore(openTable),
    queue: azureQueue(queues),
    askQueues: () => askQueues(queues),
    async prepare() {
      await Promise.all([prepareContainers(repeating), prepareQueues(queues), prepareTables(openTable)]);
    },
  };
}

type RetryOptions = { readonly retryOptions: NonNullable<StoragePipelineOptions['retryOptions']> };

interface Clients {
  blobs(options: RetryOptions): BlobServiceClient;
  queues(options: RetryOptions): QueueServiceClient;
  table(table: string, options: TableServiceClientOptions): TableClient;
}

function byConnectionString({ connectionString }: { readonly connectionString: string }): Clients {
  // The emulator speaks plain http; whoever names such an address in a connection string means it.
  const allowInsecureConnection =
    /UseDevelopmentStorage=true|TableEndpoint=http:|DefaultEndpointsProtocol=http(;|$)/i.test(connectionString);
  return {
    blobs: (options) => BlobServiceClient.fromConnectionString(connectionString, options),
    queues: (options) => QueueServiceClient.fromConnectionString(connectionString, options),
    table: (table, options) =>
      TableClient.fromConnectionString(connectionString, table, { ...options, allowInsecureConnection }),
  };
}

async function byIdentity(account: Exclude<StorageConnection, { connectionString: string }>): Promise<Clients> {
  const credential = await identity(account.clientId);
  const at = (service: string): string =>
    `https://${account.accountName}.${service}.${account.endpointSuffix ?? 'core.windows.net'}`;
  return {
    blobs: (options) => new BlobServiceClient(at('blob'), credential, options),
    queues: (options) => new QueueServiceClient(at('queue'), credential, options),
    table: (table, options) => new TableClient(at('table'), table, credential, options),
  };
}
