import { createHash } from 'node:crypto';

/** What the proxy may do to an answer; see rudeGraph.ts for what each letter stands for. */
export type Rule =
  | 'a.cut'
  | 'a.empty'
  | 'a.host'
  | 'a.longToken'
  | 'a.encoded'
  | 'b.twice'
  | 'b.childrenFirst'
  | 'b.idOnly'
  | 'b.reason'
  | 'c.order'
  | 'c.throttled'
  | 'c.broken'
  | 'c.missing'
  | 'c.case'
  | 'd.throttled'
  | 'd.broken'
  | 'd.reset'
  | 'd.midBody'
  | 'd.lostAnswer'
  | 'd.slow'
  | 'e.encoding'
  | 'e.bom'
  | 'e.skew'
  | 'e.etag'
  | 'f.dropped'
  | 'f.null'
  | 'f.extra'
  | 'f.numbers'
  | 'g.ids'
  | 'h.deadLink'
  | 'h.elsewhere'
  | 'h.noRange'
  | 'h.otherSpan'
  | 'h.short'
  | 'h.cut'
  | 'h.wrongByte'
  | 'i.resync'
  | 'j.refused'
  | 'j.signIn'
  | 'k.taken'
  | 'k.ranges'
  | 'k.repeated'
  | 'k.gone';

/** How often each happens where it can; `g.ids` is all or nothing. */
const RATES: Readonly<Record<Rule, number>> = {
  'a.cut': 0.8,
  'a.empty': 0.1,
  'a.host': 0.3,
  'a.longToken': 0.3,
  'a.encoded': 0.5,
  'b.twice': 0.3,
  'b.childrenFirst': 0.5,
  'b.idOnly': 0.7,
  'b.reason': 0.5,
  'c.order': 0.5,
  'c.throttled': 0.05,
  'c.broken': 0.05,
  'c.missing': 0.05,
  'c.case': 0.5,
  'd.throttled': 0.03,
  'd.broken': 0.03,
  'd.reset': 0.03,
  'd.midBody': 0.03,
  'd.lostAnswer': 0.1,
  'd.slow': 0.02,
  'e.encoding': 0.5,
  'e.bom': 0.2,
  'e.skew': 0.5,
  'e.etag': 0.5,
  'f.dropped': 0.2,
  'f.null': 0.3,
  'f.extra': 0.3,
  'f.numbers': 0.1,
  'g.ids': 1,
  'h.deadLink': 0.1,
  'h.elsewhere': 0.2,
  'h.noRange': 0.5,
  'h.otherSpan': 0.5,
  'h.short': 0.05,
  'h.cut': 0.4,
  'h.wrongByte': 0.05,
  'i.resync': 0.03,
  'j.refused': 0.01,
  'j.signIn': 0.2,
  'k.taken': 0.2,
  'k.ranges': 0.5,
  'k.repeated': 0.1,
  'k.gone': 0.1,
};

/** Says by a seed what happens to whom; the same seed and the same questions give the same answers. */
export class Dice {
  readonly fired = new Map<Rule, number>();
  readonly #seed: string;
  readonly #letters: string;
  readonly #rolled = new Map<string, number>();
  readonly #happened = new Map<string, number>();

  /** `letters`: which groups of rules are on. */
  constructor(seed: string, letters: string) {
    this.#seed = seed;
    this.#letters = letters;
  }

  has(rule: Rule): boolean {
    return this.#letters.includes(rule.charAt(0));
  }

  /** Does it happen to `whom` now? At most `most` times to the same one, so that who tries again gets through. */
  roll(rule: Rule, whom: string, most = 1): boolean {
    const name = `${rule} ${whom}`;
    const times = (this.#rolled.get(name) ?? 0) + 1;
    this.#rolled.set(name, times);
    const happened = this.#happened.get(name) ?? 0;
    if (!this.has(rule) || happened >= most || this.fraction(`${name} ${times}`) >= RATES[rule]) return false;
    this.#happened.set(name, happened + 1);
    this.fired.set(rule, (this.fired.get(rule) ?? 0) + 1);
    return true;
  }

  /** Is it so with `whom`? The same each time. */
  is(rule: Rule, whom: string): boolean {
    const isSo = this.has(rule) && this.fraction(`${rule} ${whom}`) < RATES[rule];
    if (isSo) this.fired.set(rule, (this.fired.get(rule) ?? 0) + 1);
    return isSo;
  }

  /** One of them; the same for the same name. */
  pick<const T>(values: readonly [T, ...T[]], name: string): T {
    return values[Math.floor(this.fraction(name) * values.length)] ?? values[0];
  }

  /** From 0 to 1; the same for the same name. */
  fraction(name: string): number {
    return createHash('sha256').update(`${this.#seed} ${name}`).digest().readUInt32BE(0) / 2 ** 32;
  }
}
