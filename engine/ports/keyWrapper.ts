/** Something outside the repository that can wrap a key: Key Vault, a key file, the recovery key. */
export interface KeyWrapper {
  /** `vault`, `file` or `recovery`. */
  readonly kind: 'vault' | 'file' | 'recovery';
  /** Says which key it was, without revealing it. */
  readonly keyId: string;
  /** Of a recovery key, 64 hex: by it others can wrap for this key, and not open. */
  readonly publicPart?: string;
  wrap(key: Uint8Array): Promise<Uint8Array>;
  /** Fault `key-unavailable` when the key is disabled, deleted or not the one that wrapped. */
  unwrap(wrapped: Uint8Array): Promise<Uint8Array>;
}
