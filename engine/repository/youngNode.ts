/**
 * What Node has only since 20.12 and 22.15. `recover`, one file that runs on any Node from 20 on, is bundled with another
 * module of the same exports in place of this one (`cli/anyNode/youngNode.ts`).
 */
export { hash } from 'node:crypto';
export { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
