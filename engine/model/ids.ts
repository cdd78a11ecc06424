declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** 32 hex of a keyed hash of (workload, Graph id): says nothing about its owner. */
export type ResourceId = Branded<'ResourceId'>;
/** 32 hex of a keyed hash of (workload, Graph id of the resource, Graph id of the item). */
export type ItemId = Branded<'ItemId'>;
export type PolicyId = Branded<'PolicyId'>;
export type RunId = Branded<'RunId'>;
/** 32 hex, random. */
export type PointId = Branded<'PointId'>;
export type SliceId = Branded<'SliceId'>;
export type PackId = Branded<'PackId'>;
/** 64 hex: SHA-256(id key ‖ SHA-256(content)). */
export type ChunkId = Branded<'ChunkId'>;
export type RequestId = Branded<'RequestId'>;
/** Entra object id of a person. */
export type UserId = Branded<'UserId'>;

/** ISO 8601 UTC with milliseconds: sorts as text. */
export type Instant = Branded<'Instant'>;

/** The workload's name, as its folder is called: `mail`, `drive`, … */
export type Workload = string;

/** A saved place in Graph's change feeds of one resource; only its connector can read it. */
export type Cursor = Branded<'Cursor'>;

const hex32 = /^[0-9a-f]{32}$/;
/** True when `text` has the form of a resource, item, point, slice or pack id. */
export const isHexId = (text: string): boolean => hex32.test(text);

/** `ms` since 1970 as an Instant. */
export const instant = (ms: number): Instant => new Date(ms).toISOString() as Instant;
/** Any ISO 8601 time as an Instant; undefined when it is none. */
export const parseInstant = (text: string): Instant | undefined => {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : instant(ms);
};
