import type { QueueServiceClient } from '@azure/storage-queue';
import type { Queue, QueueName } from '../engine/ports/queue.ts';
import { checkMessage } from '../engine/ports/queueRules.ts';
import { toFault } from './toFault.ts';

const queues: readonly QueueName[] = ['restore', 'backup', 'history', 'sweep'];

/** Resolves when every queue answers. A message would start work, so none is sent. */
export async function askQueues(service: QueueServiceClient): Promise<void> {
  for (const name of queues) {
    try {
      await service.getQueueClient(name).getProperties();
    } catch (error) {
      throw toFault(error, `queue ${name}`);
    }
  }
}

/** Makes the queues that are missing, and beside each the one that takes messages which failed five times. */
export async function prepareQueues(service: QueueServiceClient): Promise<void> {
  for (const name of queues.flatMap((queue) => [queue, `${queue}-poison`])) {
    try {
      await service.getQueueClient(name).createIfNotExists();
    } catch (error) {
      throw toFault(error, `queue ${name}`);
    }
  }
}

/** Queues in Azure Storage. A message is JSON in base64, as the Functions host expects it, and never goes stale by itself. */
export function azureQueue(service: QueueServiceClient): Queue {
  return {
    async send(queue, message, delaySeconds = 0) {
      const text = checkMessage(message, delaySeconds);
      try {
        await service.getQueueClient(queue).sendMessage(Buffer.from(text).toString('base64'), {
          visibilityTimeout: delaySeconds,
          messageTimeToLive: -1,
        });
      } catch (error) {
        throw toFault(error, `a message for queue ${queue}`);
      }
    },
  };
}
