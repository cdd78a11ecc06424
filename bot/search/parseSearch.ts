/** What a sentence like `find "budget" invoice.pdf from Anna last Tuesday` asks for. Times are ISO 8601 UTC. */
export interface ParsedSearch {
  /** Words and phrases for the search itself; phrases keep their quotes. */
  readonly q: string;
  /** A person named after from, by, owner, of. */
  readonly person?: string;
  readonly workload?: 'mail' | 'drive';
  /** First moment, inclusive. */
  readonly from?: string;
  /** First moment that is too late. */
  readonly to?: string;
  readonly deleted: boolean;
  /** How it was understood, as parts that a text can name. */
  readonly understood: readonly {
    readonly kind: 'words' | 'person' | 'workload' | 'dates' | 'deleted';
    readonly value: string;
  }[];
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const monthWord = months.map((name) => `${name}|${name.slice(0, 3)}`).join('|');
const mailWords = /^(e-?mails?|mails?|messages?)$/i;
const fileWords = /^(files?|documents?|docs?)$/i;
/** Words that lead in and carry nothing. */
const filler =
  /^(find|search|for|me|the|a|an|my|please|where|is|that|which|was|were|restore|bring|back|named|called|about|on|in|at|to|of|from|by)$/i;
/** After of, from, by: what is meant is no person ("minutes of the board"). */
const noPerson = '(?:the|an?|my|our|your|his|her|their|its|this|that|these|those|all|some|last|next|which|where)';
const personAfter = new RegExp(String.raw`\b(?:from|by|owner|of)\s+(?!${noPerson}(?!\S))(\S+)`, 'i');

/**
 * Reads a search sentence. No model, no guessing: every word is a date, a person, a kind, or something to look for.
 * `now` is the reader's moment, `timeZone` the reader's zone: "last Tuesday" means the Tuesday before today there.
 */
export function parseSearch(sentence: string, now: number, timeZone: string): ParsedSearch {
  const phrases: string[] = [];
  let rest = sentence
    .normalize('NFKC')
    .replaceAll(/[“”„]/g, '"')
    .replaceAll(/"([^"]+)"/g, (_, phrase: string) => {
      phrases.push(phrase);
      return ' ';
    });
  const understood: { kind: 'words' | 'person' | 'workload' | 'dates' | 'deleted'; value: string }[] = [];

  const dates = takeDates(rest, now, timeZone);
  rest = dates.rest;
  let person: string | undefined;
  rest = rest.replace(
    /\b(?:from|by|owner|of)\s+((?:\p{Lu}[\p{L}'’.-]*)(?:\s+\p{Lu}[\p{L}'’.-]*){0,2}|[^\s@]+@[^\s@]+)/u,
    (_, name: string) => {
      person = name;
      return ' ';
    },
  );
  if (person === undefined) {
    rest = rest.replace(personAfter, (_, name: string) => {
      person = name;
      return ' ';
    });
  }
  let deleted = false;
  rest = rest.replace(/\b(?:including\s+)?deleted\b/i, () => {
    deleted = true;
    return ' ';
  });

  let workload: ParsedSearch['workload'];
  const words: string[] = [];
  for (const word of rest
    .split(/\s+/)
    .map((raw) => raw.replaceAll(/^[,;!]+|[,;!?.]+$/g, ''))
    .filter((raw) => raw !== '')) {
    if (mailWords.test(word)) workload = 'mail';
    else if (fileWords.test(word)) workload = 'drive';
    else if (!filler.test(word)) words.push(word);
  }
  const terms = [...phrases.map((phrase) => `"${phrase}"`), ...words];
  if (terms.length > 0) understood.push({ kind: 'words', value: terms.join(' ') });
  if (person !== undefined) understood.push({ kind: 'person', value: person });
  if (workload !== undefined) understood.push({ kind: 'workload', value: workload });
  if (dates.from !== undefined || dates.to !== undefined) understood.push({ kind: 'dates', value: dates.words });
  if (deleted) understood.push({ kind: 'deleted', value: '' });
  return {
    q: terms.join(' '),
    deleted,
    understood,
    ...(person === undefined ? {} : { person }),
    ...(workload === undefined ? {} : { workload }),
    ...(dates.from === undefined ? {} : { from: dates.from }),
    ...(dates.to === undefined ? {} : { to: dates.to }),
  };
}

interface Dates {
  readonly rest: string;
  readonly from?: string;
  readonly to?: string;
  readonly words: string;
}

/** A calendar day in the reader's zone. */
interface Day {
  readonly year: number;
  /** 1–12. */
  readonly month: number;
  readonly day: number;
}

function takeDates(sentence: string, now: number, timeZone: string): Dates {
  const today = dayOf(now, timeZone);
  const span = (from: Day | undefined, to: Day | undefined, words: string, rest: string): Dates => ({
    rest,
    words,
    ...(from === undefined ? {} : { from: startOf(from, timeZone) }),
    ...(to === undefined ? {} : { to: startOf(to, timeZone) }),
  });
  const cut = (match: RegExpExecArray): string =>
    `${sentence.slice(0, match.index)} ${sentence.slice(match.index + match[0].length)}`;
  const oneDay = String.raw`(today|yesterday|(?:last\s+)?(?:${weekdays.join('|')})|\d{4}-\d{2}-\d{2}|\d{1,2}\.?\s+(?:${monthWord})\b\.?(?:\s+\d{4})?|(?:${monthWord})\s+\d{1,2}(?:,?\s+\d{4})?)`;

  const between = new RegExp(String.raw`\bbetween\s+${oneDay}\s+and\s+${oneDay}`, 'i').exec(sentence);
  if (between !== null) {
    const [first, last] = [dayNamed(between[1] ?? '', today), dayNamed(between[2] ?? '', today)];
    if (first !== undefined && last !== undefined) return span(first, plus(last, 1), between[0], cut(between));
  }
  const bound = new RegExp(String.raw`\b(before|after|since|until)\s+${oneDay}`, 'i').exec(sentence);
  if (bound !== null) {
    const day = dayNamed(bound[2] ?? '', today);
    if (day !== undefined) {
      switch (bound[1]?.toLowerCase()) {
        case 'before':
          return span(undefined, day, bound[0], cut(bound));
        case 'until':
          return span(undefined, plus(day, 1), bound[0], cut(bound));
        case 'after':
          return span(plus(day, 1), undefined, bound[0], cut(bound));
        default:
          return span(day, undefined, bound[0], cut(bound));
      }
    }
  }
  const period = /\b(this|last)\s+(week|month|year)\b/i.exec(sentence);
  if (period !== null) {
    const last = period[1]?.toLowerCase() === 'last';
    const [from, to] = periodOf(period[2]?.toLowerCase() ?? '', last, today);
    return span(from, to, period[0], cut(period));
  }
  const month = new RegExp(String.raw`\bin\s+(${monthWord})\b(?:\s+(\d{4}))?`, 'i').exec(sentence);
  if (month !== null) {
    const number = monthNumber(month[1] ?? '');
    // Without a year the most recent such month is meant.
    const year = month[2] === undefined ? (number > today.month ? today.year - 1 : today.year) : Number(month[2]);
    return span({ year, month: number, day: 1 }, normal({ year, month: number + 1, day: 1 }), month[0], cut(month));
  }
  const single = new RegExp(String.raw`\b(?:on\s+)?${oneDay}`, 'i').exec(sentence);
  if (single !== null) {
    const day = dayNamed(single[1] ?? '', today);
    if (day !== undefined) return span(day, plus(day, 1), single[0], cut(single));
  }
  return { rest: sentence, words: '' };
}

function dayNamed(words: string, today: Day): Day | undefined {
  const text = words.toLowerCase().trim();
  if (text === 'today') return today;
  if (text === 'yesterday') return plus(today, -1);
  const weekday = weekdays.indexOf(text.replace(/^last\s+/, ''));
  if (weekday >= 0) {
    // "Last Tuesday" is the most recent Tuesday before today.
    const back = (weekdayOf(today) - weekday + 7) % 7;
    return plus(today, -(back === 0 ? 7 : back));
  }
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (iso !== null) return valid({ year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) });
  const dayFirst = /^(\d{1,2})\.?\s+([a-z]+)\.?(?:\s+(\d{4}))?$/.exec(text);
  const monthFirst = /^([a-z]+)\s+(\d{1,2})(?:,?\s+(\d{4}))?$/.exec(text);
  const [day, name, year] =
    dayFirst !== null ? [dayFirst[1], dayFirst[2], dayFirst[3]] : [monthFirst?.[2], monthFirst?.[1], monthFirst?.[3]];
  if (day === undefined || name === undefined) return undefined;
  const month = monthNumber(name);
  if (year !== undefined) return valid({ year: Number(year), month, day: Number(day) });
  const thisYear = valid({ year: today.year, month, day: Number(day) });
  if (thisYear === undefined) return undefined;
  const isFuture = month > today.month || (month === today.month && Number(day) > today.day);
  return isFuture ? valid({ ...thisYear, year: today.year - 1 }) : thisYear;
}

function periodOf(unit: string, last: boolean, today: Day): readonly [Day, Day] {
  if (unit === 'week') {
    const monday = plus(today, -((weekdayOf(today) + 6) % 7) - (last ? 7 : 0));
    return [monday, plus(monday, 7)];
  }
  if (unit === 'month') {
    const first = normal({ year: today.year, month: today.month - (last ? 1 : 0), day: 1 });
    return [first, normal({ ...first, month: first.month + 1 })];
  }
  const year = today.year - (last ? 1 : 0);
  return [
    { year, month: 1, day: 1 },
    { year: year + 1, month: 1, day: 1 },
  ];
}

const monthNumber = (name: string): number =>
  months.findIndex((month) => month.startsWith(name.toLowerCase().slice(0, 3))) + 1;
const utcOf = ({ year, month, day }: Day): Date => new Date(Date.UTC(year, month - 1, day));
const fromUtc = (date: Date): Day => ({
  year: date.getUTCFullYear(),
  month: date.getUTCMonth() + 1,
  day: date.getUTCDate(),
});
const normal = (day: Day): Day => fromUtc(utcOf(day));
const plus = (day: Day, days: number): Day => normal({ ...day, day: day.day + days });
const weekdayOf = (day: Day): number => utcOf(day).getUTCDay();
const valid = (day: Day): Day | undefined => {
  const same = normal(day);
  return same.year === day.year && same.month === day.month && same.day === day.day ? day : undefined;
};

function partsOf(ms: number, timeZone: string): Record<string, number> {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
}

const dayOf = (ms: number, timeZone: string): Day => {
  const { year = 1970, month = 1, day = 1 } = partsOf(ms, timeZone);
  return { year, month, day };
};

/** The moment a day begins in a zone, daylight saving included. */
function startOf(day: Day, timeZone: string): string {
  const wanted = utcOf(day).getTime();
  let guess = wanted;
  // The offset is that of the guess; a second round settles the days on which it changes.
  for (let round = 0; round < 3; round++) {
    const { year = 1970, month = 1, day: date = 1, hour = 0, minute = 0, second = 0 } = partsOf(guess, timeZone);
    const shown = Date.UTC(year, month - 1, date, hour, minute, second);
    if (shown === wanted) break;
    guess += wanted - shown;
  }
  return new Date(guess).toISOString();
}
