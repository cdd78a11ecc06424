import { childOf, insertItem, replaceContent, rootOf, type DriveRow, type ItemRow } from '../graph/drive/items.ts';
import { nearestLegalName } from '../graph/drive/names.ts';
import { pathOf } from '../graph/drive/items.ts';
import type { TenantState } from '../graph/tenantState.ts';
import type { Corpus } from './corpus.ts';
import { isoSeconds, stableNumber } from './ids.ts';

const DAY_MS = 86_400_000;
const MEGABYTE = 1024 * 1024;
const PATH_LIMIT = 400;
const GENERATED = 300;

const FOLDERS: Readonly<Record<string, string>> = {
  office: 'Office documents',
  pdf: 'PDF',
  image: 'Bilder & Fotos',
  calendar: 'Calendars',
  archive: 'Archives',
  'audio-video': 'Recordings',
  html: 'Web pages',
  'outlook-msg': 'Saved mail',
  tnef: 'winmail.dat',
  contacts: 'Kontakte',
  text: 'Notes',
  other: 'Other',
};

interface SeedFile {
  readonly path: string;
  readonly ref: string;
  readonly size: number;
}

/** The documents of the corpus under their odd names, or made-up files, over all drives. */
export function seedFiles(state: TenantState, corpus: Corpus | undefined, limit: number, anchor: number): void {
  const drives = state.database.all<DriveRow>('SELECT * FROM drives ORDER BY rowid');
  const files = corpus === undefined ? generatedFiles() : corpusFiles(corpus);
  state.database.transaction(() => {
    for (const [index, file] of files.slice(0, limit).entries()) {
      const drive = drives[index % drives.length];
      if (drive !== undefined) placeFile(state, drive, file, anchor);
    }
    if (limit < files.length) return;
    const [first, second, third] = drives;
    if (first !== undefined) addOddNames(state, first, corpus, anchor);
    if (second !== undefined) addNotebook(state, second, anchor);
    if (third !== undefined)
      for (const size of [6, 12, 21])
        placeFile(
          state,
          third,
          generated(`Recordings/town hall ${size}.mp4`, size * MEGABYTE + 12_345, 'random'),
          anchor,
        );
    addVersionsAndShares(state);
  });
}

function corpusFiles(corpus: Corpus): SeedFile[] {
  return corpus.files
    .filter((file) => file.kind !== 'mail')
    .map((file) => ({
      path: `${FOLDERS[file.kind] ?? file.kind}/${file.set}/${file.name.replaceAll('/', '_')}`,
      ref: `corpus:${file.path}`,
      size: file.bytes,
    }));
}

function generatedFiles(): SeedFile[] {
  const names = [
    'Bericht Straßenbau',
    'budget',
    '議事録',
    'Été – plan',
    'contract (final) v2',
    "O'Brien & sons #7",
    '100% done',
    'naïve.résumé',
    'Καλημέρα',
    'emoji 😀 file',
  ];
  const kinds = ['docx', 'pdf', 'xlsx', 'txt', 'png', 'zip'];
  return Array.from({ length: GENERATED }, (_, index) => {
    const kind = kinds[index % kinds.length] ?? 'bin';
    const size = index === 0 ? 0 : stableNumber(`file size ${index}`, index % 50 === 0 ? 4 * MEGABYTE : 120_000);
    return generated(
      `${FOLDERS[kind === 'pdf' ? 'pdf' : 'office']}/${2020 + (index % 7)}/${names[index % names.length]} ${index}.${kind}`,
      size,
      kind === 'txt' ? 'text' : 'random',
    );
  });
}

function generated(path: string, size: number, kind: 'random' | 'text'): SeedFile {
  return { path, ref: `gen:${kind}:${size}:${path}`, size };
}

/** Puts a file under its path; names become legal, a taken name gets a number. */
export function placeFile(state: TenantState, drive: DriveRow, file: SeedFile, anchor: number): ItemRow {
  const segments = file.path.split('/').filter((segment) => segment !== '');
  const last = segments.pop() ?? 'file';
  const parent = segments.reduce(
    (folder, name) => ensureFolder(state, drive, folder, name, anchor),
    rootOf(state, drive.id),
  );
  const name = freeName(state, parent, nearestLegalName(last, parent.parent_id === null));
  const modified =
    anchor - stableNumber(`${file.path} modified`, 900) * DAY_MS - stableNumber(`${file.path} minute`, 86_400) * 1000;
  return insertItem(state, {
    driveId: drive.id,
    parent,
    name,
    ref: file.ref,
    size: file.size,
    folder: false,
    created: isoSeconds(modified - stableNumber(`${file.path} created`, 400) * DAY_MS),
    modified: isoSeconds(modified),
    salt: `${parent.id}/${name}`,
  });
}

function ensureFolder(state: TenantState, drive: DriveRow, parent: ItemRow, wanted: string, anchor: number): ItemRow {
  const room = PATH_LIMIT - pathOf(state, parent).length - 60;
  const name = nearestLegalName(wanted.slice(0, Math.max(8, Math.min(room, 200))), parent.parent_id === null);
  const time = isoSeconds(anchor - stableNumber(`${name} folder`, 900) * DAY_MS);
  return (
    childOf(state, drive.id, parent.id, name) ??
    insertItem(state, {
      driveId: drive.id,
      parent,
      name,
      ref: null,
      size: 0,
      folder: true,
      created: time,
      modified: time,
      salt: `${parent.id}/${name}`,
    })
  );
}

function freeName(state: TenantState, parent: ItemRow, wanted: string): string {
  const room = PATH_LIMIT - pathOf(state, parent).length - 10;
  const short = wanted.length > room ? wanted.slice(wanted.length - room).trim() : wanted;
  const dot = short.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [short.slice(0, dot), short.slice(dot)] : [short, ''];
  let name = short;
  for (let number = 1; childOf(state, parent.drive_id, parent.id, name) !== undefined; number += 1)
    name = `${stem} (${number})${extension}`;
  return name;
}

function addOddNames(state: TenantState, drive: DriveRow, corpus: Corpus | undefined, anchor: number): void {
  const names =
    corpus === undefined
      ? [' leading space', 'ends with dot.', 'CON', 'a:b*c?.txt', 'tab\tname.txt', 'LPT1.txt']
      : [...corpus.oddNames, ...corpus.reservedNames];
  for (const name of names)
    placeFile(
      state,
      drive,
      generated(`Odd names/${name.replaceAll('/', '_')}`, 40 + stableNumber(name, 2000), 'text'),
      anchor,
    );
  for (const path of corpus?.longPaths ?? [])
    placeFile(state, drive, generated(`Long paths/${path}`, 40 + stableNumber(path, 2000), 'text'), anchor);
}

function addNotebook(state: TenantState, drive: DriveRow, anchor: number): void {
  const notebook = insertItem(state, {
    driveId: drive.id,
    parent: rootOf(state, drive.id),
    name: 'Team notebook',
    ref: null,
    size: 0,
    folder: true,
    facets: { package: 'oneNote' },
    salt: 'notebook',
  });
  for (const name of ['Open Notebook.onetoc2', 'Meetings.one', 'Ideas.one'])
    placeFile(
      state,
      drive,
      generated(`${notebook.name}/${name}`, 9_000 + stableNumber(name, 50_000), 'random'),
      anchor,
    );
}

/** Every fortieth file has an older version, every sixtieth is shared with somebody. */
function addVersionsAndShares(state: TenantState): void {
  for (const item of state.database.all<ItemRow>(
    'SELECT * FROM items WHERE folder = 0 AND n % 40 = 0 AND ref IS NOT NULL',
  )) {
    const { ref, size } = item;
    state.database.run(
      'UPDATE items SET ref = ?, size = ? WHERE n = ?',
      `gen:text:1234:older ${item.id}`,
      1234,
      item.n,
    );
    if (ref !== null)
      replaceContent(
        state,
        { ...item, ref: `gen:text:1234:older ${item.id}`, size: 1234 },
        ref,
        size,
        item.fs_modified,
        item.fs_created,
      );
  }
  const colleague = state.database.get<{ id: string; upn: string }>('SELECT id, upn FROM users ORDER BY rowid LIMIT 1');
  if (colleague === undefined) return;
  for (const item of state.database.all<ItemRow>('SELECT * FROM items WHERE folder = 0 AND n % 60 = 0')) {
    const user = { '@odata.type': '#microsoft.graph.sharePointIdentity', id: colleague.id, displayName: colleague.upn };
    const props = { id: `share-${item.n}`, roles: ['read'], grantedToV2: { user } };
    state.database.run(
      'INSERT INTO permissions(id, drive_id, item_id, props) VALUES(?, ?, ?, ?)',
      `share-${item.n}`,
      item.drive_id,
      item.id,
      JSON.stringify(props),
    );
    state.database.run(
      'UPDATE items SET facets = ? WHERE n = ?',
      JSON.stringify({ ...(JSON.parse(item.facets) as object), shared: true }),
      item.n,
    );
  }
}
