import type { Mutation } from './mutation.ts';

const points = 'engine/repository/points.test.ts';

/** What makes a slice and a restore point count. */
export const commitMutations: readonly Mutation[] = [
  {
    name: 'the head moves before its slice is stored',
    file: 'engine/backup/job.ts',
    find: '    await repository.putSlice(slice);\n    this.head = await repository.points.commit(this.head, {\n      headSlice: id,\n      step: slice.step,\n      heartbeatAt: slice.committedAt,\n    });\n',
    replace:
      '    this.head = await repository.points.commit(this.head, {\n      headSlice: id,\n      step: slice.step,\n      heartbeatAt: slice.committedAt,\n    });\n    await repository.putSlice(slice);\n',
    caughtBy: { file: 'engine/backup/job.test.ts' },
  },
  {
    name: 'a slice goes out before its packs',
    file: 'engine/backup/job.ts',
    find: '    const packs = await this.#writer.flush();\n',
    replace: '    const packs = await this.#writer.flush().catch(() => []);\n',
    caughtBy: { file: 'engine/backup/job.test.ts' },
  },
  {
    name: 'a ledger out of balance is committed',
    file: 'engine/backup/job.ts',
    find: '    if (!isBalanced(counts))\n',
    replace: '    if (isBalanced(counts) && counts.listed < 0)\n',
    caughtBy: { file: 'engine/backup/job.test.ts' },
  },
  {
    name: 'the head is written without looking at what it was',
    file: 'engine/repository/heads.ts',
    find: "{ kind: 'update', row, ifMatch: before.etag }",
    replace: "{ kind: 'put', row }",
    caughtBy: { file: points, only: 'changes nothing for a stale fence' },
  },
  {
    name: 'a take-over does not raise the fence',
    file: 'engine/repository/heads.ts',
    find: 'const taken = { ...head, fence: head.fence + 1, holder',
    replace: 'const taken = { ...head, fence: head.fence, holder',
    caughtBy: { file: points, only: 'each taker gets a higher one' },
  },
  {
    name: 'a resource is taken from a holder that lives',
    file: 'engine/repository/heads.ts',
    find: '  if (isHeld(head, taker)) return undefined;\n',
    replace: '',
    caughtBy: { file: points, only: 'while another holder lives' },
  },
  {
    name: 'a lost answer of the head counts as refused',
    file: 'engine/repository/heads.ts',
    find: "    if (now?.columns['mark'] === mark) return { ...after, etag: now.etag };\n",
    replace: '',
    caughtBy: { file: points, only: 'is read back' },
  },
  {
    name: 'the point is shown before its root is stored',
    file: 'engine/repository/publish.ts',
    find: "  await core.blobs.create('repository', rootName(resource, root.id), sealRoot(core, root));\n\n  const point = pointOf(root);\n  const row = pointRow({ tables: core.tables, columns }, point, root.hash);\n  const moved = await writeHead(core, head, { ...head, newestPoint: point.id }, [{ kind: 'insert', row }]);\n",
    replace:
      "  const point = pointOf(root);\n  const row = pointRow({ tables: core.tables, columns }, point, root.hash);\n  const moved = await writeHead(core, head, { ...head, newestPoint: point.id }, [{ kind: 'insert', row }]);\n  await core.blobs.create('repository', rootName(resource, root.id), sealRoot(core, root));\n",
    caughtBy: { file: 'engine/repository/kills.test.ts' },
  },
  {
    name: 'a point is made on a pack of another length',
    file: 'engine/repository/publish.ts',
    find: 'facts.length === expected))',
    replace: 'facts.length > 0))',
    caughtBy: { file: 'engine/repository/pages.test.ts', only: 'a pack that is gone or shorter' },
  },
  {
    name: 'the time of a point goes back with the clock',
    file: 'engine/repository/publish.ts',
    find: 'previous !== undefined && time <= previous ?',
    replace: 'previous !== undefined && time < previous && time > previous ?',
    caughtBy: { file: points, only: 'when the clock goes back' },
  },
  {
    name: 'a pack whose upload failed is forgotten',
    file: 'engine/repository/packSink.ts',
    find: "    await core.blobs.create('repository', packName(sealed.id), sealed.bytes);\n",
    replace:
      "    const { id, bytes } = sealed;\n    await core.blobs.create('repository', packName(id), bytes).catch((error: unknown) => {\n      release();\n      throw error;\n    });\n",
    caughtBy: { file: 'engine/repository/content.test.ts', only: 'sends the same bytes' },
  },
];
