export { createGraph, type GraphConnection, type GraphOptions } from './client.ts';
export { directoryScope, mailboxScope, sharepointScope, type Priority, type Scope } from './call.ts';
export {
  segment,
  type BatchAnswer,
  type BatchRequest,
  type CallContext,
  type CallOptions,
  type Download,
  type Graph,
  type Page,
} from './graph.ts';
export { createPacing } from './pacing/pacing.ts';
export type { Pacing, PacingOptions } from './pacing/lane.ts';
export { faultOfCode } from './faults.ts';
export { withoutFirst } from './content.ts';
export { BATCH_LIMIT } from './batch.ts';
export { NOTHING_EXPECTED, RANGE_LIMIT, RANGE_MULTIPLE, type UploadState, type UploadTarget } from './upload.ts';
export type { AcquireToken, Credential } from './tokens.ts';
export type { Clock, LeaseRows, Log, Random } from './surroundings.ts';
export type { Received, SentRequest, Transport } from './transport.ts';
