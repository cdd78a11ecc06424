import type { Tally } from './tally.ts';
import { bytesShown } from './shown.ts';

const EVERY_MS = { terminal: 500, log: 10_000 } as const;

/** Tells on stderr how far an export is, until it is stopped. `items`: how many there are, where that is known. */
export function showProgress(tally: Tally, items: number | undefined): { stop(): void } {
  const isTerminal = process.stderr.isTTY;
  const began = performance.now();
  const line = (): string => {
    const done = tally.written + tally.kept + tally.lost;
    const seconds = (performance.now() - began) / 1000;
    const speed = done / Math.max(0.001, seconds);
    const left = items === undefined || speed === 0 ? undefined : Math.max(0, items - done) / speed;
    return [
      `${done.toLocaleString('en')}${items === undefined ? '' : ` of about ${items.toLocaleString('en')}`} files`,
      bytesShown(tally.bytes),
      `${Math.round(speed).toLocaleString('en')} a second`,
      ...(tally.lost > 0 ? [`${tally.lost.toLocaleString('en')} lost`] : []),
      ...(left === undefined || seconds < 3
        ? []
        : [`about ${left < 90 ? `${Math.ceil(left)} s` : `${Math.ceil(left / 60)} min`} left`]),
    ].join(', ');
  };
  const show = (): void => {
    process.stderr.write(isTerminal ? `\r\u001B[K${line()}` : `${line()}\n`);
  };
  const timer = setInterval(show, isTerminal ? EVERY_MS.terminal : EVERY_MS.log);
  return {
    stop() {
      clearInterval(timer);
      if (isTerminal) process.stderr.write('\r\u001B[K');
    },
  };
}
