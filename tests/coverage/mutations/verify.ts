import type { Mutation } from './mutation.ts';

const verifier = 'engine/verify/verifier.test.ts';

/** What finds damage. */
export const verifyMutations: readonly Mutation[] = [
  {
    name: 'a pack of another length passes',
    file: 'engine/verify/checkRoot.ts',
    find: '  if (stored !== length) {\n',
    replace: '  if (stored > length && stored < length) {\n',
    caughtBy: { file: 'engine/verify/checkRoot.test.ts' },
  },
  {
    name: 'a pack that is gone passes',
    file: 'engine/verify/checkRoot.ts',
    find: '  if (stored === undefined) return goneTrouble(context, pack, length);\n',
    replace: '  if (stored === undefined) return undefined;\n',
    caughtBy: { file: verifier },
  },
  {
    name: 'a row that says something else than its root passes',
    file: 'engine/verify/checkRoot.ts',
    find: 'row.hash !== root.hash || !isDeepStrictEqual',
    replace: 'row.hash !== root.hash && !isDeepStrictEqual',
    caughtBy: { file: verifier },
  },
  {
    name: 'damaged content passes',
    file: 'engine/verify/checkEntries.ts',
    find: "          if (first === undefined || kind === 'missing') first = { kind, detail: fault.message };\n",
    replace: "          if (kind === 'missing') first = { kind, detail: fault.message };\n",
    caughtBy: { file: verifier },
  },
];
