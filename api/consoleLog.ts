import type { Log } from '../engine/ports/log.ts';

type Facts = Readonly<Record<string, string | number | boolean>>;

/** Ids, codes, names of errors and places in code; whatever reads like a sentence could be somebody's. */
const PLAIN = /^[\w.:/+=-]{0,160}$/;

/** One line of JSON for each event; texts that are no plain word are left out, whoever hands them over. */
export const consoleLog: Log = {
  info: (event, facts) => console.log(lineOf('info', event, facts)),
  warn: (event, facts) => console.warn(lineOf('warn', event, facts)),
  error: (event, facts) => console.error(lineOf('error', event, facts)),
};

export const lineOf = (level: string, event: string, facts: Facts = {}): string =>
  JSON.stringify({
    level,
    event,
    ...Object.fromEntries(
      Object.entries(facts).map(([name, value]) => [
        name,
        typeof value === 'string' && !PLAIN.test(value) ? '(text)' : value,
      ]),
    ),
  });
