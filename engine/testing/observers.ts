/** Who wants to hear of something at once, inside the call that caused it. */
export interface Observers<E> {
  /** Adds one; the answer takes it away again. */
  add(observer: (event: E) => void): () => void;
  tell(event: E): void;
  /** Whether anybody listens: an event that nobody hears need not be made. */
  readonly any: boolean;
}

export function observers<E>(): Observers<E> {
  const listening = new Set<(event: E) => void>();
  return {
    add(observer) {
      listening.add(observer);
      return () => void listening.delete(observer);
    },
    tell(event) {
      for (const observer of listening) observer(event);
    },
    get any() {
      return listening.size > 0;
    },
  };
}
