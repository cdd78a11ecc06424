import type { ZodType } from 'zod';

/** A property that may be missing, null or of a form that nobody promised: then it counts as missing, and the item stays. */
export const odd = <T>(shape: ZodType<T>) => shape.nullish().catch(undefined);
