export type QueueName = 'restore' | 'backup' | 'history' | 'sweep';

/** Messages are nudges without state: delivered at least once, in any order, sometimes late. */
export interface Queue {
  /** Appears to a reader after `delaySeconds` (0 to 7 days). */
  send(queue: QueueName, message: object, delaySeconds?: number): Promise<void>;
}
