/** Every string that people or attackers gave as a name: kept, listed, found, looked at and handed out, and nothing more. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fromBufferPromise } from 'yauzl';
import { anna } from '../../api/testing/people.ts';
import { apiWorld } from '../../api/testing/world.ts';
import type { RequestId } from '../../engine/model/ids.ts';
import { hasCorpus, hostileStrings } from './corpus.ts';

const MOST_MS = 2_000;
const own = [
  '../../../etc/passwd',
  '..\\..\\windows\\system32\\x.dll',
  'C:\\x',
  '/etc/shadow',
  'CON',
  'nul.txt',
  'a/b\u0000c',
  'name.',
  'name ',
  'Name',
  'nAmE',
  'e\u0301.txt',
  '\u00e9.txt',
  '\u202Efdp.exe',
  '=HYPERLINK("https://elsewhere.example")',
  '"; filename="x.html',
  'a\r\nSet-Cookie: x=1',
  '__proto__',
  'constructor',
  'x'.repeat(5_000),
];

it('each comes back as it was given, on every way that shows it', async (t) => {
  if (!hasCorpus) t.diagnostic('Without ../shared/corpus: only the strings written down here');
  // Graph gives names as JSON text: half a character cannot come through it.
  const names = [...new Set([...own, ...hostileStrings()])].filter((name) => name !== '' && name.isWellFormed());
  const world = await apiWorld();
  const inTime = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    // Of a processor: a machine that has other work as well is no slower for it.
    const before = process.cpuUsage();
    const value = await work();
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    assert.ok(ms < MOST_MS, `${what} took ${Math.round(ms)} ms`);
    return value;
  };

  await inTime('storing all of them', () =>
    world.publish(
      world.mail.anna,
      names.map((name, index) => ({
        name,
        content: `content ${index}`,
        receivedAt: '2026-05-01T10:00:00.000Z',
        from: `${name} <a@contoso.example>`,
      })),
    ),
  );
  const token = await world.signIn.person(anna);
  const client = world.client(token);
  const params = { id: world.mail.anna.id };

  const listed = new Map<string, string>();
  let pageToken: string | undefined;
  do {
    const page = await inTime('a page', () =>
      client.call('listItems', { params, query: { ...(pageToken && { pageToken }) } }),
    );
    for (const { id, name } of page.value) listed.set(id, name);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  assert.deepEqual(new Set(listed.values()), new Set(names));

  for (const [index, name] of names.entries()) {
    const itemId = world.itemId(world.mail.anna, name);
    const said = JSON.stringify(name).slice(0, 80);
    assert.equal(
      (await inTime(said, () => client.call('getItem', { params: { ...params, itemId }, query: {} }))).name,
      name,
    );
    const answer = await world.send(`/api/resources/${params.id}/items/${itemId}/content`, { token });
    assert.equal(await answer.text(), `content ${index}`, said);
    // One header, nothing behind it, and never a page of our own address.
    assert.match(
      answer.headers.get('Content-Disposition') ?? '',
      /^attachment; filename="[^"\r\n]*"(; filename\*=UTF-8''[\w!#$&+.^`|~%-]+)?$/,
      said,
    );
    assert.equal(answer.headers.get('Set-Cookie'), null, said);
    assert.equal(answer.headers.get('X-Content-Type-Options'), 'nosniff', said);
  }
  for (const name of names.filter((_, index) => index % 10 === 0)) {
    const said = JSON.stringify(name).slice(0, 80);
    const asked = await world.send(`/api/search?${new URLSearchParams({ q: name.slice(0, 200) }).toString()}`, {
      token,
    });
    assert.ok(asked.status === 200 || asked.status === 400, `${said} was answered with ${asked.status}`);
  }

  const { id } = await client.call('createRestore', {
    body: {
      selection: { resourceId: params.id, at: 'latest' },
      destination: { kind: 'download' },
      reason: own.join('\n').slice(0, 500),
    },
  });
  await world.services.restore.onNudge(id as RequestId);
  await client.call('runRestore', { params: { id } });
  await world.services.restore.onNudge(id as RequestId);
  const bytes = await (await world.send(`/api/restore-requests/${id}/download`, { token })).arrayBuffer();
  const zip = await fromBufferPromise(Buffer.from(bytes));
  const inside: string[] = [];
  const contents = new Set<string>();
  for await (const entry of zip.eachEntry()) {
    inside.push(entry.fileName);
    const stream = await zip.openReadStreamPromise(entry);
    contents.add(Buffer.concat(await stream.toArray()).toString());
  }
  for (const file of inside) assertSafe(file);
  // What a case-blind disk, or one that composes accents, would lay over each other.
  const folded = inside.map((file) => file.normalize('NFC').toLowerCase());
  assert.equal(new Set(folded).size, inside.length);
  for (const index of names.keys()) assert.ok(contents.has(`content ${index}`), names[index]);
  t.diagnostic(`${names.length} names, ${inside.length} files in the archive`);
});

/** A path that every system keeps below the folder it is unpacked in. */
function assertSafe(file: string): void {
  assert.doesNotMatch(file, /^[/\\]|^[A-Za-z]:|\\|\/\//, file);
  for (const part of file.split('/')) {
    assert.ok(part !== '' && part !== '.' && part !== '..', file);
    assert.doesNotMatch(part, /[<>:"|?*]|[. ]$/, file);
    assert.ok(
      Array.from(part).every((char) => char >= ' ' && char !== '\u007f'),
      file,
    );
    assert.doesNotMatch(part, /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i, file);
    assert.ok(Buffer.byteLength(part) <= 255, file);
  }
}
