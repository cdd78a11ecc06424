import type { Dice } from './rudeDice.ts';
import type { Asked, Says } from './rudeServer.ts';
import { graphError, json } from './rudeTroubles.ts';

type Ask = (asked: Asked) => Promise<Says>;

const NOTHING = Buffer.alloc(0);
/** Ranges of an upload are multiples of this. */
const RANGE = 320 * 1024;

/** Content links: what stands behind them moves, ends early, takes no ranges, or gives wrong bytes once. */
export async function rudeDownload(dice: Dice, asked: Asked, of: string, ask: Ask): Promise<Says> {
  // Bytes of which Graph tells no hash at all can be wrong without anybody knowing.
  const id = decodeURIComponent(/\/items\/([^/]+)\/content/.exec(of)?.[1] ?? '');
  const isHashed = !dice.is('f.dropped', `${id} item hashes`);
  if (dice.roll('h.deadLink', of, 2))
    return graphError(
      dice.pick([401, 403, 404, 410], `dead ${asked.target}`),
      dice.pick(['unauthenticated', 'itemNotFound'], of),
    );
  if (!asked.target.startsWith('/moved') && dice.roll('h.elsewhere', of))
    return { status: 302, headers: { location: `/moved${asked.target}` }, body: NOTHING };
  const { range, ...headers } = asked.headers;
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const target = asked.target.replace(/^\/moved/, '');
  const whole = (more: Readonly<Record<string, string>> = headers) => ask({ ...asked, target, headers: more });
  if (from > 0 && dice.roll('h.noRange', `${of} ${from}`)) return without(await whole(), 'accept-ranges');
  if (from > 3 && dice.roll('h.otherSpan', `${of} ${from}`)) return whole({ ...headers, range: `bytes=${from - 3}-` });
  const says = await whole(range === undefined ? headers : { ...headers, range });
  if (says.status >= 300 || says.body.length < 2) return says;
  if (dice.roll('h.cut', of, 4)) return { ...says, end: 'middle' };
  if (dice.roll('h.short', of)) {
    const body = says.body.subarray(0, -1);
    return { ...says, headers: { ...says.headers, 'content-length': String(body.length) }, body };
  }
  if (isHashed && dice.roll('h.wrongByte', of)) {
    const body = Buffer.from(says.body);
    body[0] = (body[0] ?? 0) ^ 0xff;
    return { ...says, body };
  }
  return says;
}

const without = (says: Says, name: string): Says => ({
  ...says,
  headers: Object.fromEntries(Object.entries(says.headers).filter(([key]) => key !== name)),
});

/** Upload sessions that take less than was sent, expect places in other forms, heard it already, or are gone. */
export class RudeUploads {
  readonly #dice: Dice;
  readonly #gone = new Set<string>();

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  async answer(asked: Asked, ask: Ask): Promise<Says> {
    const dice = this.#dice;
    const { method, target, headers, body } = asked;
    if (this.#gone.has(target)) return graphError(404, 'itemNotFound');
    if (method !== 'PUT') return this.#ranges(target, await ask(asked));
    const [, start = '0', total = '0'] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
    const name = `${target} ${start}`;
    if (dice.roll('k.gone', name)) {
      await ask({ method: 'DELETE', target, headers: {}, body: NOTHING });
      this.#gone.add(target);
      return graphError(404, 'itemNotFound');
    }
    if (dice.roll('k.taken', name)) {
      const taken = Math.floor(body.length / 2 / RANGE) * RANGE;
      if (taken === 0)
        return json(202, { expirationDateTime: '2099-01-01T00:00:00Z', nextExpectedRanges: [`${start}-`] });
      const range = `bytes ${start}-${Number(start) + taken - 1}/${total}`;
      return this.#ranges(
        target,
        await ask({ ...asked, headers: { ...headers, 'content-range': range }, body: body.subarray(0, taken) }),
      );
    }
    const says = await ask(asked);
    if (dice.roll('k.repeated', name)) return graphError(416, 'invalidRange');
    return this.#ranges(target, says);
  }

  #ranges(target: string, says: Says): Says {
    if (says.status >= 300 || says.body.length === 0 || !this.#dice.roll('k.ranges', target, 1_000)) return says;
    const progress = JSON.parse(says.body.toString()) as { nextExpectedRanges?: string[] };
    const [first] = progress.nextExpectedRanges ?? [];
    if (first === undefined) return says;
    const start = Number.parseInt(first, 10);
    const ranges = this.#dice.pick<readonly string[]>(
      [[`${start}-${start + 9}`, `${start + 10}-`], [`${start + RANGE}-`, `${start}-${start + RANGE - 1}`], [first]],
      target,
    );
    return json(says.status, { ...progress, nextExpectedRanges: ranges });
  }
}
