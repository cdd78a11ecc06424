import type { Mutation } from './mutation.ts';

const records = 'engine/repository/keyRecords.test.ts';
const opening = 'engine/repository/openKeys.test.ts';
const sealing = 'engine/repository/objectSeal.test.ts';
const tampering = 'engine/repository/tampering.test.ts';

/** What keeps content readable for us and nobody else, and says when it was changed. */
export const keyMutations: readonly Mutation[] = [
  {
    name: 'a key record is used although its check is wrong',
    file: 'engine/repository/openKeys.ts',
    find: '  if (!sameText(record.check, checkOf(config, record, keys))) throw damaged(name);\n',
    replace: '',
    caughtBy: { file: records, only: 'when one bit of config or key record flips' },
  },
  {
    name: 'anybody who can write may add an epoch',
    file: 'engine/repository/openKeys.ts',
    find: "  if (!sameText(record.after ?? '', after ?? '')) throw damaged(name);\n",
    replace: '',
    caughtBy: { file: opening },
  },
  {
    name: 'a new key is made over content whose key is gone',
    file: 'engine/repository/ensureKeys.ts',
    find: '  await refuseOverContent(ports.blobs, FIRST);\n',
    replace: '',
    caughtBy: { file: records, only: 'are not made over content' },
  },
  {
    name: 'an outage of the vault counts as a refusal',
    file: 'engine/repository/openKeys.ts',
    find: "        if (!isFault(error, 'key-unavailable')) throw error;\n",
    replace: '',
    caughtBy: { file: opening },
  },
  {
    name: 'a name is not bound to what lies under it',
    file: 'engine/repository/objectSeal.ts',
    find: '    lengthFirst(name),\n',
    replace: '',
    caughtBy: { file: sealing },
  },
  {
    name: 'a changed header is read',
    file: 'engine/repository/objectSeal.ts',
    find: "  if (!writeHeader(header).equals(head)) throw notWhatWasWritten(name, 'its header was changed');\n",
    replace: '',
    caughtBy: { file: tampering, only: 'a flipped bit' },
  },
  {
    name: 'every object of an epoch has the same key',
    file: 'engine/repository/objectSeal.ts',
    find: "Buffer.from(header.id, 'hex'), header.kind)",
    replace: "'', header.kind)",
    caughtBy: { file: sealing },
  },
];
