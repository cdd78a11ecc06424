import { generatedDate } from '../content/generatedMail.ts';
import { insertMessage, type NewMessage } from '../graph/mail/mutations.ts';
import { propsFromMime } from '../graph/mail/mimeProps.ts';
import { readMime } from '../graph/mail/mime.ts';
import type { TenantState } from '../graph/tenantState.ts';
import type { Corpus } from './corpus.ts';
import { isoSeconds, stableNumber } from './ids.ts';

const DAY_MS = 86_400_000;
const GENERATED = 300;
const CATEGORIES = ['Red category', 'Blue category', 'Kunde Süd', '重要'];

interface Mailbox {
  readonly userId: string;
  readonly folders: readonly { readonly n: number; readonly well_known: string | null; readonly hidden: number }[];
}

/** Every mail of the corpus as it is stored there, or made-up mail, over all mailboxes and their folders. */
export async function seedMail(
  state: TenantState,
  corpus: Corpus | undefined,
  limit: number,
  anchor: number,
): Promise<void> {
  const refs =
    corpus?.files.filter((file) => file.kind === 'mail').map((file) => `corpus:${file.path}`) ??
    Array.from({ length: GENERATED }, (_, index) => `mail:seed:${index}`);
  const mailboxes = mailboxesOf(state);
  const messages: NewMessage[] = [];
  for (const [index, ref] of refs.slice(0, limit).entries()) {
    const mailbox = mailboxes[index % mailboxes.length];
    if (mailbox !== undefined) messages.push(await messageFor(state, mailbox, ref, index, anchor));
  }
  state.database.transaction(() => {
    for (const message of messages) insertMessage(state, message);
  });
}

function mailboxesOf(state: TenantState): Mailbox[] {
  return state.database
    .all<{ id: string }>('SELECT id FROM users WHERE mailbox IS NOT NULL ORDER BY rowid')
    .map(({ id }) => ({
      userId: id,
      folders: state.database.all(
        "SELECT n, well_known, hidden FROM folders WHERE user_id = ? AND parent_n IS NOT NULL AND coalesce(well_known, '') NOT IN ('outbox') ORDER BY n",
        id,
      ),
    }));
}

async function messageFor(
  state: TenantState,
  mailbox: Mailbox,
  ref: string,
  index: number,
  anchor: number,
): Promise<NewMessage> {
  const mail = await readMime(state.content.bytes(ref));
  const folder = pickFolder(mailbox, ref);
  // A fifth of the mail is from the last thirty days, the rest from two years.
  const age =
    stableNumber(`${ref} recent`, 5) === 0
      ? stableNumber(`${ref} age`, 30 * 24)
      : 30 * 24 + stableNumber(`${ref} age`, 700 * 24);
  const received = isoSeconds(anchor - (age * DAY_MS) / 24 - index * 1000);
  const isDraft = folder.well_known === 'drafts';
  const props = propsFromMime(mail, received, isDraft);
  const category = CATEGORIES[stableNumber(`${ref} category`, 20)];
  return {
    userId: mailbox.userId,
    folderN: folder.n,
    received,
    internetId: mail.messageId,
    unread: stableNumber(`${ref} unread`, 3) === 0,
    ref,
    props: {
      ...props,
      ...(category === undefined ? {} : { categories: [category] }),
      ...(stableNumber(`${ref} flag`, 15) === 0 ? { flag: { flagStatus: 'flagged' } } : {}),
    },
  };
}

function pickFolder(mailbox: Mailbox, ref: string) {
  const inbox = mailbox.folders.find((folder) => folder.well_known === 'inbox');
  const any = mailbox.folders[stableNumber(`${ref} folder`, mailbox.folders.length)];
  const picked = stableNumber(`${ref} inbox`, 10) < 4 ? inbox : any;
  if (picked === undefined) throw new Error(`Mailbox ${mailbox.userId} has no folders`);
  return picked;
}

const plainProps = (received: string, subject: string): Record<string, unknown> => ({
  createdDateTime: received,
  lastModifiedDateTime: received,
  subject,
  bodyPreview: '',
  importance: 'normal',
  categories: [],
  sentDateTime: received,
  isDraft: false,
  flag: { flagStatus: 'notFlagged' },
});

/** One message with `attachments` of `bytes` each that are computed when they are read. */
export function addLargeMessage(
  state: TenantState,
  userId: string,
  folderN: number,
  seed: string,
  bytes: number,
  attachments: number,
): void {
  const received = '2026-10-31T17:00:00Z';
  const props = { ...plainProps(received, `Large message ${seed}`), hasAttachments: true };
  insertMessage(state, {
    userId,
    folderN,
    received,
    internetId: `<large.${seed}@partner.example>`,
    unread: false,
    ref: `large:${bytes}x${attachments}:${seed}`,
    props,
  });
}

/** A mailbox full of made-up messages that exist only as numbers until somebody reads them. */
export function addGeneratedMessages(
  state: TenantState,
  userId: string,
  folderN: number,
  seed: string,
  count: number,
): void {
  state.database.transaction(() => {
    for (let index = 0; index < count; index += 1) {
      const received = isoSeconds(generatedDate(seed, index).getTime());
      insertMessage(state, {
        userId,
        folderN,
        received,
        internetId: `<${seed}.${index}@partner.example>`,
        unread: false,
        ref: `mail:${seed}:${index}`,
        props: plainProps(received, `Generated message ${index}`),
      });
    }
  });
}
