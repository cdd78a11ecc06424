const largestMs = 9_999_999_999_999;

/** Part of a key: the later the moment, the earlier the key. `ms` since 1970. */
export const newestFirst = (ms: number): string => String(largestMs - ms).padStart(13, '0');
