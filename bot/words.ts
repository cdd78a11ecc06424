export type CommandName =
  | 'help'
  | 'status'
  | 'backup'
  | 'report'
  | 'coverage'
  | 'failures'
  | 'find'
  | 'restore'
  | 'approvals'
  | 'notifications';

/** First words, as people say them, in each language that the bot speaks. */
const firstWords: Readonly<Record<CommandName, readonly string[]>> = {
  help: ['help', 'hi', 'hello', 'hey', '?', 'menu', 'start', 'hilfe', 'hallo'],
  status: ['status', 'health'],
  backup: ['backup', 'back up', 'back-up', 'sichern', 'sichere'],
  report: ['report', 'reports', 'summary', 'bericht'],
  coverage: ['coverage', 'unprotected', 'gaps', 'abdeckung'],
  failures: ['failures', 'failure', 'errors', 'error', 'issues', 'problems', 'fehler'],
  find: ['find', 'search', 'where', 'look', 'finde', 'suche', 'suchen'],
  restore: ['restore', 'bring back', 'undelete', 'recover', 'wiederherstellen'],
  approvals: ['approvals', 'approval', 'approve', 'decline', 'genehmigungen'],
  notifications: ['notifications', 'notification', 'mute', 'unmute', 'settings', 'benachrichtigungen'],
};

const byWord = new Map(
  Object.entries(firstWords).flatMap(([command, words]) =>
    words.map((word) => [word, command as CommandName] as const),
  ),
);

/** What somebody wrote: the command that its first word (or first two) names, and the rest as it was written. */
export interface Sentence {
  readonly command?: CommandName;
  readonly rest: string;
  /** What named the command, bare: `mute` and `unmute` are one command. */
  readonly word?: string;
  /** All of it, one line, without mentions. */
  readonly text: string;
}

/** Case, punctuation, mentions and the look of letters do not matter; nothing but the first words decides. */
export function readSentence(message: string): Sentence {
  const text = message
    .toWellFormed()
    .normalize('NFKC')
    .replaceAll(/<at\b[^>]*>[^<]*<\/at>/giu, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  if (/^[\p{P}\s]*$/u.test(text)) return { command: 'help', rest: '', text };
  const [first = '', second = '', ...others] = text.split(' ');
  const both = `${bare(first)} ${bare(second)}`;
  const two = byWord.get(both);
  if (two !== undefined) return { command: two, word: both, rest: others.join(' '), text };
  const one = byWord.get(bare(first));
  if (one === undefined) return { rest: text, text };
  return { command: one, word: bare(first), rest: [second, ...others].join(' ').trim(), text };
}

const bare = (word: string): string => word.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '').toLocaleLowerCase('en');
