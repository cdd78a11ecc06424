import type { Exception } from './explain.ts';

export const exceptions: readonly Exception[] = [
  {
    why: 'What is not expected goes on as it came. That nothing is lost when any call fails in any way is shown by the suites that let every call fail, which never look at which line let it through.',
    lines: {
      'engine/backup/rows.ts': [
        "// Somebody else changed it meanwhile: look again.\nif (!isFault(error, 'conflict')) throw error;\n}\n}\n}",
      ],
      'engine/restore/listResults.ts': ["if (!isFault(error, 'corrupt', 'missing', 'not-found')) throw error;"],
      'engine/restore/makeRestoreFlow.ts': ["if (!isFault(error, 'corrupt', 'missing')) throw error;"],
      'engine/sweep/cycle.ts': ["if (!isFault(error, 'conflict')) throw error;"],
      'engine/sweep/sweepOnce.ts': [
        'await advance(services, await readState(services.tables), { busyUntil: 0 });\n} catch (error) {\nif (!isFault(error)) throw error;',
      ],
    },
  },
  {
    why: 'The type allows what the lines around it rule out: an index below the length, a value that is there under its key, a group that is never empty, a page that was counted.',
    lines: {
      'engine/repository/heads.ts': [
        "export const expiringIn = (row: StoredRow): readonly PointId[] => (textOf(row, 'points') ?? '').split(',') as PointId[];",
      ],
      'engine/repository/packSink.ts': ['return open?.length ?? sealed?.bytes.byteLength ?? 0;'],
      'engine/repository/packWriter.ts': ['if (segment === undefined) return;'],
      'engine/repository/repack.ts': [
        '[...(live.get(pack)?.values() ?? [])].reduce((sum, { stored }) => sum + stored, 0) / length;',
        'for await (const { place, bytes } of sealedSegments(core, work.kind, live.get(old.pack) ?? new Map())) {',
        'await writeMoved(core, recordOf(pack, work.kind, length, gone.get(pack) ?? new Map()));',
        'if (ref === undefined) continue;',
      ],
      'engine/repository/openKeys.ts': ['const idKey = first?.keys.subarray(KEY_BYTES) ?? new Uint8Array();'],
      'engine/sweep/cycle.ts': [
        "else this.objects.set(name, { name, state: to, at, cycle: this.state.cycle, etag: etags[index] ?? '' });",
      ],
      'engine/sweep/rewrite.ts': [
        'records.set(pack, (await cycle.services.housekeeping.moved(pack))?.packs ?? []);',
        "const kind = scan.usage.get(group[0] as PackId)?.kind ?? 'content';",
        'const length = cycle.facts(packNameOf(pack))?.length ?? 0;',
        'const needed = Math.min(length, scan.usage.get(pack)?.bytes ?? 0);',
      ],
      'engine/sweep/sweepOnce.ts': ['at: finishedAt ?? instant(cycle),'],
      'engine/sweep/state.ts': [
        "row === undefined ? { removed: zeroEach, counts: noCounts } : (JSON.parse(textOf(row, 'detail') ?? '{}') as Detail);",
      ],
      'engine/restore/askerChecks.ts': [
        'const names = kept.map((workload) => services.connectors.get(workload)?.description.label ?? workload);',
      ],
      'engine/restore/downloadRequest.ts': [
        "if (item.decision === 'cannot') return failed(item.reason ?? 'It cannot be downloaded.');",
        "const format = request.destination.kind === 'download' ? request.destination.format : undefined;",
        "fileName: only.path.split('/').at(-1) ?? 'download',",
      ],
      'engine/restore/foundItems.ts': [
        "const page = await records.requests.journal.get(id, keyOf(found?.name ?? '', number));",
      ],
      'engine/restore/planRequest.ts': [
        'const inOrder = judged[0]?.selected.reader.inPackOrder([...byEntry.keys()]) ?? [];',
        'for (const { item, path } of inOrder.flatMap((entry) => byEntry.get(entry) ?? [])) {',
        "const kind = connector.description.itemKinds.find((each) => each.container)?.kind ?? 'folder';",
        'return (page?.value as PlanPage | undefined) ?? { first: 0, items: [], paths: [] };',
      ],
      'engine/restore/selectItems.ts': [
        'if (first === undefined) continue;',
        'if (entry === undefined) continue;',
        'if (first === undefined) return 0;',
      ],
      'engine/restore/tendRequests.ts': ["error: error instanceof Error ? error.name : 'unknown',"],
      'engine/restore/undoRequest.ts': ['let at = work.undoAt ?? 0;'],
      'engine/restore/zipLayout.ts': [
        'for (const [index, file] of files.entries()) put(directoryEntry(file, offsets[index] ?? 0));',
      ],
      'engine/restore/runRequest.ts': [
        ': await inTime(carryOut(item, page.paths[item.path] ?? [], journal, at, put)).catch(async (error: unknown) => {',
      ],
      'engine/retention/decideRetention.ts': [
        'return `the last copy, ${rules?.keepGoneDays ?? 0} days after it left on ${dayOf(leftSince)}`;',
      ],
      'engine/retention/retentionFacts.ts': [
        "if ((textOf(row, 'expiresAt') ?? '') > now) pins.add(row.key.split('|')[1] as PointId);",
      ],
    },
  },
  {
    why: 'A second lock. The seal binds name, kind and tenant, so that another object in this place does not even open; only who holds the key could write what is refused here.',
    lines: {
      'engine/repository/pack.ts': [
        'if (at !== expected) throw notWhatWasWritten(name, `segment ${index} is not where its trailer says`);',
      ],
      'engine/repository/slices.ts': [
        "if (stored.id !== id || stored.resourceId !== resource) throw notWhatWasWritten(name, 'it is another slice');",
      ],
      'engine/repository/moved.ts': [
        "if (!parsed.success || parsed.data.pack !== pack) throw notWhatWasWritten(name, 'it is no record of this pack');",
      ],
      'engine/repository/keyRecords.ts': [
        "if (record.number !== number) throw notWhatWasWritten(name, 'it is another key record');",
      ],
      'engine/repository/openKeys.ts': [
        'if (before !== undefined && !timingSafeEqual(before.keys.subarray(KEY_BYTES), keys.subarray(KEY_BYTES)))\nthrow damaged(name);',
      ],
    },
  },
  {
    why: 'A blob or row is gone between two requests, or was given up by its writer in that moment. Nothing of ours removes it; who does by hand is told.',
    lines: {
      'engine/repository/ensureKeys.ts': [
        "throw new Fault('missing', 'config vanished from storage while the repository was made.', { origin: 'storage' });",
      ],
      'engine/repository/moved.ts': ['if (there === undefined) throw error;'],
      'engine/restore/makeRestoreFlow.ts': [
        "current.goesOn === 'run' ? { ...takenUp(current), state: 'running' } : current,",
        'current.request.download === undefined\n? current',
      ],
      'engine/restore/tendRequests.ts': [
        "current.request.state !== 'waiting'\n? current",
        'if (gathering === undefined) return current;',
        "return current.request.state === 'planning' ? stop({ ...current, work }, now, trouble) : { ...current, work };",
      ],
    },
  },
  {
    why: 'The page that follows one of 1,000 rows or 200 points: a test with so many would hold nothing that the contract suites of the stores do not hold already.',
    lines: {
      'engine/restore/listResults.ts': [
        'return page.nextPageToken === undefined ? { value } : { value, nextPageToken: page.nextPageToken };',
      ],
      'engine/restore/makeRestoreFlow.ts': [
        '...(page.nextPageToken === undefined ? {} : { nextPageToken: page.nextPageToken }),',
      ],
      'engine/restore/selectItems.ts': [
        'const page = await reader.folder(parent, token === undefined ? {} : { token });',
      ],
      'engine/retention/retentionFacts.ts': [
        'return { value: points, ...(nextPageToken !== undefined && { nextPageToken }) };',
      ],
    },
  },
  {
    why: 'V8 counts what follows a loop without an end; nothing comes there.',
    lines: {
      'engine/restore/retireSurely.ts': ['await clock.sleep(pauseAfter(attempts), context.signal);\n}\n}\n}'],
      'engine/restore/safeNames.ts': ['taken.add(key);\nreturn candidate;\n}\n};'],
      'engine/restore/requestStore.ts': ["if (!isFault(error, 'conflict') || tries >= 10) throw error;\n}\n}\n}"],
    },
  },
];
