import type { PlantedBug } from '../plantedBug.ts';

/** What a restore may lose, double, or put where it does not belong. */
export const restoreBugs: readonly PlantedBug[] = [
  {
    name: 'empty large attachment',
    breaks: ['I26'],
    harm: 'A message comes back with all its attachments, and the large ones are empty.',
    patches: [
      {
        file: 'workloads/mail/restore/compose.ts',
        find: "contentBytes: (await wholeOf(content)).toString('base64'),",
        replace: "contentBytes: content.size > 3_000_000 ? '' : (await wholeOf(content)).toString('base64'),",
      },
      {
        file: 'workloads/mail/restore/largeMessage.ts',
        find: 'if (content.size < INLINE_BYTES) {',
        replace: 'if (content.size >= 0) {',
      },
    ],
    caughtBy: { file: 'workloads/mail/oddities.test.ts', only: 'fills a draft with what is too large for one POST' },
  },
  {
    name: 'green with failed attachments',
    breaks: ['I10', 'I26'],
    harm: 'A message whose attachment could not be restored counts as restored.',
    patches: [
      {
        file: 'workloads/mail/restore/largeMessage.ts',
        find: 'await attach(graph, message, attachment, options, sessionKept(order, message, number));',
        replace: `await attach(graph, message, attachment, options, sessionKept(order, message, number)).catch((error) => {
        if (!isFault(error)) throw error;
      });`,
      },
    ],
    caughtBy: { file: 'tests/simulation/planted/gaps/failedAttachment.test.ts' },
  },
  {
    name: '202 as done',
    breaks: ['I26'],
    harm: 'A file counts as restored that SharePoint is still missing bytes of.',
    patches: [
      {
        file: 'graph/upload.ts',
        find: 'return answer.status === 202 || (answer.status === 200 && isProgress(answer.body))',
        replace: "return answer.status === 202 && headers['content-range'].endsWith('*')",
      },
    ],
    caughtBy: { file: 'workloads/testing/oddUploads.test.ts', only: 'in the middle of a range' },
  },
  {
    name: 'restore to first drive',
    breaks: ['I24'],
    harm: 'Files land in the drive they came from although another one was chosen.',
    patches: [
      {
        file: 'engine/restore/runRequest.ts',
        find: "request.destination.kind === 'resource' ? await resourceOf(request.destination.resourceId) : source;",
        replace: 'source;',
      },
    ],
    caughtBy: { file: 'tests/simulation/planted/gaps/restoreElsewhere.test.ts' },
  },
  {
    name: 'retry after lost answer makes duplicate',
    breaks: ['I24'],
    harm: 'The answer to a write got lost, it is sent again, and the mailbox holds the message twice.',
    patches: [
      {
        file: 'engine/restore/runRequest.ts',
        find: `          // Perhaps it arrived and only the answer was lost.
          written = await connector.restore.find(place, container, entry, write(row), context);`,
        replace: '',
      },
    ],
    caughtBy: { file: 'engine/restore/restoreFlow.test.ts', only: 'neither lose nor double' },
    simulated: 'restore-mail',
  },
];
