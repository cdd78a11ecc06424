import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Entry, ListedItem } from '../../../engine/model/item.ts';
import type { Graph } from '../../../graph/index.ts';
import { controlOf, type Control } from '../../testing/control.ts';
import { quietLog, startTestTenant, type TestTenant } from '../../testing/demoTenant.ts';
import { entryOf, orderOf, reading } from '../../testing/reading.ts';
import { resourceOf } from '../../testing/worlds.ts';
import { createMailConnector } from '../index.ts';

const restoring = { signal: reading.signal };

const ATTACHED = [
  { name: 'small.bin', bytes: randomBytes(90_000) },
  { name: 'two ranges.bin', bytes: randomBytes(4_100_000) },
  { name: 'small again.bin', bytes: randomBytes(50) },
  { name: 'one range.bin', bytes: randomBytes(3_200_000) },
];
const RANGES = 3;
const mime = Buffer.from(
  `From: Olu <olu@partner.example>\r\nSubject: Killed\r\nMessage-ID: <killed@partner.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee below\r\n${ATTACHED.map(
    ({ name, bytes }) =>
      `--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${bytes.toString('base64').replaceAll(/.{76}/g, '$&\r\n')}\r\n`,
  ).join('')}--b--\r\n`,
);
/** The exact copy is none that could be imported. */
const parts = new Map([
  ['original', mime],
  ['exact', Buffer.from('never imported')],
]);
const item: ListedItem = {
  sourceId: 'lost',
  versionTag: '1',
  name: 'Killed',
  kind: 'message',
  container: false,
  size: mime.length,
  receivedAt: '2026-11-20T10:00:00.000Z' as NonNullable<ListedItem['receivedAt']>,
  from: 'olu@partner.example',
  hasContent: true,
  meta: { internetMessageId: '<killed@partner.example>', from: { emailAddress: { address: 'olu@partner.example' } } },
};
const entry: Entry = entryOf(item, parts);

class Killed extends Error {}

/** Counts what leaves a trace, at the service or in the journal, and ends everything at one of them: before it or after it. */
class Life {
  readonly steps: string[] = [];
  #progress: string | undefined;
  readonly #killAt: number;

  constructor(killAt: number, progress?: string) {
    this.#killAt = killAt;
    this.#progress = progress;
  }

  get progress(): string | undefined {
    return this.#progress;
  }

  async step<T>(name: string, effect: () => Promise<T>): Promise<T> {
    this.#pass(`before ${name}`);
    const result = await effect();
    this.#pass(`after ${name}`);
    return result;
  }

  #pass(step: string): void {
    this.steps.push(step);
    if (this.steps.length > this.#killAt) throw new Killed(step);
  }

  graph(graph: Graph): Graph {
    const nameOf = (path: string) => path.split('/').at(-1) ?? '';
    return {
      ...graph,
      post: (shape, path, body, options) =>
        this.step(`POST ${nameOf(path)}`, () => graph.post(shape, path, body, options)),
      patch: (shape, path, body, options) => this.step('PATCH', () => graph.patch(shape, path, body, options)),
      upload: (url, options) => {
        const upload = graph.upload(url, options);
        return {
          ...upload,
          putRange: (bytes, at, total) => this.step(`PUT ${at}`, () => upload.putRange(bytes, at, total)),
        };
      },
    };
  }

  saveProgress(progress: string): Promise<void> {
    return this.step('saving progress', async () => void (this.#progress = progress));
  }
}

describe('a restore without import that is killed', () => {
  let test: TestTenant;
  let control: Control;
  before(async () => {
    test = await startTestTenant({ seed: 'empty' });
    control = controlOf(test.tenant.controlUrl);
    await control.post('settings', { importExportAllowed: false });
  });
  after(() => test.stop());

  /** A mailbox of its own: what one takes in five minutes is not enough for all of them. */
  const mailboxOf = async (alias: string) => {
    const { id } = await control.post<{ id: string }>('users', { alias });
    return resourceOf('mail', new Map([[alias, { id, upn: alias, driveId: null }]]), alias);
  };
  const attachedIn = async (user: string) => {
    const { value } = await control.get<{
      value: { folder: string; attachments: { name: string; sha256: string }[] }[];
    }>(`messages?user=${user}&hash=attachments`);
    return value.map(({ attachments }) => attachments.map(({ name, sha256 }) => ({ name, sha256 })));
  };
  const expected = ATTACHED.map(({ name, bytes }) => ({
    name,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }));

  /** Attempts as the engine makes them, the first one killed at a step; answers the steps of each. */
  const restoredInTwoLives = async (alias: string, killAt: number, between = async () => {}) => {
    const target = await mailboxOf(alias);
    const lives = [new Life(killAt)];
    const attempt = async (life: Life) => {
      const { restore } = createMailConnector({
        read: test.read,
        write: life.graph(test.write),
        now: Date.now,
        log: quietLog,
      });
      const place = { sourceId: 'inbox', path: 'Inbox' };
      const order = orderOf(item, parts, {
        before: [],
        saveProgress: (progress) => life.saveProgress(progress),
        ...(life.progress === undefined ? {} : { progress: life.progress }),
      });
      const found = await restore.find(target, place, entry, order, restoring);
      return { found, written: found ?? (await restore.write(target, place, entry, order, restoring)) };
    };
    const [first] = lives;
    assert.ok(first);
    const killed = await attempt(first).then(
      () => false,
      (error: unknown) => {
        if (error instanceof Killed) return true;
        throw error;
      },
    );
    await between();
    const second = new Life(Infinity, first.progress);
    const { found, written } = await attempt(second);
    return { killed, first: first.steps, second: second.steps, found, written };
  };

  it('is one whole message in the end, wherever it was killed, and no range of it is sent twice', async () => {
    for (let killAt = 0; ; killAt += 1) {
      const { killed, first, second, found, written } = await restoredInTwoLives(`killed${killAt}`, killAt);
      const where = killed ? (first.at(-1) ?? '') : 'nowhere';
      assert.equal(found === undefined, killed && where !== 'after PATCH', `killed ${where}: half a message is none`);
      assert.deepEqual(await attachedIn(`killed${killAt}`), [expected], `killed ${where}`);
      const ranges = [...first, ...second].filter((step) => step.startsWith('after PUT'));
      assert.equal(ranges.length, RANGES, `killed ${where}`);
      assert.ok(written.tag !== '');
      if (!killed) {
        assert.ok(first.includes('after saving progress') && first.length > 20, first.join(', '));
        return;
      }
    }
  });

  it('is filled to its end, although the mailbox takes imports meanwhile', async () => {
    const { second } = await restoredInTwoLives('allowed', 10, () =>
      control.post('settings', { importExportAllowed: true }),
    );
    await control.post('settings', { importExportAllowed: false });
    assert.ok(second.length > 0);
    assert.deepEqual(await attachedIn('allowed'), [expected]);
  });
});
