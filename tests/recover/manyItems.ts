import type { ResourceId } from '../../engine/model/ids.ts';
import type { Entry } from '../../engine/model/item.ts';
import type { SeededRandom } from '../../engine/testing/seededRandom.ts';
import type { OpenRepository } from '../../engine/repository/openRepository.ts';
import type { PackRef, Slice } from '../../engine/repository/repository.ts';
import {
  commitSlice,
  draftOf,
  entry,
  folderEntry,
  inPieces,
  noise,
  resource,
  take,
} from '../../engine/repository/testing/world.ts';

const SLICE_ITEMS = 500;
const WORDS =
  'the offer for the second quarter with all figures that were asked for at the meeting in Berlin please look at page and answer until Friday kind regards contract draft budget plan team customer delivery invoice number'.split(
    ' ',
  );

/** A mailbox of `items` messages of about 12 KB, every tenth with an attachment of 60 KB, in 40 folders, as one restore point. */
export async function manyMessages(
  repository: OpenRepository,
  random: SeededRandom,
  items: number,
): Promise<{ readonly resource: ResourceId; readonly bytes: number }> {
  let head = await take(repository);
  const folders = Array.from({ length: 40 }, (_, n) => folderEntry(`Folder ${n}`));
  const slices: Slice[] = [];
  let bytes = 0;
  for (let from = 0; from < items; from += SLICE_ITEMS) {
    const writer = repository.packWriter();
    const entries: Entry[] = from === 0 ? [...folders] : [];
    for (let n = from; n < Math.min(items, from + SLICE_ITEMS); n++) {
      const mime = messageOf(n);
      const original = await writer.store('original', 'mime', inPieces(mime));
      const meta = await writer.store(
        'meta',
        'text',
        inPieces(Buffer.from(JSON.stringify({ id: `m${n}`, categories: [] }))),
      );
      const received = new Date(Date.parse('2020-01-01') + n * 600_000).toISOString();
      bytes += mime.length;
      entries.push(
        entry(`Subject ${n % 977} of the year`, {
          id: Buffer.from(random.bytes(16)).toString('hex') as Entry['id'],
          sourceId: `m${n}`,
          parentId: folders[n % 40]?.id as Entry['id'],
          receivedAt: received,
          size: mime.length,
          sha256: original.sha256,
          streams: [original, meta],
        }),
      );
    }
    const packs: readonly PackRef[] = await writer.flush();
    const committed = await commitSlice(repository, random, head, entries, packs);
    head = committed.head;
    slices.push(committed.slice);
  }
  await repository.points.publish(
    head,
    draftOf(random, slices, 1, {
      resource: {
        workload: 'mail',
        kind: 'user',
        sourceId: 'u1',
        name: 'Anna Berg',
        address: 'anna@contoso.com',
        ownerId: 'u1' as never,
      },
    }),
  );
  return { resource, bytes };
}

/** The bytes of message `n`, the same in every run. */
export function messageOf(n: number): Buffer {
  let state = (n * 2_654_435_761) >>> 0 || 1;
  const body: string[] = [];
  for (let i = 0; i < 1_900; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    body.push(WORDS[state % WORDS.length] ?? '', i % 12 === 11 ? '\r\n' : ' ');
  }
  const head = `Message-ID: <${n}@contoso.com>\r\nSubject: Subject ${n}\r\nFrom: a@contoso.com\r\nMIME-Version: 1.0\r\n`;
  if (n % 10 !== 0) return Buffer.from(`${head}Content-Type: text/plain\r\n\r\n${body.join('')}`);
  const attached = Buffer.from(noise(60_000, n + 1))
    .toString('base64')
    .replaceAll(/.{76}/g, '$&\r\n');
  return Buffer.from(
    `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n${body.join('')}\r\n--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${attached}\r\n--b--\r\n`,
  );
}
