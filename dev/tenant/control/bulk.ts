import type { TenantState } from '../graph/tenantState.ts';
import { folderOf } from '../graph/mail/mailboxes.ts';
import type { DriveRow } from '../graph/drive/items.ts';
import { placeFile } from '../seed/seedFiles.ts';
import { addGeneratedMessages } from '../seed/seedMail.ts';
import { insertPerson } from './population.ts';

/** One more person, "archive.bulk", with many made-up messages and one very large file. */
export function addBulk(state: TenantState, messages: number, fileBytes: number): void {
  const id = insertPerson(state, {
    alias: 'archive.bulk',
    name: 'Bulk Archive',
    job: 'Archive',
    department: 'Operations',
    language: 'en',
  });
  if (messages > 0) addGeneratedMessages(state, id, folderOf(state, id, 'inbox').n, 'bulk', messages);
  const drive = state.database.get<DriveRow>('SELECT * FROM drives WHERE user_id = ?', id);
  if (fileBytes > 0 && drive !== undefined)
    placeFile(
      state,
      drive,
      { path: 'Generated/large.bin', ref: `gen:random:${fileBytes}:bulk`, size: fileBytes },
      Date.now(),
    );
}
