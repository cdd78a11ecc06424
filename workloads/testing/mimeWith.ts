/** A letter from outside as it arrives, with something attached on request. */
export const mimeWith = (subject: string, attachment?: Buffer): string => {
  const head = `From: Olu <olu@partner.example>\r\nTo: Anna <anna.lindqvist@demo.holdfast.example>\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '.')}@partner.example>\r\nDate: Fri, 20 Nov 2026 09:59:00 +0000\r\nMIME-Version: 1.0\r\n`;
  if (attachment === undefined) return `${head}\r\nHello\r\n`;
  const base64 = attachment.toString('base64').replaceAll(/.{76}/g, '$&\r\n');
  return `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n--b\r\nContent-Type: application/pdf; name="large.pdf"\r\nContent-Disposition: attachment; filename="large.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}\r\n--b--\r\n`;
};
