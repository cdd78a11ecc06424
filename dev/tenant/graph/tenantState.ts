import type { ContentStore } from '../content/contentStore.ts';
import type { SignedLinks } from '../content/signedLinks.ts';
import type { TenantOptions } from '../options.ts';
import type { Database } from '../store/database.ts';
import type { TokenBook } from './paging.ts';

/** Settings that control endpoints may change while the tenant runs. */
export interface Tunables {
  linkSeconds: number;
  deltaReplay: number;
  /** How long the service takes for each request, so that requests at the same time really meet. */
  latencyMs: number;
  /** Whether exportItems takes immutable ids or wants them translated first. */
  exportTakesImmutableIds: boolean;
  /** How exportItems names a failed item's error; documents and metadata differ. */
  exportErrorName: 'error' | 'Error';
  /** SharePoint writes properties into uploaded Office files, which changes their size and hash. */
  officeRewrites: boolean;
  /** Life of access tokens. */
  tokenSeconds: number;
  /** Whether mailbox import and export are allowed in this tenant. */
  importExportAllowed: boolean;
}

/** Everything the handlers of Graph share. */
export interface TenantState {
  readonly options: TenantOptions;
  readonly database: Database;
  readonly content: ContentStore;
  readonly tokens: TokenBook;
  readonly links: SignedLinks;
  readonly tunables: Tunables;
  /** Origins, known once the servers listen. */
  readonly origins: { graph: string; authority: string; content: string; signIn: string; control: string };
}
