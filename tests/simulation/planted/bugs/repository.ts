import type { PlantedBug } from '../plantedBug.ts';

/** What may go wrong with fences, keys, and what bytes are taken for. */
export const repositoryBugs: readonly PlantedBug[] = [
  {
    name: 'no fence on commit',
    breaks: ['I13'],
    harm: 'A worker that was asleep for an hour writes over what its successor did.',
    patches: [
      {
        file: 'engine/repository/heads.ts',
        find: "before.etag === '' ? { kind: 'insert', row } : { kind: 'update', row, ifMatch: before.etag };",
        replace: "before.etag === '' ? { kind: 'insert', row } : { kind: 'put', row };",
      },
    ],
    caughtBy: { file: 'engine/repository/points.test.ts', only: 'stale fence' },
    simulated: 'delta',
  },
  {
    name: 'lease without fence',
    breaks: ['I13'],
    harm: 'Two workers hold one mailbox, and nothing tells the old one from the new one.',
    patches: [
      {
        file: 'engine/repository/heads.ts',
        find: 'const taken = { ...head, fence: head.fence + 1, holder, openRun, heartbeatAt, knows };',
        replace: 'const taken = { ...head, holder, openRun, heartbeatAt, knows };',
      },
    ],
    caughtBy: { file: 'engine/repository/points.test.ts', only: 'each taker gets a higher one' },
    simulated: 'resync',
  },
  {
    name: 'corrupt read as absent',
    breaks: ['I27'],
    harm: 'What was tampered with looks as if it had never been there.',
    patches: [
      {
        file: 'engine/repository/objectSeal.ts',
        find: `  new Fault(
    'corrupt',
    \`\${name} is damaged: \${what}.`,
        replace: `  new Fault(
    'not-found',
    \`\${name} is damaged: \${what}.`,
      },
    ],
    caughtBy: { file: 'engine/repository/tampering.test.ts' },
  },
  {
    name: 'swap accepted',
    breaks: ['I27'],
    harm: 'Two objects of storage that changed places open as each other: a restore gives back another state.',
    // Three layers tell one object from another; each of them alone would still find it out.
    patches: [
      { file: 'engine/repository/objectSeal.ts', find: '    lengthFirst(name),\n', replace: '' },
      {
        file: 'engine/repository/root.ts',
        find: 'if (root.id !== id || root.resourceId !== resource)',
        replace: 'if (root.id === undefined)',
      },
      {
        file: 'engine/repository/slices.ts',
        find: 'if (stored.id !== id || stored.resourceId !== resource)',
        replace: 'if (stored.id === undefined)',
      },
    ],
    caughtBy: { file: 'engine/repository/tampering.test.ts', only: 'when two objects change places' },
  },
  {
    name: 'key bootstrap overwrite',
    breaks: ['I31'],
    harm: 'Two hosts start at once, the second replaces the key, and what the first sealed never opens again.',
    patches: [
      {
        file: 'engine/repository/keyRecords.ts',
        find: "await blobs.create('repository', name, Buffer.from(JSON.stringify(value)));",
        replace: "await blobs.replace('repository', name, Buffer.from(JSON.stringify(value)));",
      },
    ],
    caughtBy: { file: 'engine/repository/keyRecords.test.ts', only: 'end as one when creators race' },
    simulated: 'bootstrap',
  },
  {
    name: 'nonce constant',
    breaks: ['I30'],
    harm: 'Whoever can read the tables can take the sealed columns apart.',
    patches: [
      {
        file: 'engine/repository/sealedColumns.ts',
        find: 'const nonce = random.bytes(SEALED_AT - NONCE_AT);',
        replace: 'const nonce = Buffer.alloc(SEALED_AT - NONCE_AT);',
      },
    ],
    caughtBy: { file: 'engine/repository/kills.test.ts' },
    simulated: 'delta',
  },
];
