/** Randomness comes from outside, so that a run can be repeated exactly. */
export interface Random {
  /** `length` unpredictable bytes. */
  bytes(length: number): Uint8Array;
}
