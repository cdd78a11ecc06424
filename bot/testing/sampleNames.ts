/** What people could have called a file, a person, a policy, a reason. */
export interface Names {
  readonly item: string;
  readonly person: string;
  readonly policy: string;
  readonly reason: string;
}

/** Names as long as people make them, and in a writing that runs the other way. */
export const oddNames: Readonly<Record<'long' | 'rightToLeft', Names>> = {
  long: {
    item: 'Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung – Protokoll der außerordentlichen Gesellschafterversammlung vom 17. November 2026 (endgültige, unterschriebene Fassung) – Kopie (2).docx',
    person: 'Dr. Anna-Katharina Freifrau von Berg-Hohenstein (Rechtsabteilung, externe Beraterin)',
    policy: 'Aufbewahrungsrichtlinie für Vorstand, Aufsichtsrat und Rechtsabteilung',
    reason:
      'Das Postfach ist gesperrt, weil eine Untersuchung der Datenschutzbeauftragten läuft; es wird nach deren Abschluss wieder freigegeben',
  },
  rightToLeft: {
    item: 'فاتورة المشتريات النهائية رقم 118 لسنة 2026.pdf',
    person: 'آنا عبد الرحمن بيرغ',
    policy: 'كل شيء في المؤسسة',
    reason: 'لم يُعثر على صندوق البريد',
  },
};

export const plainNames: Names = {
  item: 'Invoice 2026-118.pdf',
  person: 'Anna Berg',
  policy: 'Everything',
  reason: 'Mailbox not found',
};
