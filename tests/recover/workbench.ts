import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { noise } from '../../engine/repository/testing/world.ts';
import { bundleRecover } from '../../tools/packaging/recover.ts';
import type { RecoverBundle } from '../../tools/packaging/recover.ts';
import { nodes, runRecover } from './runRecover.ts';
import type { Ended, Running } from './runRecover.ts';
import { copyOut, makeSample } from './sample.ts';
import type { Sample, SampleItem } from './sample.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

export const anna = {
  workload: 'mail',
  kind: 'user',
  sourceId: 'u1',
  name: 'Anna Berg',
  address: 'anna@contoso.com',
} as const;
/** Of the same name and address as her mailbox, as in every tenant. */
export const annasDrive = {
  workload: 'drive',
  kind: 'onedrive',
  sourceId: 'd1',
  name: 'Anna Berg',
  address: 'anna@contoso.com',
} as const;

const mime = (n: number): Buffer =>
  Buffer.from(`Subject: ${n}\r\nMIME-Version: 1.0\r\n\r\n${'words and words again '.repeat(n * 7)}\r\n`);

export const messages: readonly SampleItem[] = [
  ...Array.from({ length: 30 }, (_, n) => ({
    name: n % 3 === 0 ? 'Re: the same' : `Message ${n}`,
    key: `m${n}`,
    kind: 'message',
    in: n % 2 === 0 ? 'inbox' : 'inside',
    original: mime(n),
    exact: noise(3_000, n + 1),
    meta: { n },
    from: `Person ${n} <p${n}@contoso.com>`,
  })),
  { name: 'only told of', kind: 'message', in: 'inbox', meta: { subject: 'only told of' } },
];
export const files: readonly SampleItem[] = [
  { name: 'empty.txt', original: new Uint8Array(0) },
  { name: 'large.bin', in: 'docs', original: noise(9_000_000) },
  { name: 'Report.docx', in: 'docs', original: noise(80_000, 5), meta: { shared: true } },
  { name: 'REPORT.docx', key: 'shouted', in: 'docs', original: noise(70_000, 6) },
  { name: 'plan.json', in: 'docs', original: Buffer.from('{"a":1}') },
  { name: 'plan.md', in: 'docs', original: Buffer.from('words '.repeat(40_000)) },
];

async function aTenant(): Promise<Sample> {
  const sample = await makeSample();
  const folders = [
    { key: 'inbox', name: 'Inbox' },
    { key: 'inside', name: 'Projects/2026', in: 'inbox' },
    { key: 'nothing', name: 'Empty' },
    { key: 'customs', name: 'Zoll' },
    { key: 'archive', name: 'archive' },
  ];
  await sample.backUp(anna, [{ folders, items: messages.slice(0, 10) }, { items: messages.slice(10) }]);
  await sample.backUp(annasDrive, [{ folders: [{ key: 'docs', name: 'Documents' }], items: files }]);
  await sample.backUp('from the first days', [{ items: [{ name: 'old.txt', original: Buffer.from('old') }] }]);
  return sample;
}

/** The bundled file alone in a folder, a tenant's repository copied out beside it, and its recovery key. */
export interface Workbench {
  readonly scratch: string;
  readonly bundle: RecoverBundle;
  readonly sample: Sample;
  readonly copy: string;
  readonly keyFile: string;
  /** A folder that is not there yet. */
  readonly fresh: () => string;
  /** The copy again, to be spoiled. */
  readonly anotherCopy: () => Promise<string>;
  readonly from: (folder?: string) => string[];
  readonly recover: (args: readonly string[], node?: string, more?: Running) => Promise<Ended>;
  readonly close: () => Promise<void>;
}

export async function openWorkbench(): Promise<Workbench> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'holdfast-recover-'));
  const bundle = await bundleRecover(ROOT, path.join(scratch, 'alone/recover.mjs'));
  const sample = await aTenant();
  const copy = path.join(scratch, 'copy');
  await copyOut(sample.blobs, copy);
  const keyFile = path.join(scratch, 'key.txt');
  await writeFile(keyFile, `Holdfast recovery key\n\n  ${sample.key.match(/.{4}/g)?.join(' ') ?? ''}\n\nKeep it.\n`);
  const [own = process.execPath] = nodes();
  let number = 0;
  return {
    scratch,
    bundle,
    sample,
    copy,
    keyFile,
    fresh: () => path.join(scratch, `out-${++number}`),
    anotherCopy: async () => {
      const folder = path.join(scratch, `copy-${++number}`);
      await copyOut(sample.blobs, folder);
      return folder;
    },
    from: (folder = copy) => ['--from', folder, '--key-file', keyFile],
    recover: (args, node = own, more = {}) => runRecover(node, bundle.file, args, more),
    close: () => rm(scratch, { recursive: true, force: true }),
  };
}
