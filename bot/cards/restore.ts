import type { RestoreRequest, RestoreResult } from '../../engine/model/restoreRequest.ts';
import { approvalEnds, isUndoable } from '../../engine/restore/deadlines.ts';
import { oneFolder } from '../../engine/restore/destinationFolder.ts';
import { shortened, type TextKey, type Texts } from '../texts.ts';
import { card, choices, facts, line, progress, words, type Button, type Card } from './card.ts';
import { workloadWord } from './status.ts';

export interface FormFacts {
  /** Under which the wish is kept on the server. */
  readonly draft: string;
  readonly resourceId: string;
  readonly itemId: string;
  readonly name: string;
  readonly owner: string;
  readonly workload: string;
  readonly copyAt: string;
  readonly size: number;
  /** Another person's data needs a reason. */
  readonly isOwn: boolean;
  readonly mayDownload: boolean;
}

/** One form instead of questions in sequence: what, from which copy, where to, what if it is there. */
export const restoreFormCard = (text: Texts, form: FormFacts): Card =>
  card(text, {
    heading: text('restore.heading'),
    summary: form.name === '' ? text('search.unnamed') : shortened(form.name),
    body: [
      facts([
        [
          text('restore.from'),
          text('status.own.resource', { name: form.owner, workload: workloadWord(text, form.workload) }),
        ],
        [text('restore.copy'), text.moment(form.copyAt)],
        [text('restore.size'), text.bytes(form.size)],
      ]),
      choices(
        'destination',
        text('restore.where'),
        [
          { title: capital(text, text('destination.newFolder')), value: 'newFolder' },
          { title: capital(text, text('destination.original')), value: 'original' },
          ...(form.mayDownload ? [{ title: capital(text, text('destination.download')), value: 'download' }] : []),
        ],
        'newFolder',
        text('restore.required'),
      ),
      choices(
        'conflict',
        text('restore.conflict'),
        (form.workload === 'mail'
          ? (['keepBoth', 'skipIfSame'] as const)
          : (['keepBoth', 'skipIfSame', 'replaceOlder', 'replace'] as const)
        ).map((value) => ({ title: text(`conflict.${value}`), value })),
        'keepBoth',
        text('restore.required'),
      ),
      line('reason', text(form.isOwn ? 'restore.reasonOptional' : 'restore.reason'), {
        placeholder: text('restore.reasonPlaceholder'),
        most: 1000,
        ...(form.isOwn ? {} : { required: text('restore.reasonRequired') }),
      }),
    ],
    buttons: [
      {
        title: text('button.check'),
        act: { verb: 'restore.check', resourceId: form.resourceId, itemId: form.itemId, version: form.draft },
        primary: true,
      },
    ],
  });

export interface RequestFacing {
  /** The asker sees what they asked for; who decides sees what is to be decided. */
  readonly view: 'asker' | 'decider' | 'other';
  readonly viewer: string;
  readonly ownerNames: readonly string[];
  /** Only for the asker. */
  readonly itemName?: string;
  readonly failed?: readonly RestoreResult[];
  readonly now: number;
  readonly consoleUrl: string;
}

/** A restore request as it is now, for one person. Every state has its card, so that a late press is answered by it. */
export function requestCard(text: Texts, request: RestoreRequest, facing: RequestFacing): Card {
  const open: Button = { title: text('button.open'), url: facing.consoleUrl };
  const { id: requestId, version } = request;
  const what = facing.itemName === undefined ? [] : [words(shortened(facing.itemName), { bold: true })];
  switch (request.state) {
    case 'planning':
      return card(text, {
        heading: text('restore.planning.heading'),
        summary: delayedLine(text, request) ?? text('restore.planning.text'),
        body: what,
        buttons: [{ title: text('button.refresh'), act: { verb: 'restore.show', requestId } }, open],
      });
    case 'ready':
      return readyCard(text, request, facing);
    case 'waiting':
      return facing.view === 'decider' ? deciderCard(text, request, facing) : waitingCard(text, request, facing);
    case 'approved':
    case 'running':
      return card(text, {
        heading: text('restore.running.heading'),
        summary:
          delayedLine(text, request) ??
          (request.decision === undefined ? text('restore.running.text') : decided(text, request.decision, facing)),
        body: [...what, ...progressOf(text, request)],
        buttons: [
          ...(facing.view === 'asker'
            ? [
                {
                  title: text('button.cancelRestore'),
                  act: { verb: 'restore.cancel', requestId, version },
                  destructive: true,
                } as const,
              ]
            : []),
          open,
        ],
      });
    case 'done':
      return doneCard(text, request, facing);
    case 'declined':
      return card(text, {
        heading: text('restore.declined.heading'),
        summary:
          request.decision === undefined ? text('restore.withdrawn.text') : decided(text, request.decision, facing),
        body:
          request.decision?.reason === undefined || request.decision.reason === ''
            ? []
            : [words(request.decision.reason)],
        buttons: [open],
      });
    case 'failed':
    case 'cancelled':
      return stoppedCard(text, request, facing);
    case 'withdrawn':
    case 'expired':
      return card(text, {
        heading: text(`restore.${request.state}.heading`),
        summary: request.trouble ?? text(`restore.${request.state}.text`),
        buttons: [open],
      });
  }
}

function readyCard(text: Texts, request: RestoreRequest, facing: RequestFacing): Card {
  const { plan, id: requestId, version } = request;
  const count = (plan?.add ?? 0) + (plan?.keepBoth ?? 0) + (plan?.replace ?? 0);
  return card(text, {
    heading: text('restore.ready.heading'),
    summary: text(plan?.needsApproval === true ? 'restore.ready.approval' : 'restore.ready.text', { count }),
    body: [
      ...(facing.itemName === undefined ? [] : [words(shortened(facing.itemName), { bold: true })]),
      ...(plan === undefined
        ? []
        : [
            facts([
              ...counted(text, [
                ['plan.add', plan.add],
                ['plan.keepBoth', plan.keepBoth],
                ['plan.replace', plan.replace],
                ['plan.skip', plan.skip],
                ['plan.cannot', plan.cannot],
              ]),
              [text('restore.size'), text.bytes(plan.bytes)],
              [text('restore.where'), capital(text, destinationOf(text, request))],
              [text('restore.conflict'), text(`conflict.${request.conflict}`)],
            ]),
            ...plan.notes.slice(0, 3).map((note) => words(note, { subtle: true, small: true })),
            ...(plan.noSecondPerson ? [words(text('plan.noSecondPerson'), { subtle: true, small: true })] : []),
          ]),
    ],
    buttons:
      facing.view === 'asker'
        ? [
            ...(count > 0
              ? [
                  {
                    title: text(plan?.needsApproval === true ? 'button.askApproval' : 'button.restore', { count }),
                    act: { verb: 'restore.run', requestId, version },
                    primary: true,
                  } as const,
                ]
              : []),
            { title: text('button.back'), act: { verb: 'restore.withdraw', requestId, version } },
            { title: text('button.open'), url: facing.consoleUrl },
          ]
        : [{ title: text('button.open'), url: facing.consoleUrl }],
  });
}

const waitingCard = (text: Texts, request: RestoreRequest, facing: RequestFacing): Card =>
  card(text, {
    heading: text('restore.waiting.heading'),
    summary: text('restore.waiting.text', { expires: text.moment(expiryOf(request)) }),
    body: facing.itemName === undefined ? [] : [words(shortened(facing.itemName), { bold: true })],
    buttons: [
      ...(facing.view === 'asker'
        ? [
            {
              title: text('button.withdraw'),
              act: { verb: 'restore.withdraw', requestId: request.id, version: request.version },
            } as const,
          ]
        : []),
      { title: text('button.open'), url: facing.consoleUrl },
    ],
  });

/** For who can decide: whose data, how much, why, where to. No subject and no file name. */
function deciderCard(text: Texts, request: RestoreRequest, facing: RequestFacing): Card {
  const { id: requestId, version, plan } = request;
  return card(text, {
    heading: text('approval.heading'),
    summary: text('approval.text', { name: request.asker.name, moment: text.moment(request.createdAt) }),
    body: [
      facts([
        [text('approval.whose'), facing.ownerNames.join(', ')],
        [text('approval.count'), text.number((plan?.add ?? 0) + (plan?.keepBoth ?? 0) + (plan?.replace ?? 0))],
        [text('restore.size'), text.bytes(plan?.bytes ?? 0)],
        [text('restore.where'), capital(text, destinationOf(text, request))],
        [text('restore.conflict'), text(`conflict.${request.conflict}`)],
        [text('approval.reason'), request.reason ?? '–'],
        [text('approval.expires'), text.moment(expiryOf(request))],
      ]),
      line('reason', text('approval.why'), { placeholder: text('approval.whyPlaceholder'), most: 1000 }),
    ],
    buttons: [
      { title: text('button.approve'), act: { verb: 'approval.approve', requestId, version }, primary: true },
      { title: text('button.decline'), act: { verb: 'approval.decline', requestId, version }, destructive: true },
      { title: text('button.details'), url: facing.consoleUrl },
    ],
  });
}

/** It ended before its time: why, what came back until then, and how it goes on or is taken back. */
function stoppedCard(text: Texts, request: RestoreRequest, facing: RequestFacing): Card {
  const { id: requestId, version, state, counts, goesOn, trouble, undo, undone } = request;
  if (undone !== undefined || undo?.state === 'running') return doneCard(text, request, facing);
  const isAsker = facing.view === 'asker';
  return card(text, {
    heading: text(state === 'failed' ? 'restore.failed.heading' : 'restore.cancelled.heading'),
    summary: trouble ?? text(state === 'failed' ? 'restore.failed.text' : 'restore.cancelled.text'),
    body: [
      ...undoTrouble(text, request),
      ...(facing.itemName === undefined ? [] : [words(shortened(facing.itemName), { bold: true })]),
      ...(counts === undefined || counts.restored === 0 ? [] : [receipt(text, request, counts)]),
      ...(isAsker && goesOn !== undefined ? [words(text(`restore.goesOn.${goesOn}`))] : []),
      ...(request.decision === undefined || isAsker ? [] : [words(decided(text, request.decision, facing))]),
    ],
    buttons: [
      ...(isAsker && goesOn === 'run'
        ? [{ title: text('button.goOn'), act: { verb: 'restore.run', requestId, version }, primary: true } as const]
        : []),
      { title: text('button.open'), url: facing.consoleUrl },
      ...undoButton(text, request, facing),
    ],
  });
}

function doneCard(text: Texts, request: RestoreRequest, facing: RequestFacing): Card {
  const { counts, undone, undo } = request;
  const causes = causesOf(facing.failed ?? []);
  const isDownload = request.destination.kind === 'download';
  return card(text, {
    heading: text(
      isDownload
        ? 'restore.download.heading'
        : undone === undefined
          ? undo?.state === 'running'
            ? 'restore.undoing.heading'
            : 'restore.done.heading'
          : 'restore.undone.heading',
    ),
    summary:
      undone === undefined
        ? text(isDownload ? 'restore.download.text' : 'restore.done.text', {
            count: counts?.restored ?? 0,
            place: destinationOf(text, request),
          })
        : text('restore.undone.text', { removed: undone.removed, kept: undone.kept }),
    body: [
      ...undoTrouble(text, request),
      ...(facing.itemName === undefined ? [] : [words(shortened(facing.itemName), { bold: true })]),
      ...(counts === undefined ? [] : [receipt(text, request, counts)]),
      ...(request.decision === undefined || facing.view === 'asker'
        ? []
        : [words(decided(text, request.decision, facing))]),
      ...causes.map(({ reason, count }) => words(text('failures.items', { reason, count }), { small: true })),
    ],
    buttons: [{ title: text('button.open'), url: facing.consoleUrl }, ...undoButton(text, request, facing)],
  });
}

const receipt = (text: Texts, { destination }: RestoreRequest, counts: NonNullable<RestoreRequest['counts']>) =>
  facts([
    ...counted(text, [
      [destination.kind === 'download' ? 'receipt.packed' : 'receipt.restored', counts.restored],
      ['receipt.keptBoth', counts.keptBoth],
      ['receipt.skipped', counts.skipped],
      ['receipt.failed', counts.failed],
    ]),
    [text('restore.size'), text.bytes(counts.bytes)],
  ]);

const undoTrouble = (text: Texts, { undo, undone }: RestoreRequest) =>
  undo?.state === 'failed' && undone === undefined
    ? [words(text('restore.undoFailed', { trouble: undo.trouble ?? text('report.noReason') }))]
    : [];

const undoButton = (text: Texts, request: RestoreRequest, { view, now }: RequestFacing): readonly Button[] =>
  view === 'asker' && (request.counts?.restored ?? 0) > 0 && isUndoable(request, now)
    ? [{ title: text('button.undo'), act: { verb: 'restore.undo', requestId: request.id, version: request.version } }]
    : [];

/** While Microsoft 365 or storage does not answer: when it goes on. */
const delayedLine = (text: Texts, { delayed }: RestoreRequest): string | undefined =>
  delayed === undefined ? undefined : text('restore.delayed', { time: text.time(delayed.retryAt) });

/** Where a word of a sentence stands alone. */
const capital = ({ locale }: Texts, words: string): string =>
  words.replace(/^\p{L}/u, (letter) => letter.toLocaleUpperCase(locale));

/** The first count always; of the others those that say something. */
const counted = (text: Texts, rows: readonly (readonly [TextKey, number])[]): readonly (readonly [string, string])[] =>
  rows
    .filter(([, count], index) => index === 0 || count > 0)
    .map(([key, count]) => [text(key), text.number(count)] as const);

/** Who decided, and when; to others who could have decided it says that they come late. */
function decided(
  text: Texts,
  decision: NonNullable<RestoreRequest['decision']>,
  { view, viewer }: RequestFacing,
): string {
  const late = view === 'decider' && decision.by !== viewer;
  const by = { name: decision.name, time: text.time(decision.at), late: String(late) };
  return text(decision.approved ? 'approval.approvedBy' : 'approval.declinedBy', by);
}

const expiryOf = (request: RestoreRequest): string => new Date(approvalEnds(request)).toISOString();

/** Where to, with the name of the folder where there is one: the same that the API and the console show. */
export function destinationOf(text: Texts, request: Parameters<typeof oneFolder>[0]): string {
  const { kind } = request.destination;
  const folder = oneFolder(request);
  return (kind === 'newFolder' || kind === 'resource') && folder !== undefined
    ? text(`destination.${kind}.folder`, { folder })
    : text(`destination.${kind}`);
}

function progressOf(text: Texts, { counts }: RestoreRequest) {
  if (counts === undefined || counts.total === 0) return [];
  const done = counts.restored + counts.skipped + counts.failed;
  return [
    progress(done, counts.total, text('job.progress', { done: text.number(done), all: text.number(counts.total) })),
  ];
}

function causesOf(failed: readonly RestoreResult[]): readonly { readonly reason: string; readonly count: number }[] {
  const byReason = Map.groupBy(failed, ({ reason }) => reason ?? '?');
  return [...byReason]
    .map(([reason, results]) => ({ reason, count: results.length }))
    .toSorted((a, b) => b.count - a.count)
    .slice(0, 3);
}
