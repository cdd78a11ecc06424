import {
  BoardRegular,
  BuildingRegular,
  CalendarLtrRegular,
  ChatRegular,
  ContactCardRegular,
  DocumentPdfRegular,
  DocumentRegular,
  DocumentTextRegular,
  FolderRegular,
  FolderZipRegular,
  GlobeRegular,
  ImageRegular,
  MailRegular,
  NoteRegular,
  NotebookRegular,
  PeopleRegular,
  PeopleTeamRegular,
  PersonRegular,
  SlideTextRegular,
  TableRegular,
  TaskListSquareLtrRegular,
} from '@fluentui/react-icons';
import type { FluentIcon } from '@fluentui/react-icons';

/** Names that workloads may use for their icons. The server names them; only drawings live here. */
const drawings: Readonly<Record<string, FluentIcon>> = {
  Board: BoardRegular,
  Building: BuildingRegular,
  Calendar: CalendarLtrRegular,
  Chat: ChatRegular,
  ContactCard: ContactCardRegular,
  Document: DocumentRegular,
  Folder: FolderRegular,
  Globe: GlobeRegular,
  Group: PeopleRegular,
  Mail: MailRegular,
  Note: NoteRegular,
  Notebook: NotebookRegular,
  People: PeopleRegular,
  PeopleTeam: PeopleTeamRegular,
  Person: PersonRegular,
  TaskList: TaskListSquareLtrRegular,
};

const byExtension: Readonly<Record<string, FluentIcon>> = {
  pdf: DocumentPdfRegular,
  zip: FolderZipRegular,
  png: ImageRegular,
  jpg: ImageRegular,
  jpeg: ImageRegular,
  gif: ImageRegular,
  svg: ImageRegular,
  webp: ImageRegular,
  docx: DocumentTextRegular,
  doc: DocumentTextRegular,
  txt: DocumentTextRegular,
  md: DocumentTextRegular,
  xlsx: TableRegular,
  xls: TableRegular,
  csv: TableRegular,
  pptx: SlideTextRegular,
  ppt: SlideTextRegular,
};

/** The drawing behind a name that the server gave; an unknown name is a plain document. */
export function NamedIcon({ name, fileName }: { name: string | undefined; fileName?: string }) {
  const extension = fileName?.split('.').at(-1)?.toLowerCase() ?? '';
  const Icon = (name === 'Document' ? byExtension[extension] : undefined) ?? drawings[name ?? ''] ?? DocumentRegular;
  return <Icon aria-hidden />;
}
