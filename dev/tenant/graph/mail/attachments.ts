import { GraphError } from '../call.ts';
import type { TenantState } from '../tenantState.ts';
import { attachmentId, attachmentIndex } from './ids.ts';
import type { MessageRow } from './mailboxes.ts';
import { readMime } from './mime.ts';

/** Attachments added by a client stand after those inside the stored MIME. */
const ADDED = 1_000_000;

export interface AttachmentView {
  readonly index: number;
  readonly odataType: string;
  readonly name: string;
  readonly contentType: string | null;
  readonly isInline: boolean;
  readonly contentId: string | null;
  readonly size: number;
  /** Empty for links to files. */
  bytes(): Buffer;
}

interface AttachmentProps {
  readonly odataType: string;
  readonly name: string;
  readonly contentType: string | null;
  readonly isInline: boolean;
  readonly contentId: string | null;
}

/** Everything attached to a message, in a stable order. */
export async function attachmentsOf(state: TenantState, row: MessageRow): Promise<AttachmentView[]> {
  const large = row.ref === null ? undefined : state.content.largeAttachments(row.ref);
  if (large !== undefined)
    return large.map(({ name, size, ref }, index) => ({
      index,
      odataType: '#microsoft.graph.fileAttachment',
      name,
      contentType: 'application/octet-stream',
      isInline: false,
      contentId: null,
      size,
      bytes: () => state.content.bytes(ref),
    }));
  const inside = row.ref === null ? [] : (await readMime(state.content.bytes(row.ref))).attachments;
  const added = state.database.all<{ n: number; props: string; ref: string }>(
    'SELECT n, props, ref FROM attachments WHERE message_n = ? ORDER BY n',
    row.n,
  );
  return [
    ...inside.map((attachment, index) => ({
      index,
      odataType:
        attachment.contentType === 'message/rfc822'
          ? '#microsoft.graph.itemAttachment'
          : '#microsoft.graph.fileAttachment',
      name: attachment.name,
      contentType: attachment.contentType,
      isInline: attachment.isInline,
      contentId: attachment.contentId,
      size: attachment.bytes.length,
      bytes: () => attachment.bytes,
    })),
    ...added.map((kept) => ({
      index: ADDED + kept.n,
      ...(JSON.parse(kept.props) as AttachmentProps),
      size: kept.ref === '' ? 0 : state.content.size(kept.ref),
      bytes: () => (kept.ref === '' ? Buffer.alloc(0) : state.content.bytes(kept.ref)),
    })),
  ];
}

export function addAttachment(state: TenantState, messageN: number, props: AttachmentProps, ref: string): number {
  return (
    ADDED +
    state.database.run(
      'INSERT INTO attachments(message_n, props, ref) VALUES(?, ?, ?)',
      messageN,
      JSON.stringify(props),
      ref,
    )
  );
}

export async function attachmentOf(state: TenantState, row: MessageRow, id: string): Promise<AttachmentView> {
  const index = attachmentIndex(row.user_id, row.n, id);
  const found = (await attachmentsOf(state, row)).find((attachment) => attachment.index === index);
  if (found === undefined)
    throw new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
  return found;
}

/** Returns false when the attachment is part of the stored MIME, which cannot be taken apart. */
export function removeAttachment(state: TenantState, index: number): boolean {
  if (index < ADDED) return false;
  state.database.run('DELETE FROM attachments WHERE n = ?', index - ADDED);
  return true;
}

export function attachmentEntity(
  row: MessageRow,
  attachment: AttachmentView,
  withBytes: boolean,
): Record<string, unknown> {
  const isFile = attachment.odataType === '#microsoft.graph.fileAttachment';
  return {
    '@odata.type': attachment.odataType,
    ...(isFile ? { '@odata.mediaContentType': attachment.contentType ?? 'application/octet-stream' } : {}),
    id: attachmentId(row.user_id, row.n, attachment.index),
    lastModifiedDateTime: row.received,
    name: attachment.name,
    contentType: attachment.contentType,
    size: attachment.size,
    isInline: attachment.isInline,
    ...(isFile ? { contentId: attachment.contentId, contentLocation: null } : {}),
    ...(isFile && withBytes ? { contentBytes: attachment.bytes().toString('base64') } : {}),
  };
}
