/** Tables of the tenant. Columns named `*_seq` hold numbers of the change sequence; `ref` columns name content. */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sequence(value INTEGER NOT NULL);
INSERT INTO sequence(value) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM sequence);

CREATE TABLE IF NOT EXISTS users(
  id TEXT PRIMARY KEY, upn TEXT NOT NULL UNIQUE COLLATE NOCASE, props TEXT NOT NULL, app_roles TEXT NOT NULL DEFAULT '[]',
  mailbox TEXT, settings TEXT NOT NULL DEFAULT '{}', changed_seq INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS groups(id TEXT PRIMARY KEY, props TEXT NOT NULL, changed_seq INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS members(
  group_id TEXT NOT NULL, member_id TEXT NOT NULL, kind TEXT NOT NULL, changed_seq INTEGER NOT NULL, removed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(group_id, member_id)) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS folders(
  n INTEGER PRIMARY KEY, user_id TEXT NOT NULL, parent_n INTEGER, name TEXT NOT NULL, well_known TEXT, hidden INTEGER NOT NULL DEFAULT 0,
  props TEXT NOT NULL DEFAULT '{}', changed_seq INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS folders_by_user ON folders(user_id, parent_n);

CREATE TABLE IF NOT EXISTS messages(
  n INTEGER PRIMARY KEY, user_id TEXT NOT NULL, folder_n INTEGER NOT NULL, received TEXT NOT NULL, internet_id TEXT NOT NULL,
  moves INTEGER NOT NULL DEFAULT 0, unread INTEGER NOT NULL DEFAULT 0, props TEXT NOT NULL, ref TEXT,
  created_seq INTEGER NOT NULL, changed_seq INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS messages_by_date ON messages(folder_n, received DESC, n DESC);
CREATE INDEX IF NOT EXISTS messages_by_folder ON messages(folder_n);
CREATE INDEX IF NOT EXISTS messages_by_change ON messages(folder_n, changed_seq);
CREATE INDEX IF NOT EXISTS messages_by_user ON messages(user_id, received DESC, n DESC);
CREATE INDEX IF NOT EXISTS messages_by_internet_id ON messages(user_id, internet_id);
CREATE TABLE IF NOT EXISTS departures(folder_n INTEGER NOT NULL, message_n INTEGER NOT NULL, moves INTEGER NOT NULL, seq INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS departures_by_change ON departures(folder_n, seq);
CREATE TABLE IF NOT EXISTS message_marks(message_n INTEGER NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS message_marks_by_value ON message_marks(id, value);
CREATE INDEX IF NOT EXISTS message_marks_by_message ON message_marks(message_n);
CREATE TABLE IF NOT EXISTS attachments(n INTEGER PRIMARY KEY, message_n INTEGER NOT NULL, props TEXT NOT NULL, ref TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS attachments_by_message ON attachments(message_n);

CREATE TABLE IF NOT EXISTS drives(id TEXT PRIMARY KEY, user_id TEXT NOT NULL, name TEXT NOT NULL, locked INTEGER NOT NULL DEFAULT 0, created TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS drives_by_user ON drives(user_id);
CREATE TABLE IF NOT EXISTS items(
  n INTEGER PRIMARY KEY, drive_id TEXT NOT NULL, id TEXT NOT NULL, parent_id TEXT, name TEXT NOT NULL, name_key TEXT NOT NULL,
  folder INTEGER NOT NULL, ref TEXT, size INTEGER NOT NULL DEFAULT 0, hash TEXT, sha256 TEXT, facets TEXT NOT NULL DEFAULT '{}',
  created TEXT NOT NULL, modified TEXT NOT NULL, fs_created TEXT NOT NULL, fs_modified TEXT NOT NULL,
  etag_seq INTEGER NOT NULL, ctag_seq INTEGER NOT NULL, delta_seq INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX IF NOT EXISTS items_by_id ON items(drive_id, id);
CREATE UNIQUE INDEX IF NOT EXISTS items_by_name ON items(drive_id, parent_id, name_key) WHERE deleted = 0;
CREATE INDEX IF NOT EXISTS items_by_delta ON items(drive_id, delta_seq, n);
CREATE TABLE IF NOT EXISTS versions(
  item_n INTEGER NOT NULL, version INTEGER NOT NULL, ref TEXT NOT NULL, size INTEGER NOT NULL, modified TEXT NOT NULL,
  PRIMARY KEY(item_n, version)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS permissions(id TEXT PRIMARY KEY, drive_id TEXT NOT NULL, item_id TEXT NOT NULL, props TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS permissions_by_item ON permissions(drive_id, item_id);

CREATE TABLE IF NOT EXISTS uploads(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, target TEXT NOT NULL, size INTEGER, received INTEGER NOT NULL DEFAULT 0, expires_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS outgoing(n INTEGER PRIMARY KEY, kind TEXT NOT NULL, at TEXT NOT NULL, app TEXT, detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS violations(n INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, request TEXT NOT NULL, detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS grants(app TEXT NOT NULL, role TEXT NOT NULL, PRIMARY KEY(app, role)) WITHOUT ROWID;
`;
