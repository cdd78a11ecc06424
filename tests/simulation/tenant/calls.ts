/** Which app a token was given to. */
export type App = 'backup' | 'restore';

/** What a request is, whatever ids it names. */
export type Operation =
  | 'users.list'
  | 'users.get'
  | 'groups.list'
  | 'groups.transitiveMembers'
  | 'organization.list'
  | 'subscribedSkus.list'
  | 'mailboxSettings.get'
  | 'mailFolders.delta'
  | 'mailFolders.list'
  | 'mailFolders.get'
  | 'mailFolders.create'
  | 'messages.delta'
  | 'messages.list'
  | 'messages.get'
  | 'messages.value'
  | 'messages.create'
  | 'messages.update'
  | 'messages.move'
  | 'messages.remove'
  | 'messages.send'
  | 'attachments.list'
  | 'attachments.create'
  | 'attachments.createUploadSession'
  | 'exchangeIds.translate'
  | 'exchange.settings'
  | 'exchange.exportItems'
  | 'exchange.createImportSession'
  | 'drive.get'
  | 'drive.delta'
  | 'driveItem.get'
  | 'driveItem.getByPath'
  | 'driveItem.children'
  | 'driveItem.create'
  | 'driveItem.update'
  | 'driveItem.remove'
  | 'driveItem.content'
  | 'driveItem.putContent'
  | 'driveItem.createUploadSession'
  | 'driveItem.permissions'
  | 'driveItem.invite'
  | 'batch'
  // On the hosts of pre-authenticated links.
  | 'content.download'
  | 'content.upload'
  | 'content.uploadStatus'
  | 'content.uploadCancel'
  | 'content.import';

/** One request as it arrives, before anything is done about it. The parts of a batch come one by one, after the batch. */
export interface TenantCall {
  /** From 1, in order of arrival. */
  readonly number: number;
  readonly operation: Operation;
  readonly app: App;
  readonly method: string;
  /** Path after the version with its query (on content hosts: path alone). */
  readonly target: string;
  /** Whose allowance it takes: `mailbox/{person id}`, `sharepoint`, `directory`. */
  readonly scope: string;
  /** Mailbox (person id) or drive that it concerns. */
  readonly resource?: string;
  /** The message, file or folder that it names, as it is named. */
  readonly item?: string;
  readonly isWrite: boolean;
  /** Number of the batch that it is part of. */
  readonly batch?: number;
  /** Counted from 1: how often this very request (method, target, body) has come so far. */
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A request, and what became of it. */
export interface LoggedCall extends TenantCall {
  /** `broken`: no answer, or none to its end. `open` until it was answered. */
  readonly outcome: number | 'broken' | 'open';
  /** Kinds of the troubles that befell it. */
  readonly troubles: readonly string[];
  /** Ids of what its answer left out although it belonged there. */
  readonly hidden: readonly string[];
  /** When the answer was given; the body may be read later. */
  readonly answeredAt?: number;
  /** Requests of the same app and mailbox that were in flight with it, itself included. Parts of a batch count as one. */
  readonly inFlight: number;
}
