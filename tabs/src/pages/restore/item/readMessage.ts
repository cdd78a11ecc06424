import type { MessageParts } from './messageParts.ts';

/** A message made to break parsers must not hold up the page: what takes longer is not shown. */
const patienceMs = 2_000;

/** Takes a message apart beside the page. Undefined when it cannot be done, or not in time. */
export function readMessage(mime: ArrayBuffer): Promise<MessageParts | undefined> {
  const worker = new Worker(new URL('./messageWorker.ts', import.meta.url), { type: 'module' });
  const { promise, resolve } = Promise.withResolvers<MessageParts | undefined>();
  const timer = setTimeout(() => resolve(undefined), patienceMs);
  worker.addEventListener('message', ({ data }: MessageEvent<{ readonly parts?: MessageParts }>) =>
    resolve(data.parts),
  );
  worker.addEventListener('error', () => resolve(undefined));
  worker.postMessage(mime, [mime]);
  return promise.finally(() => {
    clearTimeout(timer);
    worker.terminate();
  });
}
