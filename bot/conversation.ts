import { randomUUID } from 'node:crypto';
import type { CardAction } from '../contract/cards.ts';
import { isFault } from '../engine/fault.ts';
import type { RequestId, RunId } from '../engine/model/ids.ts';
import { seesTenant } from './access.ts';
import type { BotServices } from './botServices.ts';
import { errorCard, refusedCard, unknownCard } from './cards/notes.ts';
import { backup, cancelRun, confirmBackup, dismissBackup, showRun } from './commands/backup.ts';
import { findToShare, type ComposeAnswer } from './commands/compose.ts';
import { pressChange } from './commands/changes.ts';
import { coverage } from './commands/coverage.ts';
import { find } from './commands/find.ts';
import { help } from './commands/help.ts';
import { commands } from './commands/index.ts';
import { messageCopies, type ChosenMessage } from './commands/message.ts';
import { saveNotifications, showNotifications } from './commands/notifications.ts';
import { failures, report, reportOfRun } from './commands/report.ts';
import { approvals, checkRestore, pressRestore, restoreForm, showRestore } from './commands/restore.ts';
import { auditPress } from './commands/refuse.ts';
import { status } from './commands/status.ts';
import { askAlarmSnooze, askSnooze, retryFailed, saveAlarmSnooze, saveSnooze } from './commands/troubles.ts';
import type { Drafts } from './drafts.ts';
import { sayCard, type Answer, type Asked, type Turn } from './turn.ts';
import { readSentence } from './words.ts';

/** The bot without any chat: words, presses and chosen messages in, answers out. Never throws for a known trouble. */
export interface Conversation {
  onText(turn: Turn, text: string): Promise<Answer>;
  /** The press of a button, parsed. Authorised anew; twice is once. */
  onAction(turn: Turn, action: CardAction): Promise<Answer>;
  /** "Restore with Holdfast" under a message; the answer is for a dialog that only this person sees. */
  onMessageAction(turn: Turn, message: ChosenMessage): Promise<Answer>;
  /** "Find in Holdfast" under the compose box; only its reader sees the list. */
  onCompose(turn: Turn, sentence: string): Promise<ComposeAnswer>;
  /** Somebody added the bot to their own chat. */
  onWelcome(turn: Turn): Promise<Answer>;
}

export function makeConversation(services: BotServices, drafts: Drafts): Conversation {
  const asking = (turn: Turn): Asked => ({ ...turn, services, drafts });
  return {
    onText: (turn, text) =>
      inWords(asking(turn), async (asked) => {
        const { command, rest, word = '', text: said } = readSentence(text);
        if (command === undefined) return aside(asked, true, sayCard(unknownCard(asked.texts, said)));
        const { isPrivate, answer } = commands[command];
        return aside(asked, isPrivate, await answer(asked, rest, word));
      }),
    onAction: (turn, action) =>
      inWords(asking(turn), async (asked) => aside(asked, !isPublic(action), await writtenDown(asked, action))),
    onMessageAction: (turn, message) => inWords(asking(turn), (asked) => messageCopies(asked, message)),
    onCompose: (turn, sentence) => composed(asking(turn), sentence),
    onWelcome: (turn) =>
      inWords(asking(turn), (asked) => help(asked, turn.actor.name.split(' ')[0] ?? turn.actor.name)),
  };
}

/** Their answers name nobody in a channel, so that they may stand there. */
const publicVerbs: ReadonlySet<CardAction['verb']> = new Set([
  'help.show',
  'status.show',
  'report.show',
  'coverage.show',
  'failures.show',
  'run.report',
  'notifications.show',
  'notifications.save',
  'snooze.ask',
  'snooze.save',
  'snooze.askAlarm',
  'snooze.saveAlarm',
]);
const isPublic = ({ verb }: CardAction): boolean => publicVerbs.has(verb);

/** Outside the personal chat, what may name people, files or subjects goes to the person alone. */
function aside({ conversation, texts }: Asked, isPrivate: boolean, answer: Answer): Answer {
  if (conversation.kind === 'personal' || !isPrivate) return answer;
  return { ...answer, here: { text: texts('channel.answeredPrivately') }, privately: answer.here };
}

/** A press that the rules behind it refuse is written down, whoever pressed. */
async function writtenDown(asked: Asked, action: CardAction): Promise<Answer> {
  try {
    return await press(asked, action);
  } catch (error) {
    if (isFault(error, ...refusals)) await auditPress(asked, action, 'refused');
    throw error;
  }
}

const refusals = ['forbidden', 'not-found', 'conflict', 'invalid', 'unsupported'] as const;

function press(asked: Asked, action: CardAction): Promise<Answer> | Answer {
  switch (action.verb) {
    case 'help.show':
      return help(asked);
    case 'status.show':
      return status(asked);
    case 'failures.show':
      return failures(asked);
    case 'report.show':
      return report(asked, '');
    case 'coverage.show':
      return coverage(asked);
    case 'notifications.show':
      return showNotifications(asked);
    case 'notifications.save':
      return saveNotifications(asked, action);
    case 'approvals.show':
      return approvals(asked);
    case 'failures.retry':
      return retryFailed(asked, action);
    case 'snooze.ask':
      return askSnooze(asked, action);
    case 'snooze.save':
      return saveSnooze(asked, action);
    case 'snooze.askAlarm':
      return askAlarmSnooze(asked, action);
    case 'snooze.saveAlarm':
      return saveAlarmSnooze(asked, action);
    case 'backup.ask':
      return backup(asked, '');
    case 'backup.confirm':
      return confirmBackup(asked, action);
    case 'backup.dismiss':
      return dismissBackup(asked);
    case 'run.show':
      return showRun(asked, action.runId as RunId);
    case 'run.cancel':
      return cancelRun(asked, action.runId as RunId);
    case 'run.report':
      return reportOfRun(asked, action.runId as RunId);
    case 'search.run':
      return find(asked, {
        sentence: action.q,
        ...(action.person === undefined ? {} : { person: action.person }),
        ...(action.deleted === undefined ? {} : { deleted: action.deleted }),
      });
    case 'restore.form':
      return restoreForm(asked, action);
    case 'restore.check':
      return checkRestore(asked, action);
    case 'restore.show':
      return showRestore(asked, action.requestId as RequestId);
    case 'restore.run':
    case 'restore.cancel':
    case 'restore.withdraw':
    case 'restore.undo':
    case 'approval.approve':
    case 'approval.decline':
      return pressRestore(asked, action);
    case 'change.show':
    case 'change.approve':
    case 'change.withdraw':
      return pressChange(asked, action);
  }
}

/** The list holds cards or words: a trouble is said in words. */
async function composed(asked: Asked, sentence: string): Promise<ComposeAnswer> {
  const found: { answer?: ComposeAnswer } = {};
  const trouble = await inWords(asked, async () => {
    found.answer = await findToShare(asked, sentence);
    return { here: { text: '' } };
  });
  if (found.answer !== undefined) return found.answer;
  return { text: 'card' in trouble.here ? (trouble.here.card.fallbackText ?? '') : trouble.here.text };
}

/** Known troubles become words; a defect of ours becomes a reference that the log knows. */
async function inWords(asked: Asked, answer: (asked: Asked) => Promise<Answer>): Promise<Answer> {
  try {
    return await answer(asked);
  } catch (error) {
    const { texts, services } = asked;
    if (isFault(error, ...refusals)) return sayCard(refusedCard(texts, error.message));
    const reference = randomUUID().slice(0, 8);
    services.log.error('bot.turnFailed', {
      reference,
      error: error instanceof Error ? error.name : 'unknown',
      ...(isFault(error) ? { kind: error.kind, origin: error.origin } : {}),
    });
    // Only people who look after the tenant are told what is wrong with it.
    const cause = isFault(error) && seesTenant(asked.actor) ? error.message : texts('error.somewhere');
    return sayCard(errorCard(texts, cause, reference));
  }
}
