import type { Call, Reply } from './call.ts';

/** Holds requests and answers to the full OpenAPI files; used where those files are present. */
export interface SchemaCheck {
  checkRequest(call: Call, body: unknown): void;
  checkReply(call: Call, reply: Reply): void;
}
