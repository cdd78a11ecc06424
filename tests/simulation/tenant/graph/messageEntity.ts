import { changeKeyOf } from '../ids.ts';
import type { Message } from '../rows.ts';
import { project } from './request.ts';

/** What Graph shows of a message; the body only where nothing was selected. */
export function messageEntity(message: Message, id: string): Readonly<Record<string, unknown>> {
  const changeKey = changeKeyOf(message.changedSeq);
  return { '@odata.etag': `W/"${changeKey}"`, id, changeKey, parentFolderId: message.folder, ...message.props };
}

const texts = new WeakMap<Message, Map<string, string>>();

/** An entry of the feed as JSON. Versions never change: each is written once. */
export function messageText(message: Message, select: string, id: string): string {
  const known = texts.get(message) ?? new Map<string, string>();
  texts.set(message, known);
  const key = `${id} ${select}`;
  const text =
    known.get(key) ??
    JSON.stringify({ '@odata.type': '#microsoft.graph.message', ...project(messageEntity(message, id), select) });
  known.set(key, text);
  return text;
}
