/**
 * `npm run test:heavy [-- NAME …]`: what takes too long for every change. The corpus and awkward sizes through the engine,
 * byte for byte, the whole demo tenant lost and given back, a file of 20 GB and a mailbox of 100,000 messages through many
 * jobs and kills, attachments of 100 and 150 MB, a slow reader of 2 GB, and the sweep of a tenant of 2,000 resources; prints
 * a table and fails when a bound is broken.
 */
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { bytes } from './bytes.ts';
import { corpus } from './corpus.ts';
import { largeAttachment } from './largeAttachment.ts';
import { largeFile } from './largeFile.ts';
import { largeMailbox } from './largeMailbox.ts';
import { slowReader } from './slowReader.ts';
import { sweepCycle } from './sweepCycle.ts';
import { type Measured, table } from './table.ts';

interface Trial {
  /** Gigabytes that it needs in the temporary folder. */
  readonly room: number;
  run(): Promise<Measured[]>;
}

const TRIALS: Readonly<Record<string, Trial>> = {
  bytes: { room: 0, run: bytes },
  corpus: { room: 3, run: corpus },
  file4: { room: 12, run: () => largeFile({ gigabytes: 4, kills: 2, restore: true }) },
  file20: { room: 26, run: () => largeFile({ gigabytes: 20, kills: 4, restore: false }) },
  mailbox10k: { room: 2, run: () => largeMailbox(10_000) },
  mailbox100k: { room: 6, run: () => largeMailbox(100_000) },
  attachment150: { room: 4, run: () => largeAttachment({ megabytes: 150, attachments: 1, kill: false }) },
  attachments2x100: { room: 5, run: () => largeAttachment({ megabytes: 100, attachments: 2, kill: true }) },
  download: { room: 5, run: () => slowReader(2) },
  // A hundred points are what the usual rules leave of two years of daily ones; slices stay for 400 days.
  sweep: { room: 2, run: () => sweepCycle({ resources: 2_000, packsEach: 500, pointsEach: 100, slicesEach: 400 }) },
  sweepSmall: { room: 1, run: () => sweepCycle({ resources: 200, packsEach: 500, pointsEach: 10, slicesEach: 400 }) },
};
const USUAL = ['bytes', 'corpus', 'file20', 'mailbox100k', 'attachment150', 'attachments2x100', 'download', 'sweep'];

async function main(names: readonly string[]): Promise<number> {
  const rows: Measured[] = [];
  let failed = 0;
  for (const name of names) {
    const trial = TRIALS[name];
    if (trial === undefined) {
      console.error(`There is no trial ${name}. There are: ${Object.keys(TRIALS).join(', ')}`);
      return 2;
    }
    const { bavail, bsize } = statfsSync(tmpdir());
    if ((bavail * bsize) / 1024 ** 3 < trial.room) {
      console.error(`${name} needs ${trial.room} GB in ${tmpdir()}; set TMPDIR to a larger disk.`);
      failed += 1;
      continue;
    }
    console.log(`── ${name}`);
    try {
      const measured = await trial.run();
      console.log(table(measured));
      rows.push(...measured);
    } catch (error) {
      failed += 1;
      console.error(`${name} failed:`, error);
    }
  }
  console.log(`\n${table(rows)}\n\n${names.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

const asked = process.argv.slice(2);
process.exitCode = await main(asked.length > 0 ? asked : USUAL);
