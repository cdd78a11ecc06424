import type { Answer, Asked } from '../turn.ts';
import type { CommandName } from '../words.ts';
import { backup } from './backup.ts';
import { coverage } from './coverage.ts';
import { find } from './find.ts';
import { help } from './help.ts';
import { notifications } from './notifications.ts';
import { failures, report } from './report.ts';
import { approvals } from './restore.ts';
import { status } from './status.ts';

export interface Command {
  /** As the app's list of commands calls it. */
  readonly title: string;
  /** True when the answer may name people, files or subjects: never in a channel. */
  readonly isPrivate: boolean;
  readonly answer: (asked: Asked, rest: string, word: string) => Promise<Answer>;
}

export const commands: Readonly<Record<CommandName, Command>> = {
  help: { title: 'help', isPrivate: false, answer: (asked) => help(asked) },
  status: { title: 'status', isPrivate: false, answer: status },
  backup: { title: 'backup now', isPrivate: true, answer: backup },
  report: { title: 'report', isPrivate: false, answer: report },
  coverage: { title: 'coverage', isPrivate: false, answer: (asked) => coverage(asked) },
  failures: { title: 'failures', isPrivate: false, answer: failures },
  find: { title: 'find', isPrivate: true, answer: (asked, rest) => find(asked, { sentence: rest }, 'find') },
  restore: { title: 'restore', isPrivate: true, answer: (asked, rest) => find(asked, { sentence: rest }, 'restore') },
  approvals: { title: 'approvals', isPrivate: true, answer: approvals },
  notifications: { title: 'notifications', isPrivate: false, answer: notifications },
};
