import { nextSlot } from '../../engine/backup/duePolicies.ts';
import { instant } from '../../engine/model/ids.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import { sightOf } from '../access.ts';
import { refusedCard } from '../cards/notes.ts';
import { incompleteSentence, mostShown, resultCard } from '../cards/search.ts';
import { collectHits } from '../search/collectHits.ts';
import { shortened } from '../texts.ts';
import { sayCard, type Answer, type Asked } from '../turn.ts';
import { resourceNames, shownHit } from './find.ts';
import { refuseRole } from './refuse.ts';

/** What the message under which "Restore with Holdfast" was chosen says of itself. */
export interface ChosenMessage {
  readonly subject?: string;
  /** Names of the files that hang on it. */
  readonly attachments: readonly string[];
  /** ISO 8601. */
  readonly createdAt?: string;
}

const patienceMs = 2500;
const mostNames = 5;
const nearMs = 36 * 3_600_000;

/** Copies of a message and of what hangs on it, or when the next run looks for them. */
export async function messageCopies(asked: Asked, message: ChosenMessage): Promise<Answer> {
  const { services, texts, actor, now } = asked;
  const sight = await sightOf(services.records, actor);
  if (!sight.selfService && actor.roles.length === 0) return refuseRole(asked, 'search.run');
  const subject = message.subject?.trim() ?? '';
  const names = [...(subject === '' ? [] : [subject]), ...message.attachments].slice(0, mostNames);
  const sent = message.createdAt === undefined ? NaN : Date.parse(message.createdAt);
  const hits = [];
  const damaged = new Map<string, ProtectedResource>();
  let more = false;
  for (const name of names) {
    // A phrase of the search language cannot hold a quotation mark.
    const q = `"${name.replaceAll('"', ' ').trim()}"`;
    const found = await collectHits(
      (tell) => services.search({ q }, sight.maySeeNames, tell),
      ({ entry, workload }) =>
        !entry.container &&
        (workload !== 'mail' ||
          Number.isNaN(sent) ||
          Math.abs(Date.parse(entry.receivedAt ?? entry.sentAt ?? message.createdAt ?? '') - sent) < nearMs),
      mostShown,
      patienceMs,
    );
    hits.push(...found.hits);
    more ||= found.more;
    for (const resource of found.unreadable) damaged.set(resource.id, resource);
  }
  const unreadable = resourceNames(texts, [...damaged.values()]);
  if (hits.length > 0) {
    return sayCard(
      resultCard(texts, {
        hits: await Promise.all(hits.slice(0, mostShown).map((hit) => shownHit(services.records, hit))),
        understood: new Intl.ListFormat(texts.locale).format(names.map((name) => shortened(name, 80))),
        count: hits.length,
        more: more || hits.length > mostShown,
        unreadable,
        consoleUrl: services.consoleUrl('restore'),
      }),
    );
  }
  const slots = (await services.records.policies.list())
    .map(({ value }) => nextSlot(value, instant(now)))
    .filter((slot) => slot !== undefined)
    .toSorted();
  const words =
    slots[0] === undefined ? texts('message.noCopy') : texts('message.nextRun', { moment: texts.moment(slots[0]) });
  return sayCard(
    refusedCard(texts, unreadable.length === 0 ? words : `${words} ${incompleteSentence(texts, unreadable)}`),
  );
}
