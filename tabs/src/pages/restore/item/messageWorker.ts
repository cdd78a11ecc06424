import { messageParts } from './messageParts.ts';

addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => {
  void messageParts(data).then(
    (parts) => postMessage({ parts }),
    () => postMessage({}),
  );
});
