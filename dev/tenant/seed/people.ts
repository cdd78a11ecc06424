/** Languages whose folder names and time zones the demo people use. */
export type Language = 'en' | 'de' | 'ja' | 'fr' | 'es';

export interface DemoPerson {
  readonly alias: string;
  readonly name: string;
  readonly job: string;
  readonly department: string;
  readonly language: Language;
  readonly appRoles?: readonly string[];
  /** What kind of mailbox; `none` has neither mailbox nor drive. */
  readonly kind?: 'user' | 'shared' | 'room' | 'none';
}

/** The people of the demo tenant. All invented. */
export const PEOPLE: readonly DemoPerson[] = [
  {
    alias: 'anna.lindqvist',
    name: 'Anna Lindqvist',
    job: 'IT Administrator',
    department: 'IT',
    language: 'en',
    appRoles: ['Backup.Admin'],
  },
  {
    alias: 'ben.okafor',
    name: 'Ben Okafor',
    job: 'Service Desk Lead',
    department: 'IT',
    language: 'en',
    appRoles: ['Backup.RestoreOperator'],
  },
  {
    alias: 'clara.weber',
    name: 'Clara Weber',
    job: 'Compliance Officer',
    department: 'Legal',
    language: 'de',
    appRoles: ['Backup.Auditor'],
  },
  {
    alias: 'david.moreau',
    name: 'David Moreau',
    job: 'Head of Security',
    department: 'IT',
    language: 'fr',
    appRoles: ['Backup.Approver'],
  },
  { alias: 'emi.tanaka', name: '田中 恵美', job: 'Account Manager', department: 'Sales', language: 'ja' },
  { alias: 'felix.bauer', name: 'Felix Bauer', job: 'Controller', department: 'Finance', language: 'de' },
  { alias: 'grace.mwangi', name: 'Grace Mwangi', job: 'Product Manager', department: 'Product', language: 'en' },
  { alias: 'hugo.santos', name: 'Hugo Santos', job: 'Designer', department: 'Product', language: 'es' },
  { alias: 'ines.vogt', name: 'Ines Vogt', job: 'Engineer', department: 'Product', language: 'de' },
  { alias: 'jonas.berg', name: 'Jonas Åberg', job: 'Engineer', department: 'Product', language: 'en' },
  { alias: 'kaja.nowak', name: 'Kaja Nowak', job: 'Recruiter', department: 'People', language: 'en' },
  { alias: 'liam.osullivan', name: "Liam O'Sullivan", job: 'Sales Director', department: 'Sales', language: 'en' },
  { alias: 'mei.chen', name: 'Mei Chen', job: 'Data Analyst', department: 'Finance', language: 'en' },
  { alias: 'nadia.haddad', name: 'Nadia Haddad', job: 'Lawyer', department: 'Legal', language: 'fr' },
  { alias: 'oskar.lund', name: 'Oskar Lund', job: 'Buyer', department: 'Operations', language: 'en' },
  { alias: 'priya.raman', name: 'Priya Raman', job: 'Project Manager', department: 'Operations', language: 'en' },
  {
    alias: 'quentin.dubois',
    name: 'Quentin Dubois',
    job: 'Marketing Manager',
    department: 'Marketing',
    language: 'fr',
  },
  { alias: 'rosa.garcia', name: 'Rosa García', job: 'Accountant', department: 'Finance', language: 'es' },
  { alias: 'samir.khan', name: 'Samir Khan', job: 'Engineer', department: 'Product', language: 'en' },
  { alias: 'tomoko.sato', name: '佐藤 朋子', job: 'Office Manager', department: 'Operations', language: 'ja' },
  { alias: 'ulf.schneider', name: 'Ulf Schneider', job: 'Plant Manager', department: 'Operations', language: 'de' },
  { alias: 'vera.petrova', name: 'Vera Petrova', job: 'Translator', department: 'Marketing', language: 'en' },
  { alias: 'will.carter', name: 'Will Carter', job: 'Trainee', department: 'People', language: 'en' },
  { alias: 'xenia.papas', name: 'Xenia Papas', job: 'Researcher', department: 'Product', language: 'en' },
  { alias: 'yusuf.demir', name: 'Yusuf Demir', job: 'Logistics', department: 'Operations', language: 'de' },
  { alias: 'zoe.martin', name: 'Zoë Martin', job: 'Assistant', department: 'Management', language: 'fr' },
  { alias: 'info', name: 'Info (shared)', job: '', department: 'Sales', language: 'en', kind: 'shared' },
  { alias: 'room.elbe', name: 'Room Elbe', job: '', department: 'Facilities', language: 'de', kind: 'room' },
  { alias: 'svc.scanner', name: 'Scanner account', job: '', department: 'IT', language: 'en', kind: 'none' },
];

export const DOMAIN = 'demo.holdfast.example';

/** Distinguished folders and how each language shows them. */
export const WELL_KNOWN: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  inbox: { en: 'Inbox', de: 'Posteingang', ja: '受信トレイ', fr: 'Boîte de réception', es: 'Bandeja de entrada' },
  drafts: { en: 'Drafts', de: 'Entwürfe', ja: '下書き', fr: 'Brouillons', es: 'Borradores' },
  sentitems: {
    en: 'Sent Items',
    de: 'Gesendete Elemente',
    ja: '送信済みアイテム',
    fr: 'Éléments envoyés',
    es: 'Elementos enviados',
  },
  deleteditems: {
    en: 'Deleted Items',
    de: 'Gelöschte Elemente',
    ja: '削除済みアイテム',
    fr: 'Éléments supprimés',
    es: 'Elementos eliminados',
  },
  junkemail: {
    en: 'Junk Email',
    de: 'Junk-E-Mail',
    ja: '迷惑メール',
    fr: 'Courrier indésirable',
    es: 'Correo no deseado',
  },
  archive: { en: 'Archive', de: 'Archiv', ja: 'アーカイブ', fr: 'Archiver', es: 'Archivo' },
  outbox: { en: 'Outbox', de: 'Postausgang', ja: '送信トレイ', fr: 'Boîte d’envoi', es: 'Bandeja de salida' },
  conversationhistory: {
    en: 'Conversation History',
    de: 'Aufgezeichnete Unterhaltungen',
    ja: '会話の履歴',
    fr: 'Historique des conversations',
    es: 'Historial de conversaciones',
  },
};

/** Folders people made themselves, as paths below the named distinguished folder or the top (''). */
export const OWN_FOLDERS: Readonly<Record<Language, readonly (readonly [string, string])[]>> = {
  en: [
    ['', 'Projects/2026/Aurora'],
    ['', 'Projects/2026/Beacon'],
    ['inbox', 'Newsletters'],
    ['inbox', 'Newsletters/Old: read later?'],
  ],
  de: [
    ['', 'Projekte/2026/Straßenbau'],
    ['inbox', 'Rechnungen'],
    ['inbox', 'Rechnungen/Geprüft & bezahlt'],
    ['', 'Persönlich'],
  ],
  ja: [
    ['', 'プロジェクト/2026年/桜'],
    ['inbox', '見積もり'],
    ['inbox', '請求書/支払済み'],
  ],
  fr: [
    ['', 'Projets/2026/Été'],
    ['inbox', 'Factures'],
    ['inbox', 'Factures/À vérifier'],
  ],
  es: [
    ['', 'Proyectos/2026/Año nuevo'],
    ['inbox', 'Facturación'],
    ['archive', '¿Pendiente?'],
  ],
};

export const LOCALES: Readonly<
  Record<Language, { readonly locale: string; readonly displayName: string; readonly timeZone: string }>
> = {
  en: { locale: 'en-US', displayName: 'English (United States)', timeZone: 'GMT Standard Time' },
  de: { locale: 'de-DE', displayName: 'German (Germany)', timeZone: 'W. Europe Standard Time' },
  ja: { locale: 'ja-JP', displayName: 'Japanese (Japan)', timeZone: 'Tokyo Standard Time' },
  fr: { locale: 'fr-FR', displayName: 'French (France)', timeZone: 'Romance Standard Time' },
  es: { locale: 'es-ES', displayName: 'Spanish (Spain)', timeZone: 'Romance Standard Time' },
};
